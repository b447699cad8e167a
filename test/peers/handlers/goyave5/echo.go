package goyave5

import (
	"fmt"

	goyave "wireline.test/peers/goyave5"
	"wireline.test/peers/goyave5/websocket"
)

// EchoController sends every message back as it came.
type EchoController struct {
	goyave.Component
}

// Serve runs until the connection is closed.
func (ctrl *EchoController) Serve(c *websocket.Conn, request *goyave.Request) error {
	for {
		mt, message, err := c.ReadMessage()
		if err != nil {
			return err
		}
		ctrl.Logger().Debug("recv", "message", string(message))
		err = c.WriteMessage(mt, message)
		if err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
}
