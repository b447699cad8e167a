// Package gofr is what the tests' server after GoFr does, written as an application of the real framework is, imports aside.
package gofr

import "wireline.test/peers/gofr"

// Register adds the routes.
func Register(app *gofr.App) {
	AddChat(app)
	AddRoom(app)
	app.WebSocket("/struct", ChatHandler)
	app.WebSocket("/nothing", NothingHandler)
	app.WebSocket("/echo", EchoHandler)
	app.WebSocket("/bytes", BytesHandler)
	app.WebSocket("/value", ValueHandler)
	app.WebSocket("/error", ErrorHandler)
	app.WebSocket("/error-value", ErrorValueHandler)
	app.WebSocket("/unmarshalable", UnmarshalableHandler)
	app.WebSocket("/panic", PanicHandler)
}
