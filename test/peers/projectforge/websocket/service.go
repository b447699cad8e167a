// Package websocket is a server after Project Forge 2.1.6 (projectforge.dev/projectforge/app/lib/websocket), built on
// gorilla/websocket 1.5.3, net/http and encoding/json/v2, because the framework's module cannot be had where this was made. It has the
// service with its connections, channels, presence, taps and close requests, and the names a handler uses. What differs: its maps are
// guarded by one lock and taps by one each, where the real ones race; there are no accounts, statistics, telemetry or pages; and
// Inject, which tests use to send what no sane server would, is ours.
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

	"wireline.test/peers/projectforge/user"
	"wireline.test/peers/projectforge/util"
)

// Service knows all connections, channels and taps.
type Service struct {
	mutex       sync.Mutex
	connections map[uuid.UUID]*Connection
	channels    map[string]*Channel
	taps        map[uuid.UUID]*Connection
}

// NewService makes a service without connections.
func NewService() *Service {
	return &Service{
		connections: map[uuid.UUID]*Connection{},
		channels:    map[string]*Channel{},
		taps:        map[uuid.UUID]*Connection{},
	}
}

var upgrader = websocket.Upgrader{EnableCompression: true}

// Upgrade makes a connection of a request and joins it to a channel; ReadLoop must follow. What cannot be upgraded has been answered.
func (s *Service) Upgrade(
	_ context.Context, w http.ResponseWriter, r *http.Request, channel string,
	profile *user.Profile, handler Handler, logger util.Logger,
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
	_, err = s.Join(conn.ID, channel, logger)
	return conn.ID, err
}

// Join adds a connection to a channel, tells the other members, and returns whether the channel is new. It tells them every time.
func (s *Service) Join(connID uuid.UUID, ch string, logger util.Logger) (bool, error) {
	s.mutex.Lock()
	conn, ok := s.connections[connID]
	if !ok {
		s.mutex.Unlock()
		return false, unknown(connID)
	}
	if !slices.Contains(conn.Channels, ch) {
		conn.Channels = append(slices.Clone(conn.Channels), ch)
	}
	channel, existed := s.channels[ch]
	if !existed {
		channel = &Channel{Key: ch, LastUpdate: time.Now()}
		s.channels[ch] = channel
	}
	if !slices.Contains(channel.ConnIDs, connID) {
		channel.ConnIDs = append(slices.Clone(channel.ConnIDs), connID)
	}
	s.mutex.Unlock()
	return !existed, s.sendOnlineUpdate(ch, connID, true, logger)
}

// Leave takes a connection out of a channel, tells the members that are left, and returns whether there are none.
func (s *Service) Leave(connID uuid.UUID, ch string, logger util.Logger) (bool, error) {
	s.mutex.Lock()
	conn, ok := s.connections[connID]
	if !ok {
		s.mutex.Unlock()
		return false, unknown(connID)
	}
	conn.Channels = without(conn.Channels, ch)
	var left []uuid.UUID
	if channel, ok := s.channels[ch]; ok {
		left = without(channel.ConnIDs, connID)
		channel.ConnIDs = left
	}
	if len(left) == 0 {
		delete(s.channels, ch)
	}
	s.mutex.Unlock()
	if len(left) == 0 {
		return true, nil
	}
	return false, s.sendOnlineUpdate(ch, connID, false, logger)
}

// ReadLoop reads a connection until it ends or its handler fails. It never writes a close frame: gorilla answers the client's.
func (s *Service) ReadLoop(ctx context.Context, connID uuid.UUID, logger util.Logger) error {
	s.mutex.Lock()
	conn, ok := s.connections[connID]
	s.mutex.Unlock()
	if !ok {
		return unknown(connID)
	}
	return readSocketLoop(conn.socket, func(m *Message) error {
		// The command is read first: a nil message panics before a tap gets it.
		svc, cmd, param := m.Channel, m.Cmd, m.Param
		s.WriteTap(m, logger)
		if conn.handler == nil {
			return nil
		}
		return conn.handler(ctx, s, conn, svc, cmd, param, logger)
	}, func() { s.disconnect(conn, logger) })
}

// Tap makes a connection that gets a copy of all traffic, and serves it until it ends.
func (s *Service) Tap(w http.ResponseWriter, r *http.Request, logger util.Logger) error {
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return err
	}
	tap := &Connection{ID: uuid.New(), socket: socket}
	s.mutex.Lock()
	s.taps[tap.ID] = tap
	s.mutex.Unlock()
	return readSocketLoop(socket, func(*Message) error {
		logger.Errorf("a tap has sent a message")
		return nil
	}, func() {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		delete(s.taps, tap.ID)
	})
}

func readSocketLoop(socket *websocket.Conn, onMessage func(m *Message) error, onDisconnect func()) error {
	// Deferred, so that a handler that panics drops TCP, too.
	defer onDisconnect()
	defer func() { _ = socket.Close() }()
	for {
		_, frame, err := socket.ReadMessage()
		if err != nil {
			if websocket.IsCloseError(err, websocket.CloseGoingAway, websocket.CloseNoStatusReceived) {
				return nil
			}
			return fmt.Errorf("the connection was lost: %w", err)
		}
		// A frame of `null` leaves a nil message, which is a panic further on, as it is there.
		var m *Message
		if err := util.FromJSON(frame, &m); err != nil {
			return fmt.Errorf("the message cannot be read: %w", err)
		}
		if err := onMessage(m); err != nil {
			return fmt.Errorf("the handler failed: %w", err)
		}
	}
}

func (s *Service) disconnect(conn *Connection, logger util.Logger) {
	s.mutex.Lock()
	channels := conn.Channels
	s.mutex.Unlock()
	for _, ch := range channels {
		if _, err := s.Leave(conn.ID, ch, logger); err != nil {
			logger.Warnf("channel %q was not left: %v", ch, err)
		}
	}
	s.WriteTap(NewMessage(nil, "connection", "close", s.snapshot(conn)), logger)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.connections, conn.ID)
}

func (s *Service) sendOnlineUpdate(ch string, connID uuid.UUID, connected bool, logger util.Logger) error {
	message := NewMessage(&connID, ch, "online-update", OnlineUpdate{UserID: connID, Connected: connected})
	return s.WriteChannel(message, logger, connID)
}

func unknown(id uuid.UUID) error { return fmt.Errorf("there is no connection %s", id) }

func without[T comparable](list []T, value T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(member T) bool { return member == value })
}
