package goyave

import "time"

// Config holds settings by name, as Goyave's configuration does. It is written before the server starts, and read-only afterwards.
type Config struct{ values map[string]any }

// NewConfig makes a configuration of the two settings that matter here, under their names in Goyave.
func NewConfig(debug bool, closeTimeout time.Duration) *Config {
	return &Config{values: map[string]any{"app.debug": debug, "server.websocketCloseTimeout": closeTimeout}}
}

// GetBool returns a boolean setting, false where there is none.
func (c *Config) GetBool(key string) bool {
	value, _ := c.values[key].(bool)
	return value
}

// GetDuration returns a setting that is a time, 0 where there is none. (Goyave keeps whole seconds, which are too long for tests.)
func (c *Config) GetDuration(key string) time.Duration {
	value, _ := c.values[key].(time.Duration)
	return value
}
