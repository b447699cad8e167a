// Package app is what actions reach the services by, in the server after Project Forge 2.1.6 with the module user; see package websocket for what that is.
package app

import "wireline.test/peers/projectforgeuser/app/lib/websocket"

// State is what every action gets.
type State struct{ Services *Services }

// Services are those of the application.
type Services struct{ Socket *websocket.Service }
