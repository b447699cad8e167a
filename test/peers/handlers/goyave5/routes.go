// Package goyave5 is what the tests' server after Goyave 5 does, written as an application of the real framework is, imports aside.
package goyave5

import (
	"net/http"

	ws "github.com/gorilla/websocket"

	"wireline.test/peers/goyave5"
	"wireline.test/peers/goyave5/websocket"
	"wireline.test/peers/handlers/endings"
)

// Register adds the routes.
func Register(server *goyave.Server, router *goyave.Router) {
	RegisterEcho(server, router)
	RegisterChat(server, router)
	router.Subrouter("/nil").Controller(websocket.New(&EndController{End: endings.Leave}))
	router.Subrouter("/error").Controller(websocket.New(&EndController{End: endings.Fail}))
	router.Subrouter("/panic").Controller(websocket.New(&EndController{End: endings.Panic}))
	router.Subrouter("/close").Controller(websocket.New(&EndController{End: endings.Move}))
	router.Subrouter("/limited").Controller(websocket.New(&LimitedController{}))
	router.Subrouter("/origin").Controller(websocket.New(&OriginController{}))
	router.Subrouter("/headers").Controller(websocket.New(&HeadersController{}))
	router.Subrouter("/refuse").Controller(websocket.New(&RefuseController{}))

	subprotocols := websocket.New(&EchoController{})
	subprotocols.Settings = ws.Upgrader{Subprotocols: []string{"v2.chat", "v1.chat"}}
	router.Subrouter("/subprotocols").Controller(subprotocols)

	compressed := websocket.New(&EchoController{})
	compressed.Settings = ws.Upgrader{EnableCompression: true}
	router.Subrouter("/compressed").Controller(compressed)
}

// OriginController is an echo for pages of one origin.
type OriginController struct{ EchoController }

// CheckOrigin takes the one origin.
func (ctrl *OriginController) CheckOrigin(r *goyave.Request) bool {
	return r.Header().Get("Origin") == "http://allowed.example"
}

// HeadersController is an echo that adds a header to the 101.
type HeadersController struct{ EchoController }

// UpgradeHeaders returns the header.
func (ctrl *HeadersController) UpgradeHeaders(r *goyave.Request) http.Header {
	h := http.Header{}
	h.Set("X-Custom-Header", "value")
	return h
}

// RefuseController refuses everybody in words of its own.
type RefuseController struct{ EchoController }

// CheckOrigin takes none.
func (ctrl *RefuseController) CheckOrigin(r *goyave.Request) bool { return false }

// OnUpgradeError answers instead of the upgrade.
func (ctrl *RefuseController) OnUpgradeError(response *goyave.Response, request *goyave.Request, status int, reason error) {
	response.JSON(status, map[string]string{"refused": http.StatusText(status)})
}
