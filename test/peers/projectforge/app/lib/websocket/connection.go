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
	Stats    Stats         `json:"stats"`
	handler  Handler
	socket   *websocket.Conn
	mutex    sync.Mutex
}

func (c *Connection) write(kind int, frame []byte) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.socket.WriteMessage(kind, frame)
}

// unlessGone returns the error that ended a connection, if it is one: a client that goes with 1001 or no code is none.
func unlessGone(err error) error {
	if websocket.IsCloseError(err, websocket.CloseGoingAway, websocket.CloseNoStatusReceived) {
		return nil
	}
	return fmt.Errorf("the connection ended: %w", err)
}
