//go:build goexperiment.jsonv2

package util

import (
	"bytes"
	"encoding/json/jsontext"
	"encoding/json/v2"
)

// Strict tells whether JSON is read by encoding/json/v2, as Project Forge does: it refuses duplicate members, lone surrogates,
// invalid UTF-8 and trailing data.
const Strict = true

// ToJSONBytes writes JSON, indented by two spaces or compact.
func ToJSONBytes(value any, indent bool) []byte {
	options := []json.Options{jsontext.EscapeForHTML(false), json.Deterministic(true)}
	if indent {
		options = append(options, jsontext.WithIndent("  "))
	}
	text, err := json.Marshal(value, options...)
	if err != nil {
		return nil
	}
	return text
}

// FromJSON reads JSON.
func FromJSON(text []byte, target any) error {
	return json.UnmarshalRead(bytes.NewReader(text), target)
}
