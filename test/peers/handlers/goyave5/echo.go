package goyave5

import (
	"wireline.test/peers/goyave5"
	"wireline.test/peers/goyave5/websocket"
)

// RegisterEcho adds the route: call it where your routes are (http/route), or give it to server.RegisterRoutes.
func RegisterEcho(_ *goyave.Server, router *goyave.Router) {
	router.Subrouter("/websocket").Controller(websocket.New(&EchoController{}))
}

// EchoController says to each client what that has said, text or bytes.
type EchoController struct {
	goyave.Component
}

// Serve has one connection; Goyave closes it by what is returned, with 1000 where the client has closed it.
func (ctrl *EchoController) Serve(conn *websocket.Conn, _ *goyave.Request) error {
	for {
		kind, said, err := conn.ReadMessage()
		if err == nil {
			err = conn.WriteMessage(kind, said)
		}
		if err != nil {
			return err
		}
	}
}
