package network

import (
	"cmp"
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
	Body     []byte // nil: none. Without a Content-Type header it goes as JSON
	// Timeout is how long nothing may move: neither bytes to the guard nor, when
	// all are sent, from it. 0: 10 s.
	Timeout   time.Duration
	MaxAnswer int64 // bytes of the answer's body; 0: 24 MB with all around it
	Attempts  int   // 0: 3
	// Progress, which may be nil, is told how many bytes of the encrypted request
	// went over the line to the guard, and how many of its answer came. It starts
	// anew with every attempt. It is called from other goroutines, one at a
	// time and not after Server returned, and must not block.
	Progress func(sent, received int64)
}

// ServerResponse is its answer, with the status that the server itself gave.
type ServerResponse struct {
	Code    int
	Headers map[string]string // names in lower case
	Body    []byte
}

// ErrAnswerTooLarge is returned, wrapped, when a server's answer is larger than
// was asked for.
var ErrAnswerTooLarge = errors.New("the server's answer is too large")

// Server sends a request to a server through a path, and again through
// another one if the path failed, three times at most. The server may get a
// request twice. An answer of the server, whatever its code, is no error. The
// error wraps ErrOffline, ErrNoServer, ErrNoAnswer, ErrAnswerTooLarge or the
// error of ctx.
func (c *Client) Server(ctx context.Context, s Server, r ServerRequest) (ServerResponse, error) {
	if r.Timeout == 0 {
		r.Timeout = serverTimeout
	}
	if r.Attempts == 0 {
		r.Attempts = attempts
	}
	most := int64(maxAnswer)
	if r.MaxAnswer > 0 {
		most = r.MaxAnswer + maxHead
	}
	payload := onion.Payload(r.Method, r.Endpoint, r.Headers, r.Body)
	var last error
	for attempt := range r.Attempts {
		if attempt > 0 && !sleep(ctx, retryPause<<(attempt-1)) {
			return ServerResponse{}, fmt.Errorf("%w: %w: %w", ErrNoAnswer, ctx.Err(), last)
		}
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
			most: most, progress: r.Progress,
		})
		if err == nil && reply.Status < 300 && r.MaxAnswer > 0 && int64(len(reply.Body)) > r.MaxAnswer {
			err = errTooLarge // what a refusal says may be longer
		}
		if errors.Is(err, errTooLarge) {
			return ServerResponse{}, fmt.Errorf("%w: the limit is %d bytes", ErrAnswerTooLarge, cmp.Or(r.MaxAnswer, maxAnswer))
		}
		if err == nil {
			c.delivered(p, sent)
			return ServerResponse{Code: reply.Status, Headers: reply.Headers, Body: reply.Body}, nil
		}
		c.blame(ctx, p, snode.Key{}, err, before)
		last = err
	}
	var fault *onion.Fault
	if errors.As(last, &fault) && fault.Cause == onion.ByServer {
		return ServerResponse{}, fmt.Errorf("%w: %w", ErrNoServer, last)
	}
	return ServerResponse{}, fmt.Errorf("%w: %w", ErrNoAnswer, last)
}
