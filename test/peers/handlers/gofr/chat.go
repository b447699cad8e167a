package gofr

import "wireline.test/peers/gofr"

// Message is what a client sends.
type Message struct {
	Content string `json:"content"`
	User    string `json:"user"`
}

// ChatHandler reads a message, and answers nothing: on the wire that is `null`.
func ChatHandler(ctx *gofr.Context) (interface{}, error) {
	var message Message
	err := ctx.Bind(&message)
	if err != nil {
		return nil, err
	}

	ctx.Infof("Received message from %s: %s\n", message.User, message.Content)

	return nil, nil
}
