package websocket

import (
	"errors"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"wireline.test/peers/projectforge/app/util"
)

var errNameless = errors.New("the message names no channel: give it one")

// WriteMessage sends a message to one connection.
func (s *Service) WriteMessage(connID uuid.UUID, message *Message, logger util.Logger) error {
	return s.write(connID, websocket.TextMessage, s.deliver(nil, message, logger))
}

// WriteCloseRequest asks a client to go; the server itself never closes.
func (s *Service) WriteCloseRequest(connID uuid.UUID, logger util.Logger) error {
	return s.WriteMessage(connID, &Message{Cmd: "close-connection"}, logger)
}

// WriteChannel sends a message to the members of a channel, by a goroutine each: in no order.
func (s *Service) WriteChannel(message *Message, logger util.Logger, except ...uuid.UUID) error {
	if message.Channel == "" {
		return errNameless
	}
	if members := s.Members(message.Channel); len(members) > 0 {
		s.deliver(without(members, except...), message, logger)
	}
	return nil
}

// Broadcast sends a message to all connections, by a goroutine each, and a copy for each to the taps.
func (s *Service) Broadcast(message *Message, logger util.Logger, except ...uuid.UUID) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for id := range s.connections {
		if !slices.Contains(except, id) {
			go func() { _ = s.WriteMessage(id, message, logger) }()
		}
	}
	return nil
}

// WriteTap sends a copy of a message to all taps.
func (s *Service) WriteTap(message *Message, logger util.Logger) { s.deliver(nil, message, logger) }

// deliver encodes a message, starts a goroutine for each connection that gets it, gives the taps their copy, and returns the frame.
func (s *Service) deliver(to []uuid.UUID, m *Message, logger util.Logger) []byte {
	frame := util.ToJSONBytes(m, true)
	for _, id := range to {
		go func() { _ = s.write(id, websocket.TextMessage, frame) }()
	}
	s.mutex.Lock()
	taps := slices.Collect(maps.Values(s.taps))
	s.mutex.Unlock()
	for _, tap := range taps {
		if err := tap.write(websocket.TextMessage, frame); err != nil {
			logger.Warnf("a tap was not written to: %v", err)
		}
	}
	return frame
}

// Inject sends one frame as it is; kind is gorilla's TextMessage or BinaryMessage. It is for tests: Project Forge has no such thing.
func (s *Service) Inject(connID uuid.UUID, kind int, frame []byte) error {
	return s.write(connID, kind, frame)
}

// Drop ends TCP without a close frame. It is for tests.
func (s *Service) Drop(connID uuid.UUID) error {
	conn, err := s.connection(connID)
	if err != nil {
		return err
	}
	return conn.socket.Close()
}

// write sends one frame, counted before it is known whether it leaves, as there.
func (s *Service) write(connID uuid.UUID, kind int, frame []byte) error {
	conn, err := s.connection(connID)
	if err != nil {
		return err
	}
	s.mutex.Lock()
	conn.Stats.sent(len(frame))
	s.mutex.Unlock()
	return conn.write(kind, frame)
}
