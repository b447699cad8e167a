// Package cutil is what an action knows of its request, in the server after Project Forge 2.1.6 with the module oauth; see package websocket for what that is.
package cutil

import (
	"context"

	"wireline.test/peers/projectforgeoauth/app/lib/user"
	"wireline.test/peers/projectforgeoauth/app/util"
)

// PageState is what belongs to one request.
type PageState struct {
	Context  context.Context
	Profile  *user.Profile
	Accounts user.Accounts
	Logger   util.Logger
}
