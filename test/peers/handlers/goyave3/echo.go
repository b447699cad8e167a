package goyave3

import (
	"fmt"

	goyave "wireline.test/peers/goyave3"
	"wireline.test/peers/goyave3/websocket"
)

// Echo sends every message back as it came.
func Echo(c *websocket.Conn, request *goyave.Request) error {
	for {
		mt, message, err := c.ReadMessage()
		if err != nil {
			return err
		}
		goyave.Logger.Printf("recv: %s", message)
		err = c.WriteMessage(mt, message)
		if err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
}
