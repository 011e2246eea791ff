package network

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"time"

	"seance/messaging/id"
	"seance/network/netfile"
	"seance/network/snode"
	"seance/network/storage"
)

// ErrOffline is returned, wrapped, when no seed answers and no path can be
// built: the network cannot be reached at present.
var ErrOffline = errors.New("the network cannot be reached")

// Options say which network to use and through what.
type Options struct {
	File netfile.File
	Dir  string                                                               // keeps nodes.json; "" keeps nothing
	Dial func(ctx context.Context, network, address string) (net.Conn, error) // nil: a net.Dialer
	Rand io.Reader                                                            // nil: crypto/rand
	Log  *slog.Logger                                                         // nil: discards
}

// Client is a client of one network.
type Client struct{}

// BatchOptions modify Batch.
type BatchOptions struct {
	Sequence bool        // one after the other, ending at the first failure
	Avoid    []snode.Key // members to leave alone while there are others
}

// BatchReply is what one member of the swarm answered.
type BatchReply struct {
	Member  snode.Node
	Results []storage.Result // in the order of the requests; a sequence may have fewer
}

// Server is an HTTP server that takes onion requests.
type Server struct {
	Protocol string // "http" or "https"
	Host     string
	Port     uint16 // 0: the protocol's own
	X25519   [32]byte
}

// ServerRequest is a request to such a server.
type ServerRequest struct {
	Method   string
	Endpoint string // path and query
	Headers  map[string]string
	Body     []byte        // nil: none
	Timeout  time.Duration // of one attempt; 0: 10 s
}

// ServerResponse is its answer. Code is the server's own, of the inner answer.
type ServerResponse struct {
	Code    int
	Headers map[string]string // names in lower case
	Body    []byte
}

// Open reads the cache; it does no network I/O.
func Open(o Options) (*Client, error) { return nil, errors.ErrUnsupported }

// Run keeps node list and paths until ctx ends.
func (c *Client) Run(ctx context.Context) error { return errors.ErrUnsupported }

// Now is the network's time.
func (c *Client) Now() time.Time { return time.Now() }

// Status is a snapshot.
func (c *Client) Status() Status { return Status{} }

// Watch calls f, on a goroutine of its own, after every change of status.
func (c *Client) Watch(f func(Status)) (stop func()) { return func() {} }

// Nodes is the node list.
func (c *Client) Nodes() []snode.Node { return nil }

// Swarm are the nodes that keep the owner's messages.
func (c *Client) Swarm(ctx context.Context, owner id.Pubkey) ([]snode.Node, error) {
	return nil, errors.ErrUnsupported
}

// Batch sends at most 20 storage requests to one member of the owner's swarm.
func (c *Client) Batch(ctx context.Context, owner id.Pubkey, o BatchOptions, build func(member snode.Node, now time.Time) ([]storage.Request, error)) (BatchReply, error) {
	return BatchReply{}, errors.ErrUnsupported
}

// Oxend asks the blockchain daemon of a random node.
func (c *Client) Oxend(ctx context.Context, endpoint string, params any) (json.RawMessage, error) {
	return nil, errors.ErrUnsupported
}

// Server sends a request to a server.
func (c *Client) Server(ctx context.Context, s Server, r ServerRequest) (ServerResponse, error) {
	return ServerResponse{}, errors.ErrUnsupported
}
