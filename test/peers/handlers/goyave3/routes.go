// Package goyave3 is what the tests' server after Goyave 3 does, written as an application of the real framework is, imports aside.
package goyave3

import (
	"net/http"

	ws "wireline.test/gorilla142"

	"wireline.test/peers/goyave3"
	"wireline.test/peers/goyave3/websocket"
	"wireline.test/peers/handlers/endings"
)

// Register adds the routes.
func Register(router *goyave.Router) {
	upgrader := websocket.Upgrader{}
	router.Get("/websocket", upgrader.Handler(Echo))
	router.Get("/nil", upgrader.Handler(ending(endings.Leave)))
	router.Get("/error", upgrader.Handler(ending(endings.Fail)))
	router.Get("/panic", upgrader.Handler(ending(endings.Panic)))
	router.Get("/close", upgrader.Handler(ending(endings.Move)))
	router.Get("/limited", upgrader.Handler(Limited))

	origin := websocket.Upgrader{
		CheckOrigin: func(r *goyave.Request) bool { return r.Header().Get("Origin") == "http://allowed.example" },
	}
	router.Get("/origin", origin.Handler(Echo))

	headers := websocket.Upgrader{
		Headers: func(request *goyave.Request) http.Header {
			h := http.Header{}
			h.Set("X-Custom-Header", "value")
			return h
		},
	}
	router.Get("/headers", headers.Handler(Echo))

	refuse := websocket.Upgrader{
		CheckOrigin: func(r *goyave.Request) bool { return false },
		UpgradeErrorHandler: func(response *goyave.Response, request *goyave.Request, status int, reason error) {
			response.JSON(status, map[string]string{"refused": http.StatusText(status)})
		},
	}
	router.Get("/refuse", refuse.Handler(Echo))

	subprotocols := websocket.Upgrader{Settings: ws.Upgrader{Subprotocols: []string{"v2.chat", "v1.chat"}}}
	router.Get("/subprotocols", subprotocols.Handler(Echo))

	compressed := websocket.Upgrader{Settings: ws.Upgrader{EnableCompression: true}}
	router.Get("/compressed", compressed.Handler(Echo))
}

func ending(end func(endings.Conn) error) websocket.Handler {
	return func(conn *websocket.Conn, _ *goyave.Request) error { return end(conn) }
}
