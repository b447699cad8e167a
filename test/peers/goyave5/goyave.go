// Package goyave is a server after Goyave 5.12 (goyave.dev/goyave/v5), built on gorilla/websocket 1.5.3 and net/http, because the
// module proxy refused goyave.dev where this was made. The handlers were compiled against the real one, and the statements held on it, in
// November 2026. It has what a WebSocket controller needs: components, requests, responses, routes of controllers, a logger and the
// websocket package.
//
// What differs: the close handshake's timeout is a duration, not whole seconds. A connection whose close frame cannot be written is
// closed at once, where the real one leaves it. The logger is log/slog's, and gets an error as its text, without a panic's stack; New
// takes it and the settings. A controller cannot take errors (OnError) or register its route itself (RegisterRoute), a Conn cannot
// CloseNormal, CloseWithError or change its timeout. Routes have fixed paths, and there are no middleware, services, validation, CORS,
// or hooks of start and shutdown.
package goyave

import (
	"log/slog"
	"net/http"

	"wireline.test/peers/internal/goyave"
)

// Request is a request as a controller sees it.
type Request = goyave.Request

// Response is what a controller answers by.
type Response = goyave.Response

// Handler answers a request.
type Handler = goyave.Handler

// Config holds settings by name.
type Config = goyave.Config

// Server is what components know of their surroundings.
type Server struct {
	config *Config
	Logger *slog.Logger
	routes goyave.Routes
}

// New makes a server without routes.
func New(config *Config, logger *slog.Logger) *Server {
	return &Server{config: config, Logger: logger, routes: goyave.Routes{}}
}

// RegisterRoutes lets a function add routes.
func (s *Server) RegisterRoutes(register func(*Server, *Router)) {
	register(s, &Router{server: s})
}

// ServeHTTP answers a request by its route.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.routes.ServeHTTP(w, r) }

// Composable is what a Component makes of the type it is embedded in.
type Composable interface {
	Init(server *Server)
	Server() *Server
	Logger() *slog.Logger
	Config() *Config
}

// Component is embedded in controllers, and gives them the server.
type Component struct{ server *Server }

// Init is called by the server before anything else.
func (c *Component) Init(server *Server) { c.server = server }

// Server returns the server.
func (c *Component) Server() *Server { return c.server }

// Logger returns the server's logger.
func (c *Component) Logger() *slog.Logger { return c.server.Logger }

// Config returns the server's settings.
func (c *Component) Config() *Config { return c.server.config }

// Registrer is a controller that adds its own routes.
type Registrer interface{ RegisterRoutes(router *Router) }

// Router adds routes under a prefix.
type Router struct {
	server *Server
	prefix string
}

// Subrouter returns a router under a further prefix.
func (r *Router) Subrouter(prefix string) *Router {
	return &Router{server: r.server, prefix: r.prefix + prefix}
}

// Get adds a route for GET.
func (r *Router) Get(path string, handler Handler) { r.server.routes[r.prefix+path] = handler }

// Controller lets a controller add its routes.
func (r *Router) Controller(controller Registrer) {
	if composable, ok := controller.(Composable); ok {
		composable.Init(r.server)
	}
	controller.RegisterRoutes(r)
}
