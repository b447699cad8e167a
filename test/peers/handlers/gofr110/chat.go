package gofr110

import (
	"encoding/json"
	"errors"

	"wireline.test/peers/gofr"
)

// AddChat adds the route: call it in main, between gofr.New() and app.Run().
func AddChat(app *gofr.App) {
	app.WebSocket("/chat", ChatHandler)
}

// Message is what a client sends; its heartbeat, a `null`, leaves both empty.
type Message struct {
	Content string `json:"content"`
	User    string `json:"user"`
}

// Answer is a message and the length of its content, in bytes.
type Answer struct {
	Message
	Length int `json:"length"`
}

// ChatHandler answers with JSON as a string, which every version of GoFr writes as it is; for an error the client gets `<nil>`.
func ChatHandler(ctx *gofr.Context) (any, error) {
	var message Message
	if err := ctx.Bind(&message); err != nil {
		return nil, err
	}
	// The heartbeat is answered before anything can fail: the client would take an error's `<nil>` for the answer to a request.
	if message != (Message{}) && message.Content == "" {
		return nil, errors.New("the message is empty")
	}
	answer, err := json.Marshal(Answer{message, len(message.Content)})
	if err != nil {
		return nil, err
	}
	return string(answer), nil
}
