package goyave

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	ws "github.com/gorilla/websocket"
	ws142 "wireline.test/gorilla142"
)

// NormalClosureMessage is the reason of a normal close.
const NormalClosureMessage = "Server closed connection"

// Socket is a connection of gorilla's, of either version: Goyave 3 has 1.4.2, Goyave 5 has 1.5.3.
type Socket interface {
	ReadMessage() (kind int, message []byte, err error)
	WriteMessage(kind int, message []byte) error
	WriteControl(kind int, message []byte, deadline time.Time) error
	NextReader() (kind int, r io.Reader, err error)
	SetReadLimit(limit int64)
	SetPingHandler(h func(message string) error)
	SetCloseHandler(h func(code int, text string) error)
	Close() error
}

// Conn is a WebSocket that ends with the close handshake: the server's close frame, then the client's, then the end of TCP.
type Conn struct {
	Socket
	timeout  time.Duration
	answered chan struct{}
	once     sync.Once
}

// NewConn wraps an upgraded connection. gorilla no longer answers a close frame by itself then: Serve or Close do.
func NewConn(conn Socket, timeout time.Duration) *Conn {
	c := &Conn{Socket: conn, timeout: timeout, answered: make(chan struct{})}
	// It is called once at most, since gorilla reads nothing that follows a close frame.
	conn.SetCloseHandler(func(int, string) error {
		close(c.answered)
		return nil
	})
	return c
}

// Close writes a close frame, waits until the client's has been read or the timeout has passed, and ends TCP. Somebody else
// must read meanwhile. Only the first call does anything.
func (c *Conn) Close(code int, reason string) (err error) {
	c.once.Do(func() {
		timeout := time.NewTimer(c.timeout)
		defer timeout.Stop()
		frame := ws.FormatCloseMessage(code, reason)
		// gorilla has sent a close frame of its own where the client broke the protocol or a limit; its answer is awaited the same.
		err = c.WriteControl(ws.CloseMessage, frame, time.Now().Add(c.timeout))
		if err != nil && !errors.Is(err, ws.ErrCloseSent) && !errors.Is(err, ws142.ErrCloseSent) {
			_ = c.Socket.Close()
			return
		}
		select {
		case <-c.answered:
		case <-timeout.C:
		}
		err = c.Socket.Close()
	})
	return err
}

// closeReading closes while nobody else reads.
func (c *Conn) closeReading(code int, reason string) {
	go func() {
		var err error
		for err == nil {
			_, _, err = c.NextReader()
		}
	}()
	_ = c.Close(code, reason)
}

// isOrdinary tells whether an error is that the client has closed in the ordinary way: with 1000, 1001 or no code.
func isOrdinary(err error) bool {
	ordinary := []int{ws.CloseNormalClosure, ws.CloseGoingAway, ws.CloseNoStatusReceived}
	var closed *ws.CloseError
	var closed142 *ws142.CloseError
	return errors.As(err, &closed) && ws.IsCloseError(closed, ordinary...) ||
		errors.As(err, &closed142) && ws142.IsCloseError(closed142, ordinary...)
}

// Serve runs a handler and closes the connection by its outcome: with 1000 when it returned nil or the client's ordinary close,
// otherwise with 1011 and the given reason.
func (c *Conn) Serve(handle func() error, report func(error), reason func(error) string) {
	err := recovered(handle)
	if err == nil || isOrdinary(err) {
		c.closeReading(ws.CloseNormalClosure, NormalClosureMessage)
		return
	}
	report(err)
	c.closeReading(ws.CloseInternalServerErr, reason(err))
}

// recovered makes an error of a panic, with its text.
func recovered(handle func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("%v", value)
		}
	}()
	return handle()
}
