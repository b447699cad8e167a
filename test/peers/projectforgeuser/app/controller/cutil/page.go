// Package cutil is what an action knows of its request, in the server after Project Forge 2.1.6 with the module user; see package websocket for what that is.
package cutil

import (
	"context"

	"wireline.test/peers/projectforge/app/lib/user"
	dbuser "wireline.test/peers/projectforgeuser/app/user"
	"wireline.test/peers/projectforgeuser/app/util"
)

// PageState is what belongs to one request.
type PageState struct {
	Context context.Context
	User    *dbuser.User
	Profile *user.Profile
	Logger  util.Logger
}
