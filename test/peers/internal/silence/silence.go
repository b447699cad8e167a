// Package silence is for tests of what servers do, and do not do, by the clock: they run in a bubble of testing/synctest, whose clock
// jumps ahead when all wait, over connections in memory.
package silence

import (
	"context"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	ws "github.com/gorilla/websocket"
)

// Client is the other end of a server's WebSocket, which is always read.
type Client struct {
	*ws.Conn
	// Heard has what came, and at last the error that reading ended with.
	Heard chan any
}

// Dial serves a handler, and connects to it.
func Dial(t *testing.T, handler http.Handler, path string) *Client {
	t.Helper()
	listener := &pipes{accepted: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handler}
	go func() { _ = server.Serve(listener) }()
	dialer := ws.Dialer{NetDialContext: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		listener.accepted <- theirs
		return ours, nil
	}}
	conn, _, err := dialer.Dial("ws://127.0.0.1"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &Client{conn, make(chan any, 16)}
	t.Cleanup(func() {
		_ = client.Close()
		_ = server.Close()
	})
	conn.SetPingHandler(func(string) error {
		client.Heard <- "a ping"
		return nil
	})
	// The test decides when a close frame is answered.
	conn.SetCloseHandler(func(int, string) error { return nil })
	go func() {
		for {
			_, message, err := conn.ReadMessage()
			if err != nil {
				client.Heard <- err
				return
			}
			client.Heard <- string(message)
		}
	}()
	return client
}

// Nothing fails the test if anything comes, be it an end, while an hour passes.
func (c *Client) Nothing(t *testing.T) {
	t.Helper()
	select {
	case heard := <-c.Heard:
		t.Fatalf("got %v within an hour, want nothing", heard)
	case <-time.After(time.Hour):
	}
	synctest.Wait()
}

// Answers fails the test unless a text has an answer.
func (c *Client) Answers(t *testing.T, text string) {
	t.Helper()
	if err := c.WriteMessage(ws.TextMessage, []byte(text)); err != nil {
		t.Fatal(err)
	}
	if heard, ok := (<-c.Heard).(string); !ok || heard == "a ping" {
		t.Fatalf("got %v, want an answer", heard)
	}
}

// pipes listens in memory.
type pipes struct {
	accepted chan net.Conn
	closed   chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.accepted:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	close(p.closed)
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }
