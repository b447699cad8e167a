package goyave5

import (
	"errors"
	"sync"

	goyave "wireline.test/peers/goyave5"
	"wireline.test/peers/goyave5/websocket"
)

// LeaveController returns nil after one message.
type LeaveController struct{ goyave.Component }

// Serve reads one message.
func (ctrl *LeaveController) Serve(c *websocket.Conn, request *goyave.Request) error {
	_, _, err := c.ReadMessage()
	return err
}

// FailController returns an error after one message, which is the error's text.
type FailController struct{ goyave.Component }

// Serve reads one message.
func (ctrl *FailController) Serve(c *websocket.Conn, request *goyave.Request) error {
	_, message, err := c.ReadMessage()
	if err != nil {
		return err
	}
	return errors.New(string(message))
}

// PanicController panics after one message, with its text.
type PanicController struct{ goyave.Component }

// Serve reads one message.
func (ctrl *PanicController) Serve(c *websocket.Conn, request *goyave.Request) error {
	_, message, err := c.ReadMessage()
	if err != nil {
		return err
	}
	panic(string(message))
}

// CloseController closes with a code of its own after one message.
type CloseController struct{ goyave.Component }

// Serve reads one message, and what comes until the client has closed, too.
func (ctrl *CloseController) Serve(c *websocket.Conn, request *goyave.Request) error {
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

// LimitedController echoes messages of up to 1,024 bytes.
type LimitedController struct{ EchoController }

// Serve runs until the connection is closed.
func (ctrl *LimitedController) Serve(c *websocket.Conn, request *goyave.Request) error {
	c.SetReadLimit(1024)
	return ctrl.EchoController.Serve(c, request)
}
