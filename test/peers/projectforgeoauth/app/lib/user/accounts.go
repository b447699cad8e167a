// Package user is who is at the other end, in the server after Project Forge 2.1.6 with the module oauth; see package websocket for what
// that is.
package user

import "wireline.test/peers/projectforge/app/lib/user"

// Profile is what is known of a user.
type Profile = user.Profile

// Account is where a user has signed in.
type Account struct {
	Provider string `json:"provider"`
	Email    string `json:"email"`
}

// Accounts are those that a user has.
type Accounts []*Account
