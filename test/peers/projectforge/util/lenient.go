//go:build !goexperiment.jsonv2

package util

import "encoding/json"

// Strict tells whether JSON is read by encoding/json/v2, as Project Forge does. This build cannot: set GOEXPERIMENT=jsonv2.
const Strict = false

// ToJSONBytes writes JSON, indented by two spaces or compact.
func ToJSONBytes(value any, indent bool) []byte {
	marshal := json.Marshal
	if indent {
		marshal = func(value any) ([]byte, error) { return json.MarshalIndent(value, "", "  ") }
	}
	text, err := marshal(value)
	if err != nil {
		return nil
	}
	return text
}

// FromJSON reads JSON.
func FromJSON(text []byte, target any) error { return json.Unmarshal(text, target) }
