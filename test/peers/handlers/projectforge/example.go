package projectforge

import (
	"context"
	"fmt"
	"slices"

	"wireline.test/peers/projectforge/util"
	"wireline.test/peers/projectforge/websocket"
)

// ExampleHandler answers ping, chat and join-room, and joins and leaves the channels that clients name.
func ExampleHandler(
	ctx context.Context, s *websocket.Service, c *websocket.Connection, svc string, cmd string, param []byte, logger util.Logger,
) error {
	// What a client says to a channel that it is not in is said in its first.
	channel := svc
	if !slices.Contains(c.Channels, svc) && len(c.Channels) > 0 {
		channel = c.Channels[0]
	}

	switch cmd {
	case "ping":
		return s.WriteChannel(websocket.NewMessage(nil, channel, "pong", util.ValueMap{"timestamp": util.TimeCurrentMillis()}), logger)

	case "chat":
		var msg util.ValueMap
		if err := util.FromJSON(param, &msg); err != nil {
			return err
		}
		return s.WriteChannel(websocket.NewMessage(nil, channel, "chat", util.ValueMap{
			"user": c.Profile.Name,
			"text": msg["text"],
			"time": util.TimeCurrentMillis(),
		}), logger)

	case "join-room":
		var data util.ValueMap
		if err := util.FromJSON(param, &data); err != nil {
			return err
		}
		_, err := s.Join(c.ID, fmt.Sprint(data["room"]), logger)
		return err

	case "join":
		_, err := s.Join(c.ID, svc, logger)
		return err

	case "leave":
		_, err := s.Leave(c.ID, svc, logger)
		return err

	default:
		logger.Warnf("unhandled websocket command [%s]", cmd)
		return nil
	}
}
