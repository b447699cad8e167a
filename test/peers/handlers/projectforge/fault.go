package projectforge

import (
	"context"
	"errors"
	"net/http"

	"wireline.test/peers/projectforge/app"
	"wireline.test/peers/projectforge/app/controller"
	"wireline.test/peers/projectforge/app/controller/cutil"
	"wireline.test/peers/projectforge/app/lib/websocket"
	"wireline.test/peers/projectforge/app/util"
)

// FaultySocket is the action of FaultyHandler.
func FaultySocket(w http.ResponseWriter, r *http.Request) {
	controller.Act("faulty.socket", w, r, func(as *app.State, ps *cutil.PageState) (string, error) {
		connID, err := as.Services.Socket.Upgrade(ps.Context, w, r, "faulty-"+util.RandomString(8), ps.Profile, FaultyHandler, ps.Logger)
		if err != nil {
			return "", err
		}
		return "", as.Services.Socket.ReadLoop(ps.Context, connID, ps.Logger)
	})
}

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
