package websocket

import (
	"encoding/json"

	"github.com/google/uuid"

	"wireline.test/peers/projectforge/util"
)

// Message is what a frame holds, in both directions.
type Message struct {
	From    *uuid.UUID      `json:"from,omitempty"`
	Channel string          `json:"channel,omitempty"`
	Cmd     string          `json:"cmd"`
	Param   json.RawMessage `json:"param"`
}

// NewMessage makes a message of a param.
func NewMessage(userID *uuid.UUID, ch string, cmd string, param any) *Message {
	return &Message{From: userID, Channel: ch, Cmd: cmd, Param: util.ToJSONBytes(param, true)}
}

// OnlineUpdate is the param of the presence message.
type OnlineUpdate struct {
	UserID    uuid.UUID `json:"userID"`
	Connected bool      `json:"connected"`
}
