package projectforge

import (
	"context"
	"errors"

	"wireline.test/peers/projectforge/util"
	"wireline.test/peers/projectforge/websocket"
)

// FaultyHandler fails or panics when it is told to.
func FaultyHandler(
	_ context.Context, _ *websocket.Service, _ *websocket.Connection, _ string, cmd string, _ []byte, _ util.Logger,
) error {
	switch cmd {
	case "fail":
		return errors.New("the handler failed")
	case "panic":
		panic("the handler panicked")
	}
	return nil
}
