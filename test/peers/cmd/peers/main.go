// Command peers serves what Wireline's tests talk to: servers after Goyave 3, Goyave 5, GoFr and Project Forge, each at a port of its own
// on 127.0.0.1.
//
//	GOEXPERIMENT=jsonv2 go run ./cmd/peers [-port N] [-debug] [-close-timeout 10s] [-v] [name ...]
//
// The names are goyave3, goyave5, gofr, gofr1.17, gofr1.10, projectforge, projectforge-user and projectforge-oauth. Without a name all
// are served. When one listens, a line says where: "goyave3 listening on 127.0.0.1:40123". -port is for one server;
// -debug is Goyave's app.debug, -close-timeout how long Goyave waits for a client's close frame; -v logs. SIGTERM ends it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
	"time"

	"wireline.test/peers/gofr"
	goyave3 "wireline.test/peers/goyave3"
	"wireline.test/peers/goyave3/config"
	goyave5 "wireline.test/peers/goyave5"
	gofrhandlers "wireline.test/peers/handlers/gofr"
	gofr110handlers "wireline.test/peers/handlers/gofr110"
	handlers3 "wireline.test/peers/handlers/goyave3"
	handlers5 "wireline.test/peers/handlers/goyave5"
	forgehandlers "wireline.test/peers/handlers/projectforge"
	oauthhandlers "wireline.test/peers/handlers/projectforgeoauth"
	userhandlers "wireline.test/peers/handlers/projectforgeuser"
	goyave "wireline.test/peers/internal/goyave"
	"wireline.test/peers/projectforge/app/lib/websocket"
	"wireline.test/peers/projectforge/app/util"
	oauthwebsocket "wireline.test/peers/projectforgeoauth/app/lib/websocket"
	userwebsocket "wireline.test/peers/projectforgeuser/app/lib/websocket"
)

type options struct {
	port         int
	debug        bool
	closeTimeout time.Duration
	logs         io.Writer
	names        []string
}

var names = []string{"goyave3", "goyave5", "gofr", "gofr1.17", "gofr1.10", "projectforge", "projectforge-user", "projectforge-oauth"}

func main() {
	chosen, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	// Asked for before anything listens, so that no signal comes too early.
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	for _, name := range chosen.names {
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(chosen.port)))
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s cannot listen (%v): give another -port, or 0 for a free one.\n", name, err)
			os.Exit(1)
		}
		server := &http.Server{Handler: handler(name, chosen), ErrorLog: log.New(chosen.logs, name+" ", 0)}
		go func() { _ = server.Serve(listener) }()
		fmt.Printf("%s listening on %s\n", name, listener.Addr())
	}
	<-ended
}

func parse(arguments []string) (options, error) {
	chosen := options{logs: io.Discard}
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&chosen.port, "port", 0, "")
	flags.BoolVar(&chosen.debug, "debug", false, "")
	flags.DurationVar(&chosen.closeTimeout, "close-timeout", 10*time.Second, "")
	verbose := flags.Bool("v", false, "")
	// Flags may stand before, between and after the names.
	for len(arguments) > 0 {
		if err := flags.Parse(arguments); err != nil {
			return chosen, fmt.Errorf("%w: the flags are -port N, -debug, -close-timeout 10s and -v", err)
		}
		if arguments = flags.Args(); len(arguments) > 0 {
			chosen.names, arguments = append(chosen.names, arguments[0]), arguments[1:]
		}
	}
	if len(chosen.names) == 0 {
		chosen.names = names
	}
	if *verbose {
		chosen.logs = os.Stderr
	}
	for _, name := range chosen.names {
		if !slices.Contains(names, name) {
			return chosen, fmt.Errorf("there is no server %q: the names are %v", name, names)
		}
	}
	if chosen.port != 0 && len(chosen.names) > 1 {
		return chosen, errors.New("one port serves one server: name one, or leave -port out")
	}
	return chosen, nil
}

func handler(name string, chosen options) http.Handler {
	settings := goyave.NewConfig(chosen.debug, chosen.closeTimeout)
	switch name {
	case "goyave3":
		config.Use(settings)
		goyave3.ErrLogger.SetOutput(chosen.logs)
		router := goyave3.NewRouter()
		handlers3.Register(router)
		return router
	case "goyave5":
		server := goyave5.New(settings, slog.New(slog.NewTextHandler(chosen.logs, nil)))
		server.RegisterRoutes(handlers5.Register)
		return server
	case "gofr", "gofr1.17", "gofr1.10":
		app := gofr.New()
		app.LogTo(chosen.logs)
		register := gofrhandlers.Register
		switch name {
		case "gofr1.17":
			app.As(gofr.V17)
		case "gofr1.10":
			app.As(gofr.V10)
			register = gofr110handlers.Register
		}
		register(app)
		return app
	case "projectforge-user":
		return userhandlers.Routes(userwebsocket.NewService(), util.NewLogger(chosen.logs))
	case "projectforge-oauth":
		return oauthhandlers.Routes(oauthwebsocket.NewService(), util.NewLogger(chosen.logs))
	default:
		return forgehandlers.Routes(websocket.NewService(), util.NewLogger(chosen.logs))
	}
}
