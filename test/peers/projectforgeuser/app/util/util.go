// Package util is what actions use, in the server after Project Forge 2.1.6 with the module user; see package websocket for what that is.
package util

import "wireline.test/peers/projectforge/app/util"

// Logger takes what a server tells.
type Logger = util.Logger

// The same as without the module.
var (
	RandomString = util.RandomString
	UUID         = util.UUID
)
