// Package controller runs actions, in the server after Project Forge 2.1.6; see package websocket for what that is.
package controller

import (
	"net/http"

	"wireline.test/peers/projectforge/app"
	"wireline.test/peers/projectforge/app/controller/cutil"
	"wireline.test/peers/projectforge/app/lib/user"
	"wireline.test/peers/projectforge/app/util"
)

// It is global there, too.
var (
	state *app.State
	root  util.Logger
)

// SetAppState says what actions get, before the server starts.
func SetAppState(as *app.State, logger util.Logger) { state, root = as, logger }

// Act runs an action; the address that it may return, to go to, is nobody's here.
func Act(key string, w http.ResponseWriter, r *http.Request, f func(as *app.State, ps *cutil.PageState) (string, error)) {
	profile := &user.Profile{Name: r.URL.Query().Get("user")}
	if profile.Name == "" {
		profile.Name = "Guest"
	}
	if _, err := f(state, &cutil.PageState{Context: r.Context(), Profile: profile, Logger: root}); err != nil {
		root.Warnf("%s: %v", key, err)
	}
}
