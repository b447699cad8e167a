package projectforgeoauth

import (
	"net/http"

	"wireline.test/peers/projectforgeoauth/app"
	"wireline.test/peers/projectforgeoauth/app/controller"
	"wireline.test/peers/projectforgeoauth/app/controller/cutil"
	"wireline.test/peers/projectforgeoauth/app/util"
)

// ExampleSocket is the action for a project with the module oauth.
func ExampleSocket(w http.ResponseWriter, r *http.Request) {
	controller.Act("example.socket", w, r, func(as *app.State, ps *cutil.PageState) (string, error) {
		room := r.URL.Query().Get("ch")
		if room == "" {
			room = "example-" + util.RandomString(8)
		}
		connID, err := as.Services.Socket.Upgrade(ps.Context, w, r, room, ps.Profile, ps.Accounts, ExampleHandler, ps.Logger)
		if err != nil {
			return "", err
		}
		return "", as.Services.Socket.ReadLoop(ps.Context, connID, ps.Logger)
	})
}
