package websocket

import (
	"encoding/json"

	"github.com/google/uuid"

	"wireline.test/peers/projectforge/app/util"
)

// Message is what a frame holds, in both directions.
type Message struct {
	From    *uuid.UUID      `json:"from,omitempty"`
	Channel string          `json:"channel,omitempty"`
	Cmd     string          `json:"cmd"`
	Param   json.RawMessage `json:"param"`
}

// NewMessage makes a message of any value that JSON can hold; from is nil for what the server says by itself.
func NewMessage(from *uuid.UUID, channel, cmd string, value any) *Message {
	param := util.ToJSONBytes(value, true)
	return &Message{from, channel, cmd, param}
}

// OnlineUpdate is the param of the presence message.
type OnlineUpdate struct {
	UserID    uuid.UUID `json:"userID"`
	Connected bool      `json:"connected"`
}
