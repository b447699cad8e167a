package projectforgeuser

import (
	"net/http"

	"github.com/google/uuid"

	"wireline.test/peers/projectforgeuser/app"
	"wireline.test/peers/projectforgeuser/app/controller"
	"wireline.test/peers/projectforgeuser/app/controller/cutil"
	"wireline.test/peers/projectforgeuser/app/util"
)

// ExampleSocket is the action for a project with the module user.
func ExampleSocket(w http.ResponseWriter, r *http.Request) {
	controller.Act("example.socket", w, r, func(as *app.State, ps *cutil.PageState) (string, error) {
		room := r.URL.Query().Get("ch")
		if room == "" {
			room = "example-" + util.RandomString(8)
		}
		profile := *ps.Profile
		if profile.ID == uuid.Nil {
			// Presence goes by this id, and all guests have the same. A guest with its own id is a member of its own.
			profile.ID = util.UUID()
		}
		connID, err := as.Services.Socket.Upgrade(ps.Context, w, r, room, ps.User, &profile, ExampleHandler, ps.Logger)
		if err != nil {
			return "", err
		}
		return "", as.Services.Socket.ReadLoop(ps.Context, connID, ps.Logger)
	})
}
