package websocket

import "time"

// Stats counts messages and the bytes of their texts, whatever compression makes of these.
type Stats struct {
	MessagesSent     int       `json:"messagesSent"`
	MessagesReceived int       `json:"messagesReceived"`
	BytesSent        int       `json:"bytesSent"`
	BytesReceived    int       `json:"bytesReceived"`
	Started          time.Time `json:"started"`
}

func (s *Stats) sent(bytes int) {
	s.MessagesSent++
	s.BytesSent += bytes
}

func (s *Stats) received(bytes int) {
	s.MessagesReceived++
	s.BytesReceived += bytes
}
