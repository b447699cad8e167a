// Package projectforge is what the tests' server after Project Forge does, written as an application of the real framework is, imports
// aside; only the routes under /control/ are for tests.
package projectforge

import (
	"net/http"

	"wireline.test/peers/projectforge/user"
	"wireline.test/peers/projectforge/util"
	"wireline.test/peers/projectforge/websocket"
)

// Routes returns the server.
func Routes(s *websocket.Service, logger util.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /example/socket", socket(s, ExampleHandler, logger))
	mux.Handle("GET /connect", socket(s, ExampleHandler, logger))
	mux.Handle("GET /faulty/socket", socket(s, FaultyHandler, logger))
	mux.HandleFunc("GET /admin/websocket/socket", func(w http.ResponseWriter, r *http.Request) {
		if err := s.Tap(w, r, logger); err != nil {
			logger.Errorf("the tap ended: %v", err)
		}
	})
	control(mux, s, logger)
	return mux
}

func socket(s *websocket.Service, handler websocket.Handler, logger util.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		channel := r.URL.Query().Get("ch")
		if channel == "" {
			channel = "example-" + util.RandomString(8)
		}
		profile := &user.Profile{Name: r.URL.Query().Get("user")}
		if profile.Name == "" {
			profile.Name = "Guest"
		}

		connID, err := s.Upgrade(r.Context(), w, r, channel, profile, handler, logger)
		if err != nil {
			logger.Warnf("the connection was refused: %v", err)
			return
		}
		if err := s.ReadLoop(r.Context(), connID, logger); err != nil {
			logger.Warnf("%v", err)
		}
	})
}
