package websocket

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"wireline.test/peers/projectforge/app/util"
)

// Channel is who hears what is said in it. Its LastUpdate is when it was made, and nothing counts in its Stats: so it is there, too.
type Channel struct {
	Key        string      `json:"key"`
	ConnIDs    []uuid.UUID `json:"connIDs"`
	LastUpdate time.Time   `json:"lastUpdate"`
	Stats      Stats       `json:"stats"`
}

func newChannel(key string) *Channel {
	now := time.Now()
	return &Channel{Key: key, LastUpdate: now, Stats: Stats{Started: now}}
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
	conn, err := s.connection(id)
	if err != nil {
		return false, err
	}
	before, after, err := s.place(id, ch, joined)
	if err != nil {
		return false, err
	}
	if len(after) == 0 {
		return true, nil
	}
	userID := id
	if s.byProfile {
		userID = conn.Profile.ID
	}
	update := OnlineUpdate{UserID: userID, Connected: joined}
	return len(before) == 0, s.WriteChannel(NewMessage(&userID, ch, "online-update", update), logger, id)
}

// place is the part of move that needs the lock: it returns the channel's members before and after.
func (s *Service) place(id uuid.UUID, ch string, joined bool) (before, after []uuid.UUID, err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	conn := s.connections[id]
	if conn == nil {
		return nil, nil, unknown(id)
	}
	channel, ok := s.channels[ch]
	if !ok {
		channel = newChannel(ch)
		s.channels[ch] = channel
	}
	before = channel.ConnIDs
	if joined {
		after, conn.Channels = with(before, id), with(conn.Channels, ch)
	} else {
		after, conn.Channels = without(before, id), without(conn.Channels, ch)
	}
	channel.ConnIDs = after
	if len(after) == 0 {
		delete(s.channels, ch)
	}
	return before, after, nil
}

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
