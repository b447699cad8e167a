package goyave

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	ws "github.com/gorilla/websocket"
)

const never = time.Hour

// serving is a connection whose server runs a handler; done is closed when the server has ended TCP.
type serving struct {
	client   *ws.Conn
	done     chan struct{}
	reported error
}

func serve(t *testing.T, timeout time.Duration, handle func(*Conn) error) *serving {
	t.Helper()
	s := &serving{done: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		config := NewConfig(false, timeout)
		response, request := &Response{w}, &Request{r}
		conn, err := Upgrade(Gorilla(ws.Upgrader{}, response, request), nil, nil, nil, config, response, request)
		if err != nil {
			return
		}
		conn.Serve(func() error { return handle(conn) }, func(err error) { s.reported = err }, func(error) string { return "failed" })
		close(s.done)
	}))
	t.Cleanup(server.Close)
	client, _, err := ws.DefaultDialer.Dial(strings.Replace(server.URL, "http", "ws", 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	// The test decides when a close frame is answered.
	client.SetCloseHandler(func(int, string) error { return nil })
	s.client = client
	return s
}

// closed reads the server's close frame.
func (s *serving) closed(t *testing.T, code int, reason string) {
	t.Helper()
	_, _, err := s.client.ReadMessage()
	var got *ws.CloseError
	if !errors.As(err, &got) || got.Code != code || got.Text != reason {
		t.Fatalf("got %v, want close %d: %s", err, code, reason)
	}
}

func (s *serving) answer(t *testing.T, code int, reason string) {
	t.Helper()
	if err := s.client.WriteControl(ws.CloseMessage, ws.FormatCloseMessage(code, reason), time.Now().Add(never)); err != nil {
		t.Fatal(err)
	}
}

func (s *serving) ended(t *testing.T) {
	t.Helper()
	<-s.done
	if rest, err := io.ReadAll(s.client.NetConn()); err != nil || len(rest) > 0 {
		t.Fatalf("got %q, %v after the close frame, want the end of TCP", rest, err)
	}
}

func echo(c *Conn) error {
	for {
		kind, message, err := c.ReadMessage()
		if err != nil {
			return err
		}
		if err := c.WriteMessage(kind, message); err != nil {
			return err
		}
	}
}

func TestHandlerThatReturnsNilClosesNormallyAndWaitsForTheAnswer(t *testing.T) {
	pinged := make(chan struct{})
	s := serve(t, never, func(c *Conn) error {
		c.SetPingHandler(func(string) error {
			close(pinged)
			return nil
		})
		return nil
	})
	s.closed(t, ws.CloseNormalClosure, NormalClosureMessage)
	// What the client still says is read, and is nobody's.
	if err := s.client.WriteMessage(ws.TextMessage, []byte("late")); err != nil {
		t.Fatal(err)
	}
	if err := s.client.WriteControl(ws.PingMessage, nil, time.Now().Add(never)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.done:
		t.Fatal("TCP ended before the client answered")
	case <-pinged:
	}
	s.answer(t, ws.CloseNormalClosure, "")
	s.ended(t)
}

func TestTimeoutEndsTCPWhereTheClientNeverAnswers(t *testing.T) {
	s := serve(t, time.Millisecond, func(*Conn) error { return nil })
	s.closed(t, ws.CloseNormalClosure, NormalClosureMessage)
	s.ended(t)
}

func TestOrdinaryCloseOfTheClientIsAnsweredNormally(t *testing.T) {
	for _, code := range []int{ws.CloseNormalClosure, ws.CloseGoingAway, ws.CloseNoStatusReceived} {
		s := serve(t, never, echo)
		s.answer(t, code, "")
		s.closed(t, ws.CloseNormalClosure, NormalClosureMessage)
		s.ended(t)
		if s.reported != nil {
			t.Fatalf("%d was reported: %v", code, s.reported)
		}
	}
}

func TestOtherCloseOfTheClientIsAnError(t *testing.T) {
	s := serve(t, never, echo)
	s.answer(t, 4000, "bye")
	s.closed(t, ws.CloseInternalServerErr, "failed")
	s.ended(t)
	if s.reported == nil {
		t.Fatal("nothing was reported")
	}
}

func TestPanicIsAnError(t *testing.T) {
	s := serve(t, never, func(*Conn) error { panic("boom") })
	s.closed(t, ws.CloseInternalServerErr, "failed")
	s.answer(t, ws.CloseInternalServerErr, "")
	s.ended(t)
	if s.reported == nil || s.reported.Error() != "boom" {
		t.Fatalf("got %v, want the panic's text", s.reported)
	}
}

func TestHandlersOwnCloseIsTheOnlyOne(t *testing.T) {
	s := serve(t, never, func(c *Conn) error {
		read := make(chan struct{})
		go func() {
			defer close(read)
			_, _, _ = c.ReadMessage()
		}()
		defer func() { <-read }()
		return errors.Join(c.Close(4001, "moved"), c.Close(ws.CloseNormalClosure, ""))
	})
	s.closed(t, 4001, "moved")
	s.answer(t, 4001, "")
	s.ended(t)
	if s.reported != nil {
		t.Fatalf("got %v, want a second close that does nothing", s.reported)
	}
}

func TestLimitClosesWith1009AndNothingElse(t *testing.T) {
	s := serve(t, time.Millisecond, func(c *Conn) error {
		c.SetReadLimit(3)
		return echo(c)
	})
	if err := s.client.WriteMessage(ws.TextMessage, []byte("four")); err != nil {
		t.Fatal(err)
	}
	s.closed(t, ws.CloseMessageTooBig, "")
	s.ended(t)
}
