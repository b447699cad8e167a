package goyave5

import (
	"wireline.test/peers/goyave5"
	"wireline.test/peers/goyave5/websocket"
	"wireline.test/peers/handlers/endings"
)

// EndController ends each connection.
type EndController struct {
	goyave.Component
	End func(endings.Conn) error
}

// Serve ends the connection.
func (ctrl *EndController) Serve(conn *websocket.Conn, _ *goyave.Request) error {
	return ctrl.End(conn)
}

// LimitedController echoes messages of up to 1,024 bytes.
type LimitedController struct{ EchoController }

// Serve runs until the connection is closed.
func (ctrl *LimitedController) Serve(conn *websocket.Conn, request *goyave.Request) error {
	conn.SetReadLimit(1024)
	return ctrl.EchoController.Serve(conn, request)
}
