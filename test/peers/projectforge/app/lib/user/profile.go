// Package user is who is at the other end, in the server after Project Forge 2.1.6; see package websocket for what that is.
package user

import "github.com/google/uuid"

// Profile is what is known of a user. Its ID is of the module user: a guest's is all zeros.
type Profile struct {
	ID   uuid.UUID `json:"id,omitzero"`
	Name string    `json:"name"`
}
