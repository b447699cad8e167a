package main

import (
	"testing"
	"time"
)

func TestGoyaveWaitsTenSecondsForACloseFrameUnlessToldOtherwise(t *testing.T) {
	for _, row := range []struct {
		arguments []string
		want      time.Duration
	}{
		{nil, 10 * time.Second},
		{[]string{"goyave5", "-close-timeout", "300ms"}, 300 * time.Millisecond},
	} {
		if chosen, err := parse(row.arguments); err != nil || chosen.closeTimeout != row.want {
			t.Errorf("%v: got %v, %v, want %v", row.arguments, chosen.closeTimeout, err, row.want)
		}
	}
}
