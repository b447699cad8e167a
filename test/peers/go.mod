module wireline.test/peers

go 1.25

require (
	github.com/google/uuid v1.6.0
	github.com/gorilla/websocket v1.5.3
)
