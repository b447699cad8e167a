// Package websocket is a server after Project Forge 2.1.6 (projectforge.dev/projectforge/app/lib/websocket), built on
// gorilla/websocket 1.5.3, net/http and encoding/json/v2, because the module proxy's allowlist refuses projectforge.dev; the
// handlers were not compiled against the real one. It has the service with its connections, channels, presence, taps and close
// requests, and with the packages beside it the names that a handler and its action use.
//
// What differs: the maps are guarded by one lock and the taps by one each, where the real ones race. A client's 1001 ends the read loop;
// the real one reads on until gorilla panics, which drops TCP all the same. An action that fails only logs, the real one tries to answer
// with a page. A profile is a name, which the query's user gives. A connection has no model and no statistics, a channel only its
// members; there are no events of opening and closing, no terminals, accounts, sessions, telemetry or pages. Members, Status, Drop and
// Inject, by which tests see and do what no client can, are ours.
package websocket

import (
	"context"
	"fmt"
	"net/http"
	"slices"
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
	channels map[string][]uuid.UUID
	taps     map[uuid.UUID]*Connection
}

// NewService makes a service without connections.
func NewService() *Service {
	return &Service{
		connections: map[uuid.UUID]*Connection{},
		channels:    map[string][]uuid.UUID{},
		taps:        map[uuid.UUID]*Connection{},
	}
}

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
	conn := &Connection{ID: uuid.New(), Profile: profile, Svc: "system", Started: time.Now(), handler: handler, socket: socket}
	s.mutex.Lock()
	s.connections[conn.ID] = conn
	s.mutex.Unlock()
	s.WriteTap(NewMessage(nil, "connection", "open", s.snapshot(conn)), logger)
	_, err = s.move(conn.ID, channel, true, logger)
	return conn.ID, err
}

// Join adds a connection to a channel, tells the other members, and returns whether the channel is new. It tells them every time.
func (s *Service) Join(connID uuid.UUID, ch string, logger util.Logger) (bool, error) {
	return s.move(connID, ch, true, logger)
}

// Leave takes a connection out of a channel, tells the members that are left, and returns whether there are none.
func (s *Service) Leave(connID uuid.UUID, ch string, logger util.Logger) (bool, error) {
	return s.move(connID, ch, false, logger)
}

// move puts a connection into a channel or takes it out, and tells the others. It returns whether that made or ended the channel.
func (s *Service) move(id uuid.UUID, ch string, joined bool, logger util.Logger) (bool, error) {
	before, after, err := s.place(id, ch, joined)
	if err != nil {
		return false, err
	}
	if len(after) == 0 {
		return true, nil
	}
	update := OnlineUpdate{UserID: id, Connected: joined}
	return len(before) == 0, s.WriteChannel(NewMessage(&id, ch, "online-update", update), logger, id)
}

// place is the part of move that needs the lock: it returns the channel's members before and after.
func (s *Service) place(id uuid.UUID, ch string, joined bool) (before, after []uuid.UUID, err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	conn := s.connections[id]
	if conn == nil {
		return nil, nil, unknown(id)
	}
	before = s.channels[ch]
	if joined {
		after, conn.Channels = with(before, id), with(conn.Channels, ch)
	} else {
		after, conn.Channels = without(before, id), without(conn.Channels, ch)
	}
	s.channels[ch] = after
	if len(after) == 0 {
		delete(s.channels, ch)
	}
	return before, after, nil
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
		if m, err = conn.receive(); err != nil {
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
		if _, err = tap.receive(); err != nil {
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

func unknown(id uuid.UUID) error { return fmt.Errorf("there is no connection %s", id) }

// with returns a list that has the value, where it was or at its end.
func with[T comparable](list []T, value T) []T {
	if slices.Contains(list, value) {
		return list
	}
	return append(slices.Clone(list), value)
}

// without returns a new list that has none of the values.
func without[T comparable](list []T, values ...T) (rest []T) {
	for _, member := range list {
		if !slices.Contains(values, member) {
			rest = append(rest, member)
		}
	}
	return rest
}
