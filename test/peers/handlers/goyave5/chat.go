package goyave5

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"wireline.test/peers/chat"
	"wireline.test/peers/goyave5"
	"wireline.test/peers/goyave5/websocket"
)

// RegisterChat adds the route: call it where your routes are (http/route), or give it to server.RegisterRoutes.
func RegisterChat(_ *goyave.Server, router *goyave.Router) {
	router.Subrouter("/chat").Controller(websocket.New(&ChatController{}))
}

// ChatController passes each message to a method of Chat.
type ChatController struct {
	goyave.Component
}

// Serve has one connection. An error ends it with 1011.
func (ctrl *ChatController) Serve(conn *websocket.Conn, request *goyave.Request) error {
	for {
		kind, frame, err := conn.ReadMessage()
		if err != nil {
			return err
		}
		var message chat.Message
		if err := json.Unmarshal(frame, &message); err != nil {
			return err
		}
		err = chat.Dispatch(request.Request().Context(), &Chat{conn, kind, message.Channel}, message.Cmd, message.Param)
		if err != nil && !errors.Is(err, chat.ErrUnknownCommand) {
			return err
		}
	}
}

// Chat handles one message of a connection.
type Chat struct {
	conn    *websocket.Conn
	kind    int
	channel string
}

// Ping answers the heartbeat.
func (c *Chat) Ping(_ context.Context, _ json.RawMessage) error {
	return chat.SendPong(c.reply, c.channel, chat.PongEvent{Timestamp: time.Now().UnixMilli()})
}

// Chat sends a text back to who sent it.
func (c *Chat) Chat(_ context.Context, param chat.ChatCommand) error {
	event := chat.ChatEvent{User: "you", Text: param.Text, Time: time.Now().UnixMilli()}
	return chat.SendChat(c.reply, c.channel, event)
}

// reply is a chat.Sender to the one who sent the message.
func (c *Chat) reply(channel, cmd string, param json.RawMessage) error {
	frame, err := json.Marshal(chat.Message{Channel: channel, Cmd: cmd, Param: param})
	if err != nil {
		return err
	}
	return c.conn.WriteMessage(c.kind, frame)
}
