package goyave3

import (
	"wireline.test/peers/goyave3"
	"wireline.test/peers/goyave3/websocket"
)

// Echo says to each client what that has said, text or bytes.
func Echo(conn *websocket.Conn, _ *goyave.Request) error {
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

// Limited echoes messages of up to 1,024 bytes.
func Limited(conn *websocket.Conn, request *goyave.Request) error {
	conn.SetReadLimit(1024)
	return Echo(conn, request)
}
