package gofr

import (
	"context"
	"encoding/json"
	"time"

	"wireline.test/peers/chat"
	"wireline.test/peers/gofr"
)

// AddRoom adds the route: call it in main, between gofr.New() and app.Run().
func AddRoom(app *gofr.App) {
	app.WebSocket("/room", RoomHandler)
}

// RoomHandler passes each message to a method of Room, and returns the answer. For an error the client gets `null`.
func RoomHandler(ctx *gofr.Context) (any, error) {
	var message chat.Message
	if err := ctx.Bind(&message); err != nil {
		return nil, err
	}
	room := &Room{channel: message.Channel}
	if err := chat.Dispatch(ctx, room, message.Cmd, message.Param); err != nil {
		return nil, err
	}
	return room.answer, nil
}

// Room handles one message.
type Room struct {
	channel string
	// GoFr writes one answer to each message.
	answer chat.Message
}

// Ping answers the heartbeat.
func (r *Room) Ping(_ context.Context, _ json.RawMessage) error {
	return chat.SendPong(r.reply, r.channel, chat.PongEvent{Timestamp: time.Now().UnixMilli()})
}

// Chat answers with the text.
func (r *Room) Chat(_ context.Context, param chat.ChatCommand) error {
	event := chat.ChatEvent{User: "you", Text: param.Text, Time: time.Now().UnixMilli()}
	return chat.SendChat(r.reply, r.channel, event)
}

// reply is a chat.Sender that keeps the message for GoFr to write.
func (r *Room) reply(channel, cmd string, param json.RawMessage) error {
	r.answer = chat.Message{Channel: channel, Cmd: cmd, Param: param}
	return nil
}
