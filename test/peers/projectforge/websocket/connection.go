package websocket

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"wireline.test/peers/projectforge/user"
	"wireline.test/peers/projectforge/util"
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

// Channel is who is in a channel; it exists as long as it has members.
type Channel struct {
	Key        string      `json:"key"`
	ConnIDs    []uuid.UUID `json:"connIDs"`
	LastUpdate time.Time   `json:"lastUpdate"`
}
