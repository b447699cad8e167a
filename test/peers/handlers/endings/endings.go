// Package endings is how the handlers of both Goyaves end a connection, after one message.
package endings

import (
	"errors"
	"strconv"
	"strings"
	"sync"
)

// Conn is what the connections of both have in common.
type Conn interface {
	ReadMessage() (kind int, message []byte, err error)
	Close(code int, reason string) error
}

// Leave returns nil.
func Leave(c Conn) error {
	_, _, err := c.ReadMessage()
	return err
}

// Fail returns an error, whose text is the message.
func Fail(c Conn) error {
	_, message, err := c.ReadMessage()
	if err != nil {
		return err
	}
	return errors.New(string(message))
}

// Panic panics with a number, with an error whose text follows "error ", or with the message's text.
func Panic(c Conn) error {
	_, message, err := c.ReadMessage()
	if err != nil {
		return err
	}
	text := string(message)
	if number, err := strconv.Atoi(text); err == nil {
		panic(number)
	}
	if reason, is := strings.CutPrefix(text, "error "); is {
		panic(errors.New(reason))
	}
	panic(text)
}

// Move closes with a code of its own.
func Move(c Conn) error {
	if _, _, err := c.ReadMessage(); err != nil {
		return err
	}
	// Close waits for the client's close frame, which somebody must read.
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			if _, _, err := c.ReadMessage(); err != nil {
				return
			}
		}
	})
	defer reader.Wait()
	return c.Close(4001, "moved")
}
