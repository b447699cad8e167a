// Package projectforgeoauth is what the tests' server after Project Forge with the module oauth does, written as an application of the real
// framework is, imports aside.
package projectforgeoauth

import (
	"net/http"

	"wireline.test/peers/handlers/projectforge"
	"wireline.test/peers/projectforgeoauth/app"
	"wireline.test/peers/projectforgeoauth/app/controller"
	"wireline.test/peers/projectforgeoauth/app/lib/websocket"
	"wireline.test/peers/projectforgeoauth/app/util"
)

// ExampleHandler is the same as without the module.
var ExampleHandler = projectforge.ExampleHandler

// Routes returns the server.
func Routes(s *websocket.Service, logger util.Logger) http.Handler {
	controller.SetAppState(&app.State{Services: &app.Services{Socket: s}}, logger)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /example/socket", ExampleSocket)
	mux.HandleFunc("GET /connect", ExampleSocket)
	projectforge.Control(mux, s.Service, logger)
	return mux
}
