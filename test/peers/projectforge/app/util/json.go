package util

import (
	"bytes"
	// Only GOEXPERIMENT=jsonv2 has these two, until they are what encoding/json is.
	"encoding/json/jsontext"
	"encoding/json/v2"
)

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

// FromJSON reads JSON, and refuses duplicate members, lone surrogates, invalid UTF-8 and trailing data.
func FromJSON(text []byte, target any) error {
	return json.UnmarshalRead(bytes.NewReader(text), target)
}
