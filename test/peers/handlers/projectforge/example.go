package projectforge

import (
	"context"
	"net/http"
	"slices"

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

// ExampleHandler answers ping and chat, and lets clients join and leave rooms. An error ends the connection.
func ExampleHandler(
	ctx context.Context, s *websocket.Service, c *websocket.Connection, svc string, cmd string, param []byte, logger util.Logger,
) error {
	// What a client says to a room that it is not in is said in its first.
	room := svc
	if !slices.Contains(c.Channels, svc) && len(c.Channels) > 0 {
		room = c.Channels[0]
	}
	now := util.TimeCurrentMillis()
	var data struct {
		Text string `json:"text"`
		Room string `json:"room"`
	}

	switch cmd {
	case "ping":
		// Project Forge's own example answers the whole room, which would hear a pong for every heartbeat of every member.
		return s.WriteMessage(c.ID, websocket.NewMessage(nil, room, "pong", util.ValueMap{"timestamp": now}), logger)
	case "chat":
		if err := util.FromJSON(param, &data); err != nil {
			return err
		}
		chat := util.ValueMap{"user": c.Profile.Name, "text": data.Text, "time": now}
		return s.WriteChannel(websocket.NewMessage(nil, room, "chat", chat), logger)
	case "join":
		_, err := s.Join(c.ID, svc, logger)
		return err
	case "leave":
		_, err := s.Leave(c.ID, svc, logger)
		return err
	case "join-room": // as Project Forge's own example has it
		if err := util.FromJSON(param, &data); err != nil {
			return err
		}
		_, err := s.Join(c.ID, data.Room, logger)
		return err
	}
	logger.Warnf("unhandled websocket command [%s]", cmd)
	return nil
}
