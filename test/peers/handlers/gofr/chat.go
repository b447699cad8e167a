package gofr

import "wireline.test/peers/gofr"

// AddChat adds the routes: call it between gofr.New() and app.Run().
func AddChat(app *gofr.App) {
	app.WebSocket("/chat", ChatHandler)
	app.WebSocket("/struct", StructHandler)
}

// Message is what a client sends; its heartbeat, a `null`, leaves both empty.
type Message struct {
	Content string `json:"content"`
	User    string `json:"user"`
}

// ChatHandler returns nothing: the answer is `null`.
func ChatHandler(ctx *gofr.Context) (any, error) {
	var message Message
	err := ctx.Bind(&message)
	if err == nil && message.Content != "" {
		ctx.Infof("%s says %q", message.User, message.Content)
	}
	return nil, err
}

// Measured is a message and the length of its content, in bytes.
type Measured struct {
	Message
	Length int `json:"length"`
}

// StructHandler returns a struct: the answer is JSON.
func StructHandler(ctx *gofr.Context) (any, error) {
	var message Message
	if err := ctx.Bind(&message); err != nil {
		return nil, err
	}
	return Measured{message, len(message.Content)}, nil
}
