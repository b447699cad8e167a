package projectforge

import (
	"context"
	"slices"

	"wireline.test/peers/projectforge/app/lib/websocket"
	"wireline.test/peers/projectforge/app/util"
)

var history = NewHistory(500)

// LiveHandler numbers chats, answers joins with what was missed, and lists the members of a channel. The rest is ExampleHandler's.
func LiveHandler(
	ctx context.Context, s *websocket.Service, c *websocket.Connection, svc string, cmd string, param []byte, logger util.Logger,
) error {
	if cmd == "join" {
		return history.Join(s, c.ID, svc, param, logger)
	}
	// Only members may say something, and see who is there.
	if !slices.Contains(c.Channels, svc) {
		return ExampleHandler(ctx, s, c, svc, cmd, param, logger)
	}
	switch cmd {
	case "chat":
		var data struct {
			Text string `json:"text"`
		}
		if err := util.FromJSON(param, &data); err != nil {
			return err
		}
		chat := util.ValueMap{"user": c.Profile.Name, "text": data.Text, "time": util.TimeCurrentMillis()}
		return history.Publish(s, svc, cmd, chat, logger)
	case "who":
		members := []util.ValueMap{}
		for _, member := range s.GetAllMembers(svc) {
			members = append(members, util.ValueMap{"userID": member.ID, "name": member.Profile.Name})
		}
		return s.WriteMessage(c.ID, websocket.NewMessage(nil, svc, "members", members), logger)
	}
	return ExampleHandler(ctx, s, c, svc, cmd, param, logger)
}
