package projectforge

import (
	"fmt"
	"io"
	"testing"

	"github.com/google/uuid"

	"wireline.test/peers/projectforge/app/lib/websocket"
	"wireline.test/peers/projectforge/app/util"
)

var logger = util.NewLogger(io.Discard)

// publish says so many messages in a channel, and returns its epoch.
func publish(t *testing.T, h *History, s *websocket.Service, ch string, count int) string {
	t.Helper()
	for range count {
		if err := h.Publish(s, ch, "chat", util.ValueMap{"text": "hi"}, logger); err != nil {
			t.Fatal(err)
		}
	}
	return h.of(ch).epoch
}

func TestHistoryReplaysWhatItKeeps(t *testing.T) {
	s, h := websocket.NewService(), NewHistory(3)
	epoch := publish(t, h, s, "news", 5)
	for _, c := range []struct {
		since     int
		epoch     string
		missed    int
		recovered bool
	}{{5, epoch, 0, true}, {2, epoch, 3, true}, {1, epoch, 0, false}, {6, epoch, 0, false}, {-1, epoch, 0, false}, {5, "other", 0, false}} {
		// No connection has this id, which is told at the end.
		missed, answer, err := h.join(s, uuid.New(), "news", &c.since, c.epoch, logger)
		var param struct {
			Last      int  `json:"last"`
			Recovered bool `json:"recovered"`
			Epoch     any  `json:"epoch"`
		}
		if util.FromJSON(answer.Param, &param) != nil || err == nil {
			t.Fatal(answer, err)
		}
		if len(missed) != c.missed || param.Recovered != c.recovered || param.Last != 5 {
			t.Errorf("since %d: %d missed, %+v", c.since, len(missed), param)
		}
	}
}

func TestHistoryLimitsItsChannels(t *testing.T) {
	s, h := websocket.NewService(), NewHistory(3)
	for number := range maxChannels + 50 {
		publish(t, h, s, fmt.Sprint(number), 4)
	}
	if len(h.channels) != maxChannels {
		t.Errorf("%d channels", len(h.channels))
	}
	for ch, l := range h.channels {
		if len(l.kept) != 3 || l.last != 4 {
			t.Errorf("%s keeps %d of %d", ch, len(l.kept), l.last)
		}
	}
}
