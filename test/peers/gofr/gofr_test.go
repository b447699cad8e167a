package gofr

import (
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	ws "github.com/gorilla/websocket"
)

func dial(t *testing.T, path string, handler Handler) *ws.Conn {
	t.Helper()
	app := New()
	app.WebSocket("/known", handler)
	server := httptest.NewServer(app)
	t.Cleanup(server.Close)
	client, _, err := ws.DefaultDialer.Dial(strings.Replace(server.URL, "http", "ws", 1)+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// rest reads the connection's bytes until TCP ends.
func rest(t *testing.T, client *ws.Conn) string {
	t.Helper()
	bytes, err := io.ReadAll(client.NetConn())
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes)
}

func TestHandlerIsCalledOnceAfterAnOrdinaryCloseAndAThousandTimesAfterOthers(t *testing.T) {
	for _, row := range []struct {
		code   int
		calls  int64
		answer string
	}{
		{ws.CloseNormalClosure, 1, "\x88\x02\x03\xe8"},
		{ws.CloseGoingAway, 1, "\x88\x02\x03\xe9"},
		{ws.CloseNoStatusReceived, 1000, "\x88\x00"},
		{4321, 1000, "\x88\x02\x10\xe1"},
	} {
		var calls atomic.Int64
		client := dial(t, "/known", func(ctx *Context) (any, error) {
			calls.Add(1)
			var text string
			return nil, ctx.Bind(&text)
		})
		frame := ws.FormatCloseMessage(row.code, "a reason")
		if err := client.WriteControl(ws.CloseMessage, frame, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		// The end of TCP comes after the last call.
		if got := rest(t, client); got != row.answer {
			t.Errorf("%d: got %q, want %q", row.code, got, row.answer)
		}
		if got := calls.Load(); got != row.calls {
			t.Errorf("%d: got %d calls, want %d", row.code, got, row.calls)
		}
	}
}

func TestPanicEndsTCPWithoutACloseFrame(t *testing.T) {
	client := dial(t, "/known", func(*Context) (any, error) { panic("boom") })
	if got := rest(t, client); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}

func TestWhatAHandlerReturnsIsATextMessageAndTheConnectionStays(t *testing.T) {
	failure := errors.New("the handler failed")
	answers := []struct {
		value any
		err   error
		want  string
	}{
		{nil, nil, "null"},
		{nil, failure, "null"},
		{"text", nil, "text"},
		{"text", failure, "text"},
		{[]byte("bytes"), nil, "bytes"},
		{struct{ A int }{1}, nil, `{"A":1}`},
		{make(chan int), nil, ""},
		{true, nil, "true"},
	}
	next := 0
	client := dial(t, "/known", func(ctx *Context) (any, error) {
		var text string
		if err := ctx.Bind(&text); err != nil {
			return nil, err
		}
		answer := answers[next]
		next++
		return answer.value, answer.err
	})
	for _, answer := range answers {
		if err := client.WriteMessage(ws.BinaryMessage, nil); err != nil {
			t.Fatal(err)
		}
		kind, got, err := client.ReadMessage()
		if err != nil || kind != ws.TextMessage || string(got) != answer.want {
			t.Errorf("%v, %v: got %d %q, %v, want %q", answer.value, answer.err, kind, got, err, answer.want)
		}
	}
}
