// Package websocket is the websocket package of the server after Goyave 3.11; see package goyave for what it is and what differs.
package websocket

import (
	"net/http"
	"unicode/utf8"

	ws "wireline.test/gorilla142"

	goyave "wireline.test/peers/goyave3"
	"wireline.test/peers/goyave3/config"
	core "wireline.test/peers/internal/goyave"
)

const longestReason = 123 // RFC 6455, section 5.5: a control frame's 125 bytes, less two for the code

// Conn is a WebSocket that ends with the close handshake.
type Conn = core.Conn

// Handler serves one connection; when it returns, the connection is closed.
type Handler func(*Conn, *goyave.Request) error

// UpgradeErrorHandler answers a request that cannot be upgraded.
type UpgradeErrorHandler = core.UpgradeErrorHandler

// Upgrader turns requests into WebSockets; the zero value is ready to use.
type Upgrader struct {
	UpgradeErrorHandler UpgradeErrorHandler
	CheckOrigin         func(r *goyave.Request) bool
	Headers             func(request *goyave.Request) http.Header
	Settings            ws.Upgrader
}

// Handler makes the route's handler of a connection's.
func (u *Upgrader) Handler(handler Handler) goyave.Handler {
	return func(response *goyave.Response, request *goyave.Request) {
		upgrade := core.Gorilla142(u.Settings, response, request)
		conn, err := core.Upgrade(upgrade, u.CheckOrigin, u.UpgradeErrorHandler, u.Headers, config.Current(), response, request)
		if err != nil {
			return
		}
		go conn.Serve(func() error { return handler(conn, request) }, func(err error) { goyave.ErrLogger.Println(err) }, reasonOf)
	}
}

func reasonOf(err error) string {
	if !config.GetBool("app.debug") {
		return "Internal server error"
	}
	reason := err.Error()
	if len(reason) <= longestReason {
		return reason
	}
	end := longestReason
	for !utf8.RuneStart(reason[end]) {
		end--
	}
	return reason[:end]
}
