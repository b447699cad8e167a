// Package config is the configuration of the server after Goyave 3, which is global there; Use and Current are ours.
package config

import "wireline.test/peers/internal/goyave"

var current = goyave.NewConfig(false, 0)

// Use replaces the configuration, before the server starts.
func Use(config *goyave.Config) { current = config }

// Current returns the configuration.
func Current() *goyave.Config { return current }

// GetBool returns a boolean setting, false where there is none.
func GetBool(key string) bool { return current.GetBool(key) }
