// Package gofr110 is what the tests' server after GoFr 1.10 does, written as an application of the real framework is, imports aside.
package gofr110

import (
	"wireline.test/peers/gofr"
	handlers "wireline.test/peers/handlers/gofr"
)

// Register adds the routes: those of later versions, and the chat that suits this one.
func Register(app *gofr.App) {
	handlers.Register(app)
	AddChat(app)
}
