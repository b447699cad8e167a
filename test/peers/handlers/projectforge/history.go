package projectforge

import (
	"sync"

	"github.com/google/uuid"

	"wireline.test/peers/projectforge/app/lib/websocket"
	"wireline.test/peers/projectforge/app/util"
)

// History numbers the messages of each channel, keeps the last of them, and replays them to clients that come back.
type History struct {
	mutex    sync.Mutex
	size     int
	channels map[string]*line
}

// line is the history of one channel. Each has an epoch of its own, by which clients notice that the numbers begin again.
type line struct {
	epoch string
	last  int
	kept  []*websocket.Message
}

// maxChannels limits the memory, because clients choose the names of channels.
const maxChannels = 1000

// NewHistory keeps as many messages of each channel as size says.
func NewHistory(size int) *History { return &History{size: size, channels: map[string]*line{}} }

// of returns the line of a channel, and forgets some other one if there are too many. The mutex must be held.
func (h *History) of(ch string) *line {
	if l, ok := h.channels[ch]; ok {
		return l
	}
	for other := range h.channels {
		if len(h.channels) < maxChannels {
			break
		}
		delete(h.channels, other)
	}
	h.channels[ch] = &line{epoch: util.UUID().String()}
	return h.channels[ch]
}

// Publish sends a message to the members of a channel. Its number is added to the param, as seq.
func (h *History) Publish(s *websocket.Service, ch string, cmd string, param util.ValueMap, logger util.Logger) error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	l := h.of(ch)
	l.last++
	param["seq"] = l.last
	message := websocket.NewMessage(nil, ch, cmd, param)
	l.kept = append(l.kept, message)
	l.kept = l.kept[max(0, len(l.kept)-h.size):]
	return s.WriteChannel(message, logger)
}

// Join puts a connection into a channel, sends it what it has missed, and answers.
func (h *History) Join(s *websocket.Service, connID uuid.UUID, ch string, param []byte, logger util.Logger) error {
	var position struct {
		Since *int   `json:"since"`
		Epoch string `json:"epoch"`
	}
	if err := util.FromJSON(param, &position); err != nil {
		return err
	}
	missed, answer, err := h.join(s, connID, ch, position.Since, position.Epoch, logger)
	// Without the lock: a client that reads slowly must not hold up the others.
	for _, message := range append(missed, answer) {
		if err == nil {
			err = s.WriteMessage(connID, message, logger)
		}
	}
	return err
}

// join is the part of Join that needs the lock, so that each message is either missed or received.
func (h *History) join(
	s *websocket.Service, connID uuid.UUID, ch string, since *int, epoch string, logger util.Logger,
) (missed []*websocket.Message, answer *websocket.Message, err error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	l := h.of(ch)
	count := 0
	if since != nil {
		count = l.last - *since
	}
	recovered := since == nil || epoch == l.epoch && count >= 0 && count <= len(l.kept)
	if recovered {
		missed = append(missed, l.kept[len(l.kept)-count:]...)
	}
	param := util.ValueMap{"epoch": l.epoch, "last": l.last, "recovered": recovered}
	_, err = s.Join(connID, ch, logger)
	return missed, websocket.NewMessage(nil, ch, "joined", param), err
}
