// Package projectforgeuser is what the tests' server after Project Forge with the module user does, written as an application of the real
// framework is, imports aside.
package projectforgeuser

import (
	"net/http"

	"wireline.test/peers/handlers/projectforge"
	"wireline.test/peers/projectforgeuser/app"
	"wireline.test/peers/projectforgeuser/app/controller"
	"wireline.test/peers/projectforgeuser/app/controller/cutil"
	"wireline.test/peers/projectforgeuser/app/lib/websocket"
	"wireline.test/peers/projectforgeuser/app/util"
)

// ExampleHandler is the same as without the module.
var ExampleHandler = projectforge.ExampleHandler

// Routes returns the server.
func Routes(s *websocket.Service, logger util.Logger) http.Handler {
	controller.SetAppState(&app.State{Services: &app.Services{Socket: s}}, logger)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /example/socket", ExampleSocket)
	mux.HandleFunc("GET /connect", ExampleSocket)
	mux.HandleFunc("GET /shared/socket", SharedSocket)
	projectforge.Control(mux, s.Service, logger)
	return mux
}

// SharedSocket is the action without a guest's own id.
func SharedSocket(w http.ResponseWriter, r *http.Request) {
	controller.Act("shared.socket", w, r, func(as *app.State, ps *cutil.PageState) (string, error) {
		room := r.URL.Query().Get("ch")
		connID, err := as.Services.Socket.Upgrade(ps.Context, w, r, room, ps.User, ps.Profile, ExampleHandler, ps.Logger)
		if err != nil {
			return "", err
		}
		return "", as.Services.Socket.ReadLoop(ps.Context, connID, ps.Logger)
	})
}
