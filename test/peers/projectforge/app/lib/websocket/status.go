package websocket

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
)

// Status is what a test sees: who is in which channel, and who is connected.
type Status struct {
	Channels    []Channel     `json:"channels"`
	Connections []*Connection `json:"connections"`
}

// Status returns copies in the order that Project Forge's has: channels by key, connections by id.
func (s *Service) Status() *Status {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var status Status
	for _, channel := range s.channels {
		status.Channels = append(status.Channels, *channel)
	}
	for _, conn := range s.connections {
		status.Connections = append(status.Connections, conn.copied())
	}
	slices.SortFunc(status.Channels, func(a, b Channel) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortFunc(status.Connections, func(a, b *Connection) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	return &status
}

// Members returns the connections in a channel; nil when there is no such channel.
func (s *Service) Members(ch string) []uuid.UUID {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if channel, ok := s.channels[ch]; ok {
		return channel.ConnIDs
	}
	return nil
}

// GetAllMembers returns the connections in a channel; nil when there is no such channel.
func (s *Service) GetAllMembers(ch string) (members []*Connection) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if channel, ok := s.channels[ch]; ok {
		for _, id := range channel.ConnIDs {
			if conn, ok := s.connections[id]; ok {
				members = append(members, conn)
			}
		}
	}
	return members
}

func (s *Service) snapshot(conn *Connection) *Connection {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return conn.copied()
}

func (c *Connection) copied() *Connection {
	return &Connection{ID: c.ID, Profile: c.Profile, Svc: c.Svc, Channels: c.Channels, Started: c.Started, Stats: c.Stats}
}
