// Package projectforge is what the tests' server after Project Forge does, written as an application of the real framework is, imports
// aside; only the routes under /control/ are for tests.
package projectforge

import (
	"net/http"

	"wireline.test/peers/projectforge/app"
	"wireline.test/peers/projectforge/app/controller"
	"wireline.test/peers/projectforge/app/controller/cutil"
	"wireline.test/peers/projectforge/app/lib/websocket"
	"wireline.test/peers/projectforge/app/util"
)

// Routes returns the server.
func Routes(s *websocket.Service, logger util.Logger) http.Handler {
	controller.SetAppState(&app.State{Services: &app.Services{Socket: s}}, logger)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /example/socket", ExampleSocket)
	mux.HandleFunc("GET /connect", ExampleSocket)
	mux.HandleFunc("GET /live/socket", liveSocket)
	mux.HandleFunc("GET /faulty/socket", FaultySocket)
	mux.HandleFunc("GET /chat/socket", NewPlayground().Socket)
	mux.HandleFunc("GET /admin/websocket/socket", func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.RegisterTap(w, r, logger); err != nil {
			logger.Warnf("the tap ended: %v", err)
		}
	})
	Control(mux, s, logger)
	return mux
}

// liveSocket is the action of LiveHandler, in a channel of its own until the client joins others.
func liveSocket(w http.ResponseWriter, r *http.Request) {
	controller.Act("live.socket", w, r, func(as *app.State, ps *cutil.PageState) (string, error) {
		connID, err := as.Services.Socket.Upgrade(ps.Context, w, r, "live-"+util.RandomString(8), ps.Profile, LiveHandler, ps.Logger)
		if err != nil {
			return "", err
		}
		return "", as.Services.Socket.ReadLoop(ps.Context, connID, ps.Logger)
	})
}
