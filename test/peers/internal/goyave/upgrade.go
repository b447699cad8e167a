package goyave

import (
	"net/http"

	ws "github.com/gorilla/websocket"
)

// UpgradeErrorHandler answers a request that cannot be upgraded.
type UpgradeErrorHandler func(response *Response, request *Request, status int, reason error)

// Upgrade makes a WebSocket of a request; where it cannot, onError has answered, or the default. An origin rule of nil is gorilla's.
func Upgrade(
	settings ws.Upgrader, checkOrigin func(*Request) bool, onError UpgradeErrorHandler, headers func(*Request) http.Header,
	config *Config, response *Response, request *Request,
) (*Conn, error) {
	if onError == nil {
		onError = defaultError(config)
	}
	settings.Error = func(_ http.ResponseWriter, _ *http.Request, status int, reason error) {
		response.Header().Set("Sec-Websocket-Version", "13")
		onError(response, request, status, reason)
	}
	settings.CheckOrigin = nil
	if checkOrigin != nil {
		settings.CheckOrigin = func(*http.Request) bool { return checkOrigin(request) }
	}
	var header http.Header
	if headers != nil {
		header = headers(request)
	}
	conn, err := settings.Upgrade(response, request.Request(), header)
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
