// Package goyave is a server after Goyave 3.11 (goyave.dev/goyave/v3), built on gorilla/websocket 1.4.2, which Goyave 3 asks for, and
// net/http, because the module proxy refused goyave.dev where this was made. The handlers were compiled against the real one, and the
// statements held on it, in November 2026. It has what a WebSocket handler needs: requests, responses, GET routes, the log of errors and
// the websocket package.
//
// What differs: the close handshake's timeout is a duration under version 5's name, and one for both of its halves; there it is
// server.timeout, in whole seconds, counted again for the second. A connection whose close frame cannot be written is closed at once,
// where the real one leaves it. A close error inside another is known for one, as in version 5. Errors are always logged, without a
// panic's stack, since there is no ErrorHandler; a Conn cannot CloseNormal or CloseWithError. Routes have fixed paths, and there are no
// middleware, validation, CORS, or hooks of start and shutdown.
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

// ErrLogger takes the errors of handlers; it is silent until the program sets its output.
var ErrLogger = log.New(io.Discard, "goyave3 error ", 0)

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
