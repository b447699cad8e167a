// Package user is who is at the other end, in the server after Project Forge 2.1.6; see package websocket for what that is.
package user

// Profile is what is known of a user.
type Profile struct {
	Name string `json:"name"`
}
