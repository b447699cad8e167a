module wireline.test/peers

go 1.25

require (
	github.com/google/uuid v1.6.0
	github.com/gorilla/websocket v1.5.3
	github.com/invopop/jsonschema v0.14.0
	// The version that Goyave 3 asks for, under a name of its own so that both can be had at once.
	wireline.test/gorilla142 v1.4.2
)

require (
	github.com/bahlo/generic-list-go v0.2.0 // indirect
	github.com/buger/jsonparser v1.1.2 // indirect
	github.com/pb33f/ordered-map/v2 v2.3.1 // indirect
	go.yaml.in/yaml/v4 v4.0.0-rc.2 // indirect
)

replace wireline.test/gorilla142 v1.4.2 => github.com/gorilla/websocket v1.4.2
