package websocket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	ws "github.com/gorilla/websocket"

	"wireline.test/peers/projectforge/app/lib/user"
	"wireline.test/peers/projectforge/app/util"
)

var silent = util.NewLogger(io.Discard)

func start(t *testing.T, handler Handler) (*Service, func(ch string) *ws.Conn) {
	t.Helper()
	s := NewService()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/tap" {
			_, _ = s.RegisterTap(w, r, silent)
			return
		}
		id, err := s.Upgrade(r.Context(), w, r, r.URL.Query().Get("ch"), &user.Profile{Name: "Guest"}, handler, silent)
		if err == nil {
			_ = s.ReadLoop(r.Context(), id, silent)
		}
	}))
	t.Cleanup(server.Close)
	return s, func(path string) *ws.Conn {
		client, _, err := ws.DefaultDialer.Dial(strings.Replace(server.URL, "http", "ws", 1)+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.Close() })
		return client
	}
}

func send(t *testing.T, client *ws.Conn, text string) {
	t.Helper()
	if err := client.WriteMessage(ws.TextMessage, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func receive(t *testing.T, client *ws.Conn) string {
	t.Helper()
	_, frame, err := client.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	return string(frame)
}

// answering sends its own message back, and fails at "fail".
func answering(_ context.Context, s *Service, c *Connection, svc, cmd string, param []byte, logger util.Logger) error {
	if cmd == "fail" {
		return errors.New("the handler failed")
	}
	return s.WriteMessage(c.ID, &Message{Channel: svc, Cmd: cmd, Param: param}, logger)
}

func TestWhatIsRefusedDropsTCPWithoutACloseFrame(t *testing.T) {
	_, dial := start(t, answering)
	for index, text := range []string{
		``, `{`, `null`, `[]`, `42`, `{"cmd":"x"} {}`, `{"cmd":"x","cmd":"x"}`, `{"cmd":"x","param":{"a":1,"a":1}}`,
		`{"cmd":"x","param":"\ud800"}`, `{"channel":5,"cmd":"x"}`, `{"cmd":5}`, `{"from":"me","cmd":"x"}`, `{"cmd":"fail"}`, "{\"cmd\":\"\xff\"}",
	} {
		// A room of its own: the one before may still be leaving, which those in its room are told.
		client := dial(fmt.Sprintf("/?ch=room-%d", index))
		send(t, client, text)
		if rest, err := io.ReadAll(client.NetConn()); err != nil || len(rest) > 0 {
			t.Errorf("%s: got %q, %v, want the end of TCP", text, rest, err)
		}
	}
}

func TestWhatIsTakenIsAnsweredInPrettyJSON(t *testing.T) {
	_, dial := start(t, answering)
	client := dial("/?ch=lobby")
	for _, row := range [][2]string{
		{`{"cmd":"x"}`, "{\n  \"cmd\": \"x\",\n  \"param\": null\n}"},
		{`{"channel":"a","cmd":"<>","param":{"b":[1]},"more":1}`,
			"{\n  \"channel\": \"a\",\n  \"cmd\": \"<>\",\n  \"param\": {\n    \"b\": [\n      1\n    ]\n  }\n}"},
		{`{"channel":null,"cmd":null,"param":"\ud83d\ude00"}`, "{\n  \"cmd\": \"\",\n  \"param\": \"😀\"\n}"},
	} {
		send(t, client, row[0])
		if got := receive(t, client); got != row[1] {
			t.Errorf("%s: got %s, want %s", row[0], got, row[1])
		}
	}
}

func TestPresenceIsToldToTheOthersOnJoinLeaveAndDrop(t *testing.T) {
	s, dial := start(t, answering)
	first := dial("/?ch=room")
	// Its answer proves that the first is in the room.
	send(t, first, `{"cmd":"here"}`)
	receive(t, first)
	id := s.Members("room")[0]

	second := dial("/?ch=room")
	var joined Message
	if err := util.FromJSON([]byte(receive(t, first)), &joined); err != nil {
		t.Fatal(err)
	}
	if joined.Cmd != "online-update" || joined.Channel != "room" || joined.From == nil || *joined.From == id {
		t.Fatalf("got %+v, want the other's online-update", joined)
	}
	if _, err := s.Join(*joined.From, "room", silent); err != nil {
		t.Fatal(err)
	}
	if got := update(t, first); got != (OnlineUpdate{*joined.From, true}) {
		t.Errorf("a repeated join: got %+v", got)
	}
	if empty, err := s.Leave(*joined.From, "room", silent); empty || err != nil {
		t.Errorf("leave: got %v, %v", empty, err)
	}
	if got := update(t, first); got != (OnlineUpdate{*joined.From, false}) {
		t.Errorf("a leave: got %+v", got)
	}
	if _, err := s.Join(*joined.From, "room", silent); err != nil {
		t.Fatal(err)
	}
	update(t, first)
	_ = second.NetConn().Close()
	if got := update(t, first); got != (OnlineUpdate{*joined.From, false}) {
		t.Errorf("a drop: got %+v", got)
	}
	if empty, err := s.Leave(id, "room", silent); !empty || err != nil || s.Members("room") != nil {
		t.Errorf("the last leave: got %v, %v", empty, err)
	}
}

func update(t *testing.T, client *ws.Conn) OnlineUpdate {
	t.Helper()
	var message Message
	var param OnlineUpdate
	if err := util.FromJSON([]byte(receive(t, client)), &message); err != nil || message.Cmd != "online-update" {
		t.Fatalf("got %+v, %v, want an online-update", message, err)
	}
	if err := util.FromJSON(message.Param, &param); err != nil {
		t.Fatal(err)
	}
	return param
}

func TestTapGetsConnectionsAndTraffic(t *testing.T) {
	_, dial := start(t, answering)
	tap := dial("/tap")
	// A tap is registered after its 101: what it answers to a ping shows that it is read, and so that it is there.
	ponged := make(chan struct{})
	tap.SetPongHandler(func(string) error { close(ponged); return nil })
	if err := tap.WriteControl(ws.PingMessage, nil, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	received := make(chan string)
	go func() {
		defer close(received)
		for {
			_, frame, err := tap.ReadMessage()
			if err != nil {
				return
			}
			var message Message
			_ = util.FromJSON(frame, &message)
			received <- message.Channel + " " + message.Cmd + " " + string(message.Param[:1])
		}
	}()
	<-ponged
	client := dial("/?ch=lobby")
	send(t, client, `{"channel":"lobby","cmd":"chat","param":1}`)
	receive(t, client)
	_ = client.NetConn().Close()
	for _, want := range []string{"connection open {", "lobby online-update {", "lobby chat 1", "lobby chat 1", "connection close {"} {
		if got := <-received; got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
}

func TestUnknownConnectionsAreErrors(t *testing.T) {
	s := NewService()
	id := uuid.New()
	_, join := s.Join(id, "room", silent)
	_, leave := s.Leave(id, "room", silent)
	for _, err := range []error{join, leave, s.ReadLoop(context.Background(), id, silent), s.WriteCloseRequest(id, silent), s.Drop(id)} {
		if err == nil {
			t.Error("got no error, want one")
		}
	}
}
