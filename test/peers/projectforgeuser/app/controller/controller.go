// Package controller runs actions, in the server after Project Forge 2.1.6 with the module user; see package websocket for what that is.
package controller

import (
	"net/http"

	coreapp "wireline.test/peers/projectforge/app"
	core "wireline.test/peers/projectforge/app/controller"
	page "wireline.test/peers/projectforge/app/controller/cutil"
	"wireline.test/peers/projectforgeuser/app"
	"wireline.test/peers/projectforgeuser/app/controller/cutil"
	"wireline.test/peers/projectforgeuser/app/util"
)

// It is global there, too.
var state *app.State

// SetAppState says what actions get, before the server starts.
func SetAppState(as *app.State, logger util.Logger) {
	state = as
	core.SetAppState(&coreapp.State{}, logger)
}

// Act runs an action. Whoever comes is a guest here.
func Act(key string, w http.ResponseWriter, r *http.Request, f func(as *app.State, ps *cutil.PageState) (string, error)) {
	core.Act(key, w, r, func(_ *coreapp.State, ps *page.PageState) (string, error) {
		return f(state, &cutil.PageState{Context: ps.Context, Profile: ps.Profile, Logger: ps.Logger})
	})
}
