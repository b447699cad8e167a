// Package goyave is a server after Goyave 3.11 (goyave.dev/goyave/v3), built on gorilla/websocket 1.5.3 and net/http, because the
// module proxy's allowlist refuses goyave.dev; the handlers were not compiled against the real one. It has what a WebSocket handler
// needs: requests, responses, GET routes, loggers and the websocket package. What differs: the close handshake's timeout is a
// duration, not whole seconds; a connection whose close frame cannot be written is closed at once, where the real one leaves it;
// there are no middleware, no validation, no CORS, no start-up and shutdown hooks.
package goyave

import (
	"io"
	"log"
	"net/http"

	"wireline.test/peers/internal/goyave"
)

// Request is a request as a handler sees it.
type Request = goyave.Request

// Response is what a handler answers by.
type Response = goyave.Response

// Handler answers a request.
type Handler = goyave.Handler

// Logger takes what a server tells; ErrLogger takes its errors. Both are silent until the program sets their output.
var (
	Logger    = log.New(io.Discard, "goyave3 ", 0)
	ErrLogger = log.New(io.Discard, "goyave3 error ", 0)
)

// Router holds the routes.
type Router struct{ routes goyave.Routes }

// NewRouter makes a router without routes.
func NewRouter() *Router { return &Router{routes: goyave.Routes{}} }

// Get adds a route for GET.
func (r *Router) Get(path string, handler Handler) { r.routes[path] = handler }

// ServeHTTP answers a request by its route.
func (r *Router) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.routes.ServeHTTP(w, request)
}
