// Package websocket is the websocket package of the server after Goyave 5.12; see package goyave for what it is and what differs.
package websocket

import (
	"net/http"

	ws "github.com/gorilla/websocket"

	goyave "wireline.test/peers/goyave5"
	core "wireline.test/peers/internal/goyave"
)

// Conn is a WebSocket that ends with the close handshake.
type Conn = core.Conn

// Controller serves connections: one call of Serve each; when it returns, the connection is closed.
type Controller interface {
	goyave.Composable
	Serve(conn *Conn, request *goyave.Request) error
}

// UpgradeErrorHandler is a controller that answers requests that cannot be upgraded.
type UpgradeErrorHandler interface {
	OnUpgradeError(response *goyave.Response, request *goyave.Request, status int, reason error)
}

// OriginChecker is a controller with an origin rule of its own.
type OriginChecker interface {
	CheckOrigin(r *goyave.Request) bool
}

// HeaderUpgrader is a controller that adds headers to the 101.
type HeaderUpgrader interface {
	UpgradeHeaders(r *goyave.Request) http.Header
}

// Upgrader turns requests into WebSockets of a controller's.
type Upgrader struct {
	goyave.Component
	Controller Controller
	Settings   ws.Upgrader
}

// New makes an upgrader with default settings.
func New(controller Controller) *Upgrader { return &Upgrader{Controller: controller} }

// RegisterRoutes adds the route of the upgrade.
func (u *Upgrader) RegisterRoutes(router *goyave.Router) { router.Get("", u.Handler()) }

// Handler makes the route's handler of the controller.
func (u *Upgrader) Handler() goyave.Handler {
	u.Controller.Init(u.Server())
	var checkOrigin func(*goyave.Request) bool
	if checker, ok := u.Controller.(OriginChecker); ok {
		checkOrigin = checker.CheckOrigin
	}
	var onError core.UpgradeErrorHandler
	if handler, ok := u.Controller.(UpgradeErrorHandler); ok {
		onError = handler.OnUpgradeError
	}
	var headers func(*goyave.Request) http.Header
	if upgrader, ok := u.Controller.(HeaderUpgrader); ok {
		headers = upgrader.UpgradeHeaders
	}
	return func(response *goyave.Response, request *goyave.Request) {
		conn, err := core.Upgrade(core.Gorilla(u.Settings, response, request), checkOrigin, onError, headers, u.Config(), response, request)
		if err != nil {
			return
		}
		go conn.Serve(
			func() error { return u.Controller.Serve(conn, request) }, func(err error) { u.Logger().Error(err.Error()) }, reasonOf,
		)
	}
}

// Unlike version 3, version 5 never tells the error, even when it debugs.
func reasonOf(error) string { return http.StatusText(http.StatusInternalServerError) }
