// Package goyave is what the servers after Goyave 3 and Goyave 5 share: requests, responses, routes, and the close handshake.
package goyave

import (
	"bufio"
	"encoding/json"
	"net"
	"net/http"
)

// Request is a request as a handler sees it.
type Request struct{ request *http.Request }

// Request returns the standard library's request.
func (r *Request) Request() *http.Request { return r.request }

// Header returns the request's headers.
func (r *Request) Header() http.Header { return r.request.Header }

// Response is what a handler answers by.
type Response struct{ http.ResponseWriter }

// JSON writes a value as the whole answer.
func (r *Response) JSON(status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	r.Header().Set("Content-Type", "application/json; charset=utf-8")
	r.WriteHeader(status)
	_, _ = r.Write(append(body, '\n'))
}

// Hijack hands the connection over, which the upgrade to a WebSocket needs.
func (r *Response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(r.ResponseWriter).Hijack()
}

// Handler answers a request.
type Handler func(*Response, *Request)

// Routes maps paths to the handlers of GET.
type Routes map[string]Handler

// ServeHTTP answers as Goyave does: 404 and 405 are JSON, too.
func (routes Routes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	response, request := &Response{w}, &Request{r}
	handler, known := routes[r.URL.Path]
	switch {
	case !known:
		response.fail(http.StatusNotFound)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		response.fail(http.StatusMethodNotAllowed)
	default:
		handler(response, request)
	}
}

func (r *Response) fail(status int) {
	r.JSON(status, map[string]string{"error": http.StatusText(status)})
}
