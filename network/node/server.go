package node

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"seance/network/node/link"
	"seance/network/node/peel"
	"seance/network/node/registry"
	"seance/network/node/rpc"
)

const (
	maxBody     = 10 << 20 // of a request
	maxRequests = 1000     // that are worked on at a time
)

// newServer makes the HTTPS server. Connections of other nodes come in on the
// same port and are told apart in the handshake.
func (n *Node) newServer(id *link.Identity) *http.Server {
	return &http.Server{
		Handler:           http.HandlerFunc(n.handle),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(n.log.Handler(), slog.LevelDebug),
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){
			link.Protocol: func(_ *http.Server, c *tls.Conn, _ http.Handler) {
				_ = c.SetDeadline(time.Time{}) // a closed connection ends Serve
				link.Serve(n.ctx, c, n.answer, n.log)
			},
		},
		TLSConfig: n.tlsConfig(id),
	}
}

func (n *Node) tlsConfig(id *link.Identity) *tls.Config {
	clients := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{n.o.Certificate}}
	nodes := id.ServerConfig(func(k registry.Key) bool {
		_, ok := n.view().Node(k)
		return ok
	})
	return &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		for _, p := range hello.SupportedProtos {
			if p == link.Protocol {
				return nodes, nil
			}
		}
		return clients, nil
	}}
}

func (n *Node) serve() {
	n.done.Add(1)
	go func() {
		defer n.done.Done()
		err := n.server.Serve(tls.NewListener(n.o.Listener, n.server.TLSConfig))
		if err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			n.log.Error("server ended", "err", err)
		}
	}()
}

// handle is the HTTPS interface. net/http recovers what panics in it.
func (n *Node) handle(w http.ResponseWriter, r *http.Request) {
	route := strings.ToLower(r.Method) + " " + r.URL.Path
	switch route {
	case "get /get_stats/v1":
		v := Version()
		n.reply(w, rpc.JSON(http.StatusOK, map[string]string{"version": versionText(v)}))
		return
	case "post /ping_test/v1": // how nodes test one another
		w.Header().Set("X-Oxen-Snode-Pubkey", base64.StdEncoding.EncodeToString(n.key[:]))
		n.reply(w, rpc.Text(http.StatusOK, ""))
		return
	case "post /storage_rpc/v1", "post /onion_req/v2":
	default:
		n.reply(w, rpc.Text(http.StatusNotFound, route+" Not Found"))
		return
	}
	if !n.ready.Load() {
		n.reply(w, rpc.Text(http.StatusServiceUnavailable, "Service node is not ready: "+n.notReady()+"\n"))
		return
	}
	storage := r.URL.Path == "/storage_rpc/v1"
	if storage && n.limit != nil {
		if ip, _, err := net.SplitHostPort(r.RemoteAddr); err != nil || !n.limit.allow(ip, time.Now()) {
			n.reply(w, rpc.Text(http.StatusTooManyRequests, "Too Many Requests\n"))
			return
		}
	}
	if storage && r.Header.Get("X-Loki-Long-Poll") != "" {
		n.reply(w, rpc.Text(http.StatusGone, "long polling is no longer supported, client upgrade required"))
		return
	}
	select {
	case n.slots <- struct{}{}:
		defer func() { <-n.slots }()
	default:
		n.reply(w, rpc.Text(http.StatusServiceUnavailable, "Server busy, try again later"))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			n.reply(w, rpc.Text(http.StatusRequestEntityTooLarge, "Request body too large"))
		}
		return
	}
	if storage {
		n.reply(w, n.client(r.Context(), body))
		return
	}
	request, err := peel.ParseRequest(body)
	if err != nil {
		n.reply(w, rpc.Text(http.StatusBadRequest, "Error parsing onion request: "+err.Error()))
		return
	}
	status, answer := n.onion(r.Context(), request)
	n.write(w, status, "text/plain", answer)
}

func (n *Node) notReady() string {
	if me, ok := n.view().Node(n.key); !ok || me.Swarm == registry.NoSwarm {
		return "not in any swarm; not done syncing"
	}
	return "not done syncing"
}

func (n *Node) reply(w http.ResponseWriter, r *rpc.Response) {
	kind := "text/plain"
	if r.JSON != nil {
		kind = "application/json"
	}
	n.write(w, r.Status, kind, r.Body())
}

func (n *Node) write(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		n.log.Debug("answer not delivered", "err", err)
	}
}
