package projectforge

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"wireline.test/peers/chat"
	"wireline.test/peers/projectforge/app"
	"wireline.test/peers/projectforge/app/controller"
	"wireline.test/peers/projectforge/app/controller/cutil"
	"wireline.test/peers/projectforge/app/lib/websocket"
	"wireline.test/peers/projectforge/app/util"
)

// ExampleSocket is an action. Its route, in app/controller/routes/routes.go, with this package among the imports there:
// makeRoute(r, http.MethodGet, "/example/socket", cexample.ExampleSocket)
func ExampleSocket(w http.ResponseWriter, r *http.Request) {
	controller.Act("example.socket", w, r, func(as *app.State, ps *cutil.PageState) (string, error) {
		room := r.URL.Query().Get("ch")
		if room == "" {
			room = "example-" + util.RandomString(8)
		}
		connID, err := as.Services.Socket.Upgrade(ps.Context, w, r, room, ps.Profile, ExampleHandler, ps.Logger)
		if err != nil {
			return "", err
		}
		return "", as.Services.Socket.ReadLoop(ps.Context, connID, ps.Logger)
	})
}

// ExampleHandler lets clients join and leave rooms, and passes other messages to Example. An error ends the connection.
func ExampleHandler(
	ctx context.Context, s *websocket.Service, c *websocket.Connection, svc string, cmd string, param []byte, logger util.Logger,
) error {
	switch cmd {
	case "join":
		_, err := s.Join(c.ID, svc, logger)
		return err
	case "leave":
		_, err := s.Leave(c.ID, svc, logger)
		return err
	case "join-room": // as Project Forge's own example has it
		var data struct {
			Room string `json:"room"`
		}
		if err := util.FromJSON(param, &data); err != nil {
			return err
		}
		_, err := s.Join(c.ID, data.Room, logger)
		return err
	}
	err := chat.Dispatch(ctx, &Example{s, c, svc, logger}, cmd, param)
	if errors.Is(err, chat.ErrUnknownCommand) {
		logger.Warnf("unhandled websocket command [%s]", cmd)
		return nil
	}
	return err
}

// Example handles one message: it knows who sent it, and to which channel.
type Example struct {
	service *websocket.Service
	conn    *websocket.Connection
	channel string
	logger  util.Logger
}

// Ping answers only the one who asked: Project Forge's own example answers the whole room.
func (e *Example) Ping(_ context.Context, _ json.RawMessage) error {
	return chat.SendPong(e.reply, e.room(), chat.PongEvent{Timestamp: util.TimeCurrentMillis()})
}

// Chat sends a text to the room, with the name of who said it.
func (e *Example) Chat(_ context.Context, param chat.ChatCommand) error {
	event := chat.ChatEvent{User: e.conn.Profile.Name, Text: param.Text, Time: util.TimeCurrentMillis()}
	return chat.SendChat(e.toRoom, e.room(), event)
}

// room is the channel of the message, or the first one of a client that is not in that channel.
func (e *Example) room() string {
	if !slices.Contains(e.conn.Channels, e.channel) && len(e.conn.Channels) > 0 {
		return e.conn.Channels[0]
	}
	return e.channel
}

// reply is a chat.Sender to the one who sent the message.
func (e *Example) reply(channel, cmd string, param json.RawMessage) error {
	return e.service.WriteMessage(e.conn.ID, websocket.NewMessage(nil, channel, cmd, param), e.logger)
}

// toRoom is a chat.Sender to all members of the channel.
func (e *Example) toRoom(channel, cmd string, param json.RawMessage) error {
	return e.service.WriteChannel(websocket.NewMessage(nil, channel, cmd, param), e.logger)
}
