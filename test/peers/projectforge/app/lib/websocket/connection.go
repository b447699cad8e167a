package websocket

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"wireline.test/peers/projectforge/app/lib/user"
	"wireline.test/peers/projectforge/app/util"
)

// Handler takes the messages of a connection; svc is the channel that the client named. An error ends the connection.
type Handler func(ctx context.Context, s *Service, conn *Connection, svc string, cmd string, param []byte, logger util.Logger) error

// Connection is one WebSocket and who is at its end.
type Connection struct {
	ID       uuid.UUID     `json:"id"`
	Profile  *user.Profile `json:"profile,omitempty"`
	Svc      string        `json:"svc,omitempty"`
	Channels []string      `json:"channels,omitempty"`
	Started  time.Time     `json:"started"`
	handler  Handler
	socket   *websocket.Conn
	mutex    sync.Mutex
}

func (c *Connection) write(kind int, frame []byte) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.socket.WriteMessage(kind, frame)
}

// receive waits for the next message. A frame of `null` gives nil without an error, as it does there.
func (c *Connection) receive() (*Message, error) {
	_, frame, err := c.socket.ReadMessage()
	if err != nil {
		return nil, err
	}
	var m *Message
	if err := util.FromJSON(frame, &m); err != nil {
		return nil, fmt.Errorf("the message cannot be read: %w", err)
	}
	return m, nil
}

// unlessGone returns the error that ended a connection, if it is one: a client that goes with 1001 or no code is none.
func unlessGone(err error) error {
	if websocket.IsCloseError(err, websocket.CloseGoingAway, websocket.CloseNoStatusReceived) {
		return nil
	}
	return fmt.Errorf("the connection ended: %w", err)
}
