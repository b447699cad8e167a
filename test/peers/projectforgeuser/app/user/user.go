// Package user is who has signed in, in the server after Project Forge 2.1.6 with the module user; see package websocket for what that is.
package user

import "github.com/google/uuid"

// User is a user of the database.
type User struct {
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"`
}
