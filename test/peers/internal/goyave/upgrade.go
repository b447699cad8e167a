package goyave

import (
	"net/http"

	ws "github.com/gorilla/websocket"
	ws142 "wireline.test/gorilla142"
)

// UpgradeErrorHandler answers a request that cannot be upgraded.
type UpgradeErrorHandler func(response *Response, request *Request, status int, reason error)

// ErrorFunc answers a request that gorilla has refused.
type ErrorFunc = func(w http.ResponseWriter, r *http.Request, status int, reason error)

// Upgrading is gorilla's upgrade, of either version, with what Goyave sets in it. A checkOrigin of nil is gorilla's rule.
type Upgrading func(onError ErrorFunc, checkOrigin func(*http.Request) bool, header http.Header) (Socket, error)

// Gorilla returns the upgrade of gorilla 1.5.3.
func Gorilla(settings ws.Upgrader, response *Response, request *Request) Upgrading {
	return func(onError ErrorFunc, checkOrigin func(*http.Request) bool, header http.Header) (Socket, error) {
		settings.Error, settings.CheckOrigin = onError, checkOrigin
		conn, err := settings.Upgrade(response, request.Request(), header)
		if err != nil {
			return nil, err
		}
		return conn, nil
	}
}

// Gorilla142 returns the upgrade of gorilla 1.4.2.
func Gorilla142(settings ws142.Upgrader, response *Response, request *Request) Upgrading {
	return func(onError ErrorFunc, checkOrigin func(*http.Request) bool, header http.Header) (Socket, error) {
		settings.Error, settings.CheckOrigin = onError, checkOrigin
		conn, err := settings.Upgrade(response, request.Request(), header)
		if err != nil {
			return nil, err
		}
		return conn, nil
	}
}

// Upgrade makes a WebSocket of a request; where it cannot, onError has answered, or the default. An origin rule of nil is gorilla's.
func Upgrade(
	upgrade Upgrading, checkOrigin func(*Request) bool, onError UpgradeErrorHandler, headers func(*Request) http.Header,
	config *Config, response *Response, request *Request,
) (*Conn, error) {
	if onError == nil {
		onError = defaultError(config)
	}
	refuse := func(_ http.ResponseWriter, _ *http.Request, status int, reason error) {
		response.Header().Set("Sec-Websocket-Version", "13")
		onError(response, request, status, reason)
	}
	var check func(*http.Request) bool
	if checkOrigin != nil {
		check = func(*http.Request) bool { return checkOrigin(request) }
	}
	var header http.Header
	if headers != nil {
		header = headers(request)
	}
	conn, err := upgrade(refuse, check, header)
	if err != nil {
		return nil, err
	}
	return NewConn(conn, config.GetDuration("server.websocketCloseTimeout")), nil
}

func defaultError(config *Config) UpgradeErrorHandler {
	return func(response *Response, _ *Request, status int, reason error) {
		response.JSON(status, map[string]string{"error": told(config.GetBool("app.debug"), status, reason)})
	}
}

// told is what a refused client is told: why, in debug mode, otherwise only the status in words.
func told(debug bool, status int, reason error) string {
	if debug && reason != nil {
		return reason.Error()
	}
	return http.StatusText(status)
}
