package projectforge

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
	ws "github.com/gorilla/websocket"

	"wireline.test/peers/projectforge/app/lib/websocket"
	"wireline.test/peers/projectforge/app/util"
)

type frame struct {
	kind int
	data string
}

// What clients have received from Project Forge or may from any server, by the name that a test asks for it.
var garbage = map[string]frame{
	"truncated": {ws.TextMessage, `{"channel":"q","cmd":"x","param"`},
	"null":      {ws.TextMessage, "null"},
	"number":    {ws.TextMessage, "42"},
	"empty":     {ws.TextMessage, ""},
	"binary":    {ws.BinaryMessage, `{"channel":"binary","cmd":"chat","param":{"user":"Guest","text":"binary","time":0}}`},
	"bytes":     {ws.BinaryMessage, "\x00\x01\xfe\xff"},
	"utf8":      {ws.TextMessage, "\xff\xfe"},
}

// longestBody is how many bytes the param of an order may have.
const longestBody = 8192

// Control adds the routes by which a test starts what only the server can. They are for requests by this machine's name, and not for pages
// of other origins.
func Control(parent *http.ServeMux, s *websocket.Service, logger util.Logger) {
	mux := http.NewServeMux()
	parent.HandleFunc("/control/", func(w http.ResponseWriter, r *http.Request) {
		if !isLocal(r) {
			http.Error(w, "The Host or the Origin is not this server's: give orders from its pages, or from no page.", http.StatusForbidden)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, longestBody)
		mux.ServeHTTP(w, r)
	})
	each := func(path string, act func(id uuid.UUID, r *http.Request) error) {
		mux.HandleFunc("POST /control/"+path, func(w http.ResponseWriter, r *http.Request) {
			members := s.Members(r.URL.Query().Get("ch"))
			if len(members) == 0 {
				http.Error(w, "The channel has no members: connect to it first.", http.StatusNotFound)
				return
			}
			for _, id := range members {
				if err := act(id, r); err != nil {
					http.Error(w, err.Error(), http.StatusConflict)
					return
				}
			}
			answer(w, len(members))
		})
	}
	// With a cmd, that is said to the connection right after it.
	each("close-request", func(id uuid.UUID, r *http.Request) error {
		err := s.WriteCloseRequest(id, logger)
		if cmd := r.URL.Query().Get("cmd"); err == nil && cmd != "" {
			err = s.WriteMessage(id, websocket.NewMessage(nil, "", cmd, nil), logger)
		}
		return err
	})
	each("drop", func(id uuid.UUID, _ *http.Request) error { return s.Drop(id) })
	each("garbage", func(id uuid.UUID, r *http.Request) error {
		f, known := garbage[r.URL.Query().Get("kind")]
		if !known {
			return fmt.Errorf("the kind is unknown: give one of %v", slices.Sorted(maps.Keys(garbage)))
		}
		return s.Inject(id, f.kind, []byte(f.data))
	})

	mux.HandleFunc("POST /control/channel", func(w http.ResponseWriter, r *http.Request) {
		if message, ok := messageOf(w, r); ok {
			reached := len(s.Members(message.Channel))
			if err := s.WriteChannel(message, logger); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			answer(w, reached)
		}
	})
	mux.HandleFunc("POST /control/broadcast", func(w http.ResponseWriter, r *http.Request) {
		if message, ok := messageOf(w, r); ok {
			reached := len(s.Status().Connections)
			_ = s.Broadcast(message, logger)
			answer(w, reached)
		}
	})
	mux.HandleFunc("GET /control/status", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(util.ToJSONBytes(s.Status(), true))
	})
}

// isLocal tells whether a request comes by a name of this machine, and from no page or one of its own.
func isLocal(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	if !slices.Contains([]string{"localhost", "127.0.0.1", "::1", "[::1]"}, strings.ToLower(host)) {
		return false
	}
	origin := r.Header.Get("Origin")
	return origin == "" && len(r.Header.Values("Origin")) == 0 || strings.EqualFold(origin, "http://"+r.Host)
}

func messageOf(w http.ResponseWriter, r *http.Request) (*websocket.Message, bool) {
	body, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		http.Error(w, fmt.Sprintf("The body is too large: send at most %d bytes.", longestBody), http.StatusRequestEntityTooLarge)
		return nil, false
	}
	if err != nil || !json.Valid(body) {
		http.Error(w, "The body is no JSON: send the param.", http.StatusBadRequest)
		return nil, false
	}
	query := r.URL.Query()
	return websocket.NewMessage(nil, query.Get("ch"), query.Get("cmd"), json.RawMessage(body)), true
}

func answer(w http.ResponseWriter, connections int) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]int{"connections": connections})
}
