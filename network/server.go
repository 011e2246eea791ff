package network

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"seance/network/onion"
	"seance/network/snode"
)

// Server is an HTTP server that takes onion requests of version 4.
type Server struct {
	Protocol string // "http" or "https"
	Host     string
	Port     uint16 // 0: the protocol's own
	X25519   [32]byte
}

// ParseServer reads scheme://host[:port].
func ParseServer(address string, x25519 [32]byte) (Server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return Server{}, errors.New("a server's address is http://host or https://host")
	}
	s := Server{Protocol: u.Scheme, Host: u.Hostname(), X25519: x25519}
	if strings.Contains(s.Host, ":") {
		s.Host = "[" + s.Host + "]" // the last node joins host and port as they are
	}
	if text := u.Port(); text != "" {
		port, err := strconv.ParseUint(text, 10, 16)
		if err != nil || port == 0 {
			return Server{}, errors.New("a server's port is a number up to 65535")
		}
		s.Port = uint16(port)
	}
	return s, nil
}

// ServerRequest is a request to such a server.
type ServerRequest struct {
	Method   string
	Endpoint string // path and query
	Headers  map[string]string
	Body     []byte        // nil: none. Without a Content-Type header it goes as JSON
	Timeout  time.Duration // of one attempt; 0: 10 s
}

// ServerResponse is its answer, with the status that the server itself gave.
type ServerResponse struct {
	Code    int
	Headers map[string]string // names in lower case
	Body    []byte
}

// Server sends a request to a server through a path, and again through
// another one if the path failed, three times at most. The server may get a
// request twice. An answer of the server, whatever its code, is no error. The
// error wraps ErrOffline, ErrNoServer, ErrNoAnswer or the error of ctx.
func (c *Client) Server(ctx context.Context, s Server, r ServerRequest) (ServerResponse, error) {
	if r.Timeout == 0 {
		r.Timeout = rpcTimeout
	}
	payload := onion.Payload(r.Method, r.Endpoint, r.Headers, r.Body)
	pause := retryPause
	var last error
	for range attempts {
		p, err := c.path(ctx, snode.Key{})
		if err != nil {
			return ServerResponse{}, err
		}
		req, err := onion.V4(c.rand, onion.XChaCha20, onionHops(p.hops[:]), onion.Server(s), payload)
		if err != nil {
			return ServerResponse{}, err
		}
		sent, before := time.Now(), c.answers()
		reply, err := c.exchange(ctx, p.hops[0], req, exchange{
			open: req.OpenServer, again: r.Method == "GET", toServer: true, timeout: r.Timeout,
		})
		if err == nil {
			c.delivered(p, sent)
			return ServerResponse{Code: reply.Status, Headers: reply.Headers, Body: reply.Body}, nil
		}
		c.blame(ctx, p, snode.Key{}, err, before)
		last = err
		if !sleep(ctx, pause) {
			return ServerResponse{}, fmt.Errorf("%w: %w: %w", ErrNoAnswer, ctx.Err(), last)
		}
		pause *= 2
	}
	var fault *onion.Fault
	if errors.As(last, &fault) && fault.Cause == onion.ByServer {
		return ServerResponse{}, fmt.Errorf("%w: %w", ErrNoServer, last)
	}
	return ServerResponse{}, fmt.Errorf("%w: %w", ErrNoAnswer, last)
}
