package websocket

import (
	"net/http"
	"testing"
	"testing/synctest"

	"wireline.test/peers/internal/silence"
	"wireline.test/peers/projectforge/app/lib/user"
)

func TestNothingIsSaidOrEndedForAnHourNotEvenAfterACloseRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewService()
		client := silence.Dial(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, err := s.Upgrade(r.Context(), w, r, "room", &user.Profile{Name: "Guest"}, answering, silent)
			if err != nil {
				t.Error(err)
				return
			}
			_ = s.ReadLoop(r.Context(), id, silent)
		}), "/")
		client.Nothing(t)
		client.Answers(t, `{"cmd":"here"}`)
		if err := s.WriteCloseRequest(s.Members("room")[0], silent); err != nil {
			t.Fatal(err)
		}
		<-client.Heard
		client.Nothing(t)
		client.Answers(t, `{"cmd":"still here"}`)
	})
}
