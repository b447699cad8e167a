package gofr

import (
	"testing"
	"testing/synctest"

	"wireline.test/peers/internal/silence"
)

func TestNothingIsSaidOrEndedForAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := New()
		app.WebSocket("/known", func(ctx *Context) (any, error) {
			var text string
			return text, ctx.Bind(&text)
		})
		client := silence.Dial(t, app, "/known")
		client.Nothing(t)
		client.Answers(t, "hi")
		client.Nothing(t)
	})
}

func TestAnUnknownPathIsLeftOpenForAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { silence.Dial(t, New(), "/nowhere").Nothing(t) })
}
