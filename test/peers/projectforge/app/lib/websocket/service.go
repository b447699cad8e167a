// Package websocket is a server after Project Forge 2.1.6 (projectforge.dev/projectforge/app/lib/websocket), built on
// gorilla/websocket 1.5.3, net/http and encoding/json/v2, because the module proxy refused projectforge.dev where this was made. The
// handlers were compiled against the real one, and the statements held on it, in November 2026. It has the service with its connections,
// channels, presence, taps and close requests, and with the packages beside it the names that a handler and its action use.
//
// What differs: the maps are guarded by one lock and the taps by one each, where the real ones race. A client's 1001 ends the read loop,
// as in the source at commit 6d1e591; where the real one reads on, gorilla panics, which drops TCP all the same. An action that fails
// only logs, the real one tries to answer with a page. A profile is a name, which the query's user gives, and an id, which only the module user has. A connection has no model, and
// the service no statistics of its own; there are no events of opening and closing, no terminals, accounts, sessions, telemetry or pages.
// Members, Status as one structure, Drop and Inject, by which tests see and do what no client can, are ours.
package websocket

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"wireline.test/peers/projectforge/app/lib/user"
	"wireline.test/peers/projectforge/app/util"
)

// Service knows all connections, channels and taps.
type Service struct {
	mutex       sync.Mutex
	connections map[uuid.UUID]*Connection
	// A channel exists as long as it has members.
	channels map[string]*Channel
	taps     map[uuid.UUID]*Connection
	// Whether presence goes by the profile's id instead of the connection's, as with the module user.
	byProfile bool
}

// NewService makes a service without connections.
func NewService() *Service {
	return &Service{
		connections: map[uuid.UUID]*Connection{},
		channels:    map[string]*Channel{},
		taps:        map[uuid.UUID]*Connection{},
	}
}

// TellProfiles has presence carry the id of the profile instead of the connection's, as Project Forge's does with the module user.
func (s *Service) TellProfiles() { s.byProfile = true }

var upgrader = websocket.Upgrader{EnableCompression: true}

// Upgrade makes a connection of a request and joins it to a channel; ReadLoop must follow. What cannot be upgraded has been answered.
func (s *Service) Upgrade(
	_ context.Context,
	w http.ResponseWriter,
	r *http.Request,
	channel string,
	profile *user.Profile,
	handler Handler,
	logger util.Logger,
) (uuid.UUID, error) {
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return uuid.Nil, err
	}
	now := time.Now()
	conn := &Connection{
		ID: uuid.New(), Profile: profile, Svc: "system", Started: now, Stats: Stats{Started: now}, handler: handler, socket: socket,
	}
	s.mutex.Lock()
	s.connections[conn.ID] = conn
	s.mutex.Unlock()
	s.WriteTap(NewMessage(nil, "connection", "open", s.snapshot(conn)), logger)
	_, err = s.move(conn.ID, channel, true, logger)
	return conn.ID, err
}

// ReadLoop reads a connection until it ends or its handler fails. It never writes a close frame: gorilla answers the client's.
func (s *Service) ReadLoop(ctx context.Context, connID uuid.UUID, logger util.Logger) error {
	conn, err := s.connection(connID)
	if err != nil {
		return err
	}
	// Deferred, so that a handler that panics drops TCP, too.
	defer s.forget(conn, logger)
	for err == nil {
		var m *Message
		if m, err = s.receive(conn); err != nil {
			break
		}
		// The command is read first: a nil message panics before a tap gets it.
		svc, cmd, param := m.Channel, m.Cmd, m.Param
		s.WriteTap(m, logger)
		if conn.handler != nil {
			err = conn.handler(ctx, s, conn, svc, cmd, param, logger)
		}
	}
	return unlessGone(err)
}

// receive waits for a connection's next message. A frame of `null` gives nil without an error, as it does there.
func (s *Service) receive(conn *Connection) (*Message, error) {
	_, frame, err := conn.socket.ReadMessage()
	if err != nil {
		return nil, err
	}
	s.mutex.Lock()
	conn.Stats.received(len(frame))
	s.mutex.Unlock()
	var m *Message
	if err := util.FromJSON(frame, &m); err != nil {
		return nil, fmt.Errorf("the message cannot be read: %w", err)
	}
	return m, nil
}

// forget ends a connection's TCP, then tells its channels and the taps.
func (s *Service) forget(conn *Connection, logger util.Logger) {
	_ = conn.socket.Close()
	for _, ch := range s.snapshot(conn).Channels {
		if _, err := s.move(conn.ID, ch, false, logger); err != nil {
			logger.Warnf("channel %q was not left: %v", ch, err)
		}
	}
	s.WriteTap(NewMessage(nil, "connection", "close", s.snapshot(conn)), logger)
	s.mutex.Lock()
	delete(s.connections, conn.ID)
	s.mutex.Unlock()
}

// RegisterTap makes a connection that gets a copy of all traffic, and serves it until it ends.
func (s *Service) RegisterTap(w http.ResponseWriter, r *http.Request, logger util.Logger) (uuid.UUID, error) {
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return uuid.Nil, err
	}
	tap := &Connection{ID: uuid.New(), socket: socket}
	s.mutex.Lock()
	s.taps[tap.ID] = tap
	s.mutex.Unlock()
	for {
		if _, err = s.receive(tap); err != nil {
			break
		}
		logger.Errorf("a tap has sent a message")
	}
	_ = socket.Close()
	s.mutex.Lock()
	delete(s.taps, tap.ID)
	s.mutex.Unlock()
	return tap.ID, unlessGone(err)
}

func (s *Service) connection(connID uuid.UUID) (*Connection, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if conn, ok := s.connections[connID]; ok {
		return conn, nil
	}
	return nil, unknown(connID)
}

func unknown(id uuid.UUID) error { return fmt.Errorf("there is no connection %s", id) }
