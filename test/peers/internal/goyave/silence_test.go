package goyave

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	ws "github.com/gorilla/websocket"

	"wireline.test/peers/internal/silence"
)

// handling serves connections by a function.
func handling(t *testing.T, timeout time.Duration, handle func(*Conn) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		response, request := &Response{w}, &Request{r}
		conn, err := Upgrade(Gorilla(ws.Upgrader{}, response, request), nil, nil, nil, NewConfig(false, timeout), response, request)
		if err != nil {
			t.Error(err)
			return
		}
		conn.Serve(func() error { return handle(conn) }, func(error) {}, func(error) string { return "" })
	})
}

func TestNothingIsSaidOrEndedForAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := silence.Dial(t, handling(t, time.Second, echo), "/")
		client.Nothing(t)
		client.Answers(t, "hi")
		client.Nothing(t)
	})
}

func TestTheClientsCloseFrameIsWaitedForAsLongAsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout = 10 * time.Second
		begin := time.Now()
		ended := make(chan time.Duration, 1)
		served := handling(t, timeout, func(*Conn) error { return nil })
		client := silence.Dial(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			served.ServeHTTP(w, r)
			ended <- time.Since(begin)
		}), "/")
		var closed *ws.CloseError
		if err, _ := (<-client.Heard).(error); !errors.As(err, &closed) || closed.Code != ws.CloseNormalClosure {
			t.Fatalf("got %v, want a close with 1000", err)
		}
		if got := <-ended; got != timeout {
			t.Errorf("the end came after %v, want %v", got, timeout)
		}
	})
}
