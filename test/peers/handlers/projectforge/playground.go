package projectforge

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"sync"

	"github.com/google/uuid"

	"wireline.test/peers/playground"
	"wireline.test/peers/projectforge/app"
	"wireline.test/peers/projectforge/app/controller"
	"wireline.test/peers/projectforge/app/controller/cutil"
	"wireline.test/peers/projectforge/app/lib/websocket"
	"wireline.test/peers/projectforge/app/util"
)

var errNotLoggedIn = errors.New("nobody has logged in on this connection: send login first")

// Playground is the server of the playground's chat, by the code that is generated from its protocol. A token is the user's name.
type Playground struct {
	mutex sync.Mutex
	users map[uuid.UUID]string
	// What was said, by room, and in it by the id that its sender has given it.
	said map[string][]playground.ChatEvent
}

// NewPlayground makes a chat in which nothing was said.
func NewPlayground() *Playground {
	return &Playground{users: map[uuid.UUID]string{}, said: map[string][]playground.ChatEvent{}}
}

// Socket is its action.
func (p *Playground) Socket(w http.ResponseWriter, r *http.Request) {
	controller.Act("playground.socket", w, r, func(as *app.State, ps *cutil.PageState) (string, error) {
		door := "door-" + util.RandomString(8)
		connID, err := as.Services.Socket.Upgrade(ps.Context, w, r, door, ps.Profile, p.handle, ps.Logger)
		if err != nil {
			return "", err
		}
		defer p.forget(connID)
		return "", as.Services.Socket.ReadLoop(ps.Context, connID, ps.Logger)
	})
}

func (p *Playground) handle(
	ctx context.Context, s *websocket.Service, c *websocket.Connection, svc string, cmd string, param []byte, logger util.Logger,
) error {
	p.mutex.Lock()
	user, known := p.users[c.ID]
	p.mutex.Unlock()
	if !known && cmd != playground.CommandLogin {
		return errNotLoggedIn
	}
	return playground.Dispatch(ctx, &player{p, s, c, svc, user, logger}, cmd, param)
}

func (p *Playground) forget(id uuid.UUID) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	delete(p.users, id)
}

// player handles one message of the playground.
type player struct {
	chat    *Playground
	service *websocket.Service
	conn    *websocket.Connection
	channel string
	user    string
	logger  util.Logger
}

var _ playground.Handler = (*player)(nil)

func (p *player) reply(channel, cmd string, param json.RawMessage) error {
	return p.service.WriteMessage(p.conn.ID, websocket.NewMessage(nil, channel, cmd, param), p.logger)
}

func (p *player) toOthers(channel, cmd string, param json.RawMessage) error {
	return p.service.WriteChannel(websocket.NewMessage(nil, channel, cmd, param), p.logger, p.conn.ID)
}

func (p *player) isMember() bool { return slices.Contains(p.conn.Channels, p.channel) }

func (p *player) Login(_ context.Context, param playground.LoginCommand) error {
	p.chat.mutex.Lock()
	p.chat.users[p.conn.ID] = param.Token
	p.chat.mutex.Unlock()
	return playground.SendWelcome(p.reply, p.channel, playground.WelcomeEvent{User: param.Token})
}

func (p *player) Ping(_ context.Context, param playground.PingCommand) error {
	return playground.SendPong(p.reply, p.channel, playground.PongEvent{Timestamp: float64(util.TimeCurrentMillis()), ID: param.ID})
}

// Chat answers a message that comes again with what was said the first time.
func (p *player) Chat(_ context.Context, param playground.ChatCommand) error {
	event := playground.ChatEvent{ID: param.ID, User: p.user, Text: param.Text, Time: util.TimeCurrentMillis()}
	p.chat.mutex.Lock()
	said := p.chat.said[p.channel]
	at := slices.IndexFunc(said, func(other playground.ChatEvent) bool { return other.ID == event.ID && other.User == event.User })
	if at < 0 {
		p.chat.said[p.channel] = append(said, event)
	} else {
		event = said[at]
	}
	p.chat.mutex.Unlock()
	if at < 0 {
		if err := playground.SendChat(p.toOthers, p.channel, event); err != nil {
			return err
		}
	}
	return playground.SendChat(p.reply, p.channel, event)
}

func (p *player) Typing(_ context.Context, param playground.TypingCommand) error {
	if !p.isMember() {
		return nil
	}
	return playground.SendTyping(p.toOthers, p.channel, playground.TypingEvent{User: p.user, Typing: param.Typing})
}

func (p *player) Seen(_ context.Context, param playground.SeenCommand) error {
	if !p.isMember() {
		return nil
	}
	return playground.SendSeen(p.toOthers, p.channel, playground.SeenEvent{User: p.user, Time: param.Time})
}

func (p *player) JoinRoom(_ context.Context, param playground.JoinRoomCommand) error {
	if _, err := p.service.Join(p.conn.ID, param.Room, p.logger); err != nil {
		return err
	}
	p.chat.mutex.Lock()
	said := slices.Clone(p.chat.said[param.Room])
	p.chat.mutex.Unlock()
	for _, event := range said {
		if err := playground.SendChat(p.reply, param.Room, event); err != nil {
			return err
		}
	}
	return nil
}

func (p *player) LeaveRoom(_ context.Context, param playground.LeaveRoomCommand) error {
	_, err := p.service.Leave(p.conn.ID, param.Room, p.logger)
	return err
}

// Fault cuts the connection; the other faults are those of the playground's own server.
func (p *player) Fault(_ context.Context, param playground.FaultCommand) error {
	if param.Kind == playground.FaultCommandKindCut {
		return p.service.Drop(p.conn.ID)
	}
	return playground.SendNotice(p.reply, p.channel, playground.NoticeEvent{Text: "This server has only the fault cut."})
}
