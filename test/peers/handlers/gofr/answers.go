package gofr

import (
	"errors"

	"wireline.test/peers/gofr"
)

// NothingHandler returns nothing: the answer is `null`.
func NothingHandler(ctx *gofr.Context) (any, error) {
	var message Message
	return nil, ctx.Bind(&message)
}

// EchoHandler answers with the text itself.
func EchoHandler(ctx *gofr.Context) (any, error) {
	var text string
	err := ctx.Bind(&text)
	return text, err
}

// BytesHandler answers with the bytes that it reads, which JSON holds as base64.
func BytesHandler(ctx *gofr.Context) (any, error) {
	var bytes []byte
	err := ctx.Bind(&bytes)
	return bytes, err
}

// values are what a handler may return, by a name.
var values = map[string]any{
	"number":      42,
	"fraction":    1.5,
	"boolean":     true,
	"slice":       []any{1, "two"},
	"nil slice":   []string(nil),
	"map":         map[string]int{"b": 2, "a": 1},
	"nil pointer": (*Message)(nil),
	"null":        "null",
	"markup":      []string{"<b>&\u2028"},
}

// ValueHandler answers with the value that the message names.
func ValueHandler(ctx *gofr.Context) (any, error) {
	var name string
	err := ctx.Bind(&name)
	return values[name], err
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
	_, err := ErrorHandler(ctx)
	return "value", err
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
