package websocket

import (
	"errors"
	"strings"
	"testing"

	"wireline.test/peers/goyave3/config"
	"wireline.test/peers/internal/goyave"
)

func TestReasonTellsTheErrorOnlyInDebugAndFitsAControlFrame(t *testing.T) {
	previous := config.Current()
	defer config.Use(previous)
	for _, row := range []struct {
		debug      bool
		text, want string
	}{
		{false, "secret", "Internal server error"},
		{true, "secret", "secret"},
		{true, strings.Repeat("a", 123), strings.Repeat("a", 123)},
		{true, strings.Repeat("a", 124), strings.Repeat("a", 123)},
		{true, strings.Repeat("é", 62), strings.Repeat("é", 61)},
		{true, strings.Repeat("😀", 40), strings.Repeat("😀", 30)},
	} {
		config.Use(goyave.NewConfig(row.debug, 0))
		if got := reasonOf(errors.New(row.text)); got != row.want {
			t.Errorf("debug %v, %q: got %q, want %q", row.debug, row.text, got, row.want)
		}
	}
}
