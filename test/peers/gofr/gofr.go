// Package gofr is a server after GoFr 1.56 (gofr.dev), built on gorilla/websocket 1.5.3 and net/http, because the module proxy
// refused gofr.dev where this was made. The statements about 1.56 held on the real one in November 2026, and those about older ones are
// what was seen there.
// It has what a WebSocket handler needs: New, App.WebSocket, and a Context that binds and logs. App.As makes it a server after an older
// GoFr, as far as its answers go.
//
// What differs: an App is an http.Handler, for a server that listens where it is told, instead of Run at HTTP_PORT. There is no upgrader
// of one's own (OverrideWebsocketUpgrader), no WriteMessageToSocket beside the answers, no connection to other services
// (AddWSService). Routes have fixed paths, and those for WebSockets are the only ones. Logs are lines, not JSON; there are no
// middleware, metrics, traces, configuration or data sources.
package gofr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"path"
	"sync"
	"syscall"

	ws "github.com/gorilla/websocket"
)

// Handler answers one message: it binds it, and what it returns is written.
type Handler func(ctx *Context) (any, error)

// App is a server and its routes.
type App struct {
	routes   map[string]Handler
	upgrader ws.Upgrader
	logger   *log.Logger
	version  Version
	// GoFr finds a connection by the Sec-WebSocket-Key that the client sent, so two that send the same share one.
	connections sync.Map
}

// Version is the GoFr whose answers an App gives, named by the first that gave them.
type Version string

const (
	// V10 is 1.10 to 1.16: answers are what fmt.Sprint makes of the value.
	V10 Version = "1.10"
	// V17 is 1.17 to 1.34: a value that JSON cannot hold is not answered.
	V17 Version = "1.17"
	// V56 is 1.56, which answers such a value with an empty message.
	V56 Version = "1.56"
)

// New makes an App without routes, silent until LogTo.
func New() *App {
	return &App{routes: map[string]Handler{}, logger: log.New(io.Discard, "gofr ", 0), version: V56}
}

// As sets the version, before the server starts.
func (a *App) As(version Version) { a.version = version }

// LogTo sets where the logs go.
func (a *App) LogTo(writer io.Writer) { a.logger.SetOutput(writer) }

// WebSocket adds a route whose handler is called for every message.
func (a *App) WebSocket(route string, handler Handler) { a.routes[route] = handler }

// ServeHTTP upgrades every request that asks for it, whatever its path: GoFr does so before it looks for a route.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// GoFr cleans paths: further slashes and dots lead to the same route.
	handler, known := a.routes[path.Clean("/"+r.URL.Path)]
	if !ws.IsWebSocketUpgrade(r) {
		if known {
			// The route's handler takes a connection for granted, and panics.
			fail(w, http.StatusInternalServerError, http.StatusText(http.StatusInternalServerError))
			return
		}
		fail(w, http.StatusNotFound, "route not registered")
		return
	}
	conn, err := a.upgrader.Upgrade(w, r, nil)
	if err != nil {
		a.logger.Printf("refused: %v", err)
		// gorilla has answered already: this only adds a second line, and its status is ignored.
		http.Error(w, "Could not open WebSocket connection", http.StatusBadRequest)
		return
	}
	id := r.Header.Get("Sec-WebSocket-Key")
	a.connections.Store(id, conn)
	if !known {
		// The connection is left open, and nobody reads it: the zombie that a wrong path makes.
		a.logger.Printf("nobody reads %s", r.URL.Path)
		return
	}
	a.serve(r.Context(), id, handler)
}

func (a *App) serve(ctx context.Context, id string, handler Handler) {
	defer func() {
		if value := recover(); value != nil {
			a.logger.Printf("panic: %v", value)
		}
	}()
	defer func() {
		if shared, there := a.connections.LoadAndDelete(id); there {
			_ = shared.(*ws.Conn).Close()
		}
	}()
	// It may be another's by now, or gone: then it is nil, and the first read panics.
	shared, _ := a.connections.Load(id)
	conn, _ := shared.(*ws.Conn)
	c := &Context{Context: ctx, conn: conn, logger: a.logger, version: a.version}
	for !c.exchange(handler) {
	}
}

// frame is what a handler's value looks like on the wire; nil for a value that JSON cannot hold.
func frame(value any, version Version) ([]byte, error) {
	if version == V10 {
		return []byte(fmt.Sprint(value)), nil
	}
	if text, ok := value.(string); ok {
		return []byte(text), nil
	}
	if bytes, ok := value.([]byte); ok {
		return bytes, nil
	}
	return json.Marshal(value)
}

func fail(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"message": message}})
}

// Context is what a handler knows of the message and its connection.
type Context struct {
	context.Context
	conn    *ws.Conn
	logger  *log.Logger
	version Version
}

// Bind waits for the next message, and reads it into a string as it is, or into anything else as JSON.
func (c *Context) Bind(target any) error {
	_, message, err := c.conn.ReadMessage()
	if err != nil {
		return err
	}
	if text, ok := target.(*string); ok {
		*text = string(message)
		return nil
	}
	return json.Unmarshal(message, target)
}

// Infof logs.
func (c *Context) Infof(format string, args ...any) { c.logger.Printf("info "+format, args...) }

// Errorf logs an error.
func (c *Context) Errorf(format string, args ...any) { c.logger.Printf("error "+format, args...) }

// exchange has one message handled and its answer written, and returns whether the connection is over. A handler's error and a value
// that JSON cannot hold are only logged: `null` and an empty message are written for them, or what the version has in their place.
func (c *Context) exchange(handler Handler) bool {
	value, handling := handler(c)
	if c.over(handling) {
		return true
	}
	answer, encoding := frame(value, c.version)
	if encoding != nil {
		c.Errorf("no JSON: %v", encoding)
		if c.version == V17 {
			return false
		}
	}
	return c.over(c.conn.WriteMessage(ws.TextMessage, answer))
}

var final = []int{ws.CloseNormalClosure, ws.CloseGoingAway, ws.CloseAbnormalClosure}

// over logs an error, and returns whether it ends the connection: only the closes and losses that GoFr knows do. After the others
// (a client that closed with no code, or with 3000 to 4999) it reads on, until gorilla panics at the thousandth time.
func (c *Context) over(err error) bool {
	if err == nil {
		return false
	}
	c.Errorf("%v", err)
	lost := errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
	return lost || ws.IsCloseError(err, final...)
}
