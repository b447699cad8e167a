package goyave3

import (
	"errors"
	"sync"

	goyave "wireline.test/peers/goyave3"
	"wireline.test/peers/goyave3/websocket"
)

// Leave returns nil after one message.
func Leave(c *websocket.Conn, request *goyave.Request) error {
	_, _, err := c.ReadMessage()
	return err
}

// Fail returns an error after one message, which is the error's text.
func Fail(c *websocket.Conn, request *goyave.Request) error {
	_, message, err := c.ReadMessage()
	if err != nil {
		return err
	}
	return errors.New(string(message))
}

// Panic panics after one message, with its text.
func Panic(c *websocket.Conn, request *goyave.Request) error {
	_, message, err := c.ReadMessage()
	if err != nil {
		return err
	}
	panic(string(message))
}

// Close closes with a code of its own after one message.
func Close(c *websocket.Conn, request *goyave.Request) error {
	if _, _, err := c.ReadMessage(); err != nil {
		return err
	}
	// Close waits for the client's close frame, which somebody must read.
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			if _, _, err := c.ReadMessage(); err != nil {
				return
			}
		}
	})
	defer reader.Wait()
	return c.Close(4001, "moved")
}

// Limited echoes messages of up to 1,024 bytes.
func Limited(c *websocket.Conn, request *goyave.Request) error {
	c.SetReadLimit(1024)
	return Echo(c, request)
}
