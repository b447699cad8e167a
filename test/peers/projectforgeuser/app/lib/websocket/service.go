// Package websocket is the server after Project Forge 2.1.6 (wireline.test/peers/projectforge) as the generator makes it with the module
// user: Upgrade also takes the user, before the profile, and presence carries the profile's id.
package websocket

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"wireline.test/peers/projectforge/app/lib/user"
	core "wireline.test/peers/projectforge/app/lib/websocket"
	"wireline.test/peers/projectforge/app/util"
	dbuser "wireline.test/peers/projectforgeuser/app/user"
)

// Handler takes the messages of a connection.
type Handler = core.Handler

// Service knows all connections, channels and taps.
type Service struct{ *core.Service }

// NewService makes a service without connections.
func NewService() *Service {
	s := core.NewService()
	s.TellProfiles()
	return &Service{s}
}

// Upgrade makes a connection of a request and joins it to a channel; ReadLoop must follow.
func (s *Service) Upgrade(
	ctx context.Context,
	w http.ResponseWriter,
	r *http.Request,
	channel string,
	_ *dbuser.User,
	profile *user.Profile,
	handler Handler,
	logger util.Logger,
) (uuid.UUID, error) {
	return s.Service.Upgrade(ctx, w, r, channel, profile, handler, logger)
}
