package gofr

import (
	"errors"

	"wireline.test/peers/gofr"
)

// Measured is a message and the length of its content, in bytes.
type Measured struct {
	Message
	Length int `json:"length"`
}

// EchoHandler answers with the text itself.
func EchoHandler(ctx *gofr.Context) (any, error) {
	var text string
	err := ctx.Bind(&text)
	return text, err
}

// BytesHandler answers with bytes.
func BytesHandler(ctx *gofr.Context) (any, error) {
	var text string
	err := ctx.Bind(&text)
	return []byte("raw bytes"), err
}

// StructHandler answers with a struct, which leaves as JSON.
func StructHandler(ctx *gofr.Context) (any, error) {
	var message Message
	if err := ctx.Bind(&message); err != nil {
		return nil, err
	}
	return Measured{message, len(message.Content)}, nil
}

// ErrorHandler answers with an error.
func ErrorHandler(ctx *gofr.Context) (any, error) {
	var text string
	if err := ctx.Bind(&text); err != nil {
		return nil, err
	}
	return nil, errors.New("the handler failed")
}

// ErrorValueHandler answers with an error and a value.
func ErrorValueHandler(ctx *gofr.Context) (any, error) {
	var text string
	if err := ctx.Bind(&text); err != nil {
		return nil, err
	}
	return "value", errors.New("the handler failed")
}

// UnmarshalableHandler answers with what JSON cannot hold.
func UnmarshalableHandler(ctx *gofr.Context) (any, error) {
	var text string
	if err := ctx.Bind(&text); err != nil {
		return nil, err
	}
	return make(chan int), nil
}

// PanicHandler panics at the first message.
func PanicHandler(ctx *gofr.Context) (any, error) {
	var text string
	if err := ctx.Bind(&text); err != nil {
		return nil, err
	}
	panic("the handler panicked")
}
