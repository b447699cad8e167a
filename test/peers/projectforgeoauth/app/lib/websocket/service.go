// Package websocket is the server after Project Forge 2.1.6 (wireline.test/peers/projectforge) as the generator makes it with the module
// oauth: Upgrade also takes the accounts, after the profile.
package websocket

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	core "wireline.test/peers/projectforge/app/lib/websocket"
	"wireline.test/peers/projectforge/app/util"
	"wireline.test/peers/projectforgeoauth/app/lib/user"
)

// Handler takes the messages of a connection.
type Handler = core.Handler

// Service knows all connections, channels and taps.
type Service struct{ *core.Service }

// NewService makes a service without connections.
func NewService() *Service { return &Service{core.NewService()} }

// Upgrade makes a connection of a request and joins it to a channel; ReadLoop must follow.
func (s *Service) Upgrade(
	ctx context.Context,
	w http.ResponseWriter,
	r *http.Request,
	channel string,
	profile *user.Profile,
	_ user.Accounts,
	handler Handler,
	logger util.Logger,
) (uuid.UUID, error) {
	return s.Service.Upgrade(ctx, w, r, channel, profile, handler, logger)
}
