// Command schemas prints JSON Schemas of Go structs, for `wireline check`.
package main

import (
	"encoding/json"
	"log"
	"os"

	"github.com/invopop/jsonschema"
)

// Chat is what a client sends.
type Chat struct {
	Text string `json:"text" jsonschema:"minLength=1" validate:"required,min=1"`
}

// Said is what the server sends.
type Said struct {
	User string `json:"user" validate:"required"`
	Text string `json:"text" validate:"required"`
	Time int64  `json:"time"`
}

func main() {
	// Without references, and open to fields that a newer client sends.
	reflector := jsonschema.Reflector{Anonymous: true, DoNotReference: true, AllowAdditionalProperties: true}
	definitions := map[string]*jsonschema.Schema{
		"outbound.chat": reflector.Reflect(Chat{}),
		"inbound.chat":  reflector.Reflect(Said{}),
	}
	document := map[string]any{"$schema": jsonschema.Version, "$defs": definitions}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		log.Fatal(err)
	}
}
