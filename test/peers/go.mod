module wireline.test/peers

go 1.25

require (
	github.com/google/uuid v1.6.0
	github.com/gorilla/websocket v1.5.3
	// The version that Goyave 3 asks for, under a name of its own so that both can be had at once.
	wireline.test/gorilla142 v1.4.2
)

replace wireline.test/gorilla142 v1.4.2 => github.com/gorilla/websocket v1.4.2
