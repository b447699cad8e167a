// Package util is what handlers of the server after Project Forge 2.1.6 use; see package websocket for what that is.
package util

import (
	"crypto/rand"
	"io"
	"log"
	"strings"
	"time"

	"github.com/google/uuid"
)

// ValueMap is a JSON object.
type ValueMap map[string]any

// TimeCurrentMillis returns the time in milliseconds since 1970.
func TimeCurrentMillis() int64 { return time.Now().UnixMilli() }

// UUID makes a random id.
func UUID() uuid.UUID { return uuid.New() }

// RandomString makes a string of lower-case letters and digits, at most 26.
func RandomString(length int) string { return strings.ToLower(rand.Text())[:length] }

// Logger takes what a server tells.
type Logger interface {
	Warnf(format string, args ...any)
	Errorf(format string, args ...any)
}

type logger struct{ *log.Logger }

// NewLogger makes a logger that writes lines.
func NewLogger(writer io.Writer) Logger { return logger{log.New(writer, "projectforge ", 0)} }

func (l logger) Warnf(format string, args ...any)  { l.Printf("warn "+format, args...) }
func (l logger) Errorf(format string, args ...any) { l.Printf("error "+format, args...) }
