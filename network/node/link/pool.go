package link

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"seance/network/node/registry"
)

// dialTimeout is how long connecting may take, handshake included.
const dialTimeout = 5 * time.Second

// ErrUnreachable is returned, wrapped, when a peer could not be connected to,
// or the connection to it ended before the answer.
var ErrUnreachable = errors.New("node is unreachable")

var errTooLarge = fmt.Errorf("%w: payload too large", ErrUnreachable)

// Dial connects to an address, as net.Dialer.DialContext does.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Pool is the connections of one node to its peers, at most one to each.
type Pool struct {
	id     *Identity
	dial   Dial
	log    *slog.Logger
	ctx    context.Context // ends with Close
	cancel context.CancelCauseFunc
	done   sync.WaitGroup

	mu    sync.Mutex // guards conns and done.Add, never held while waiting
	conns map[registry.Key]*conn
}

// NewPool makes an empty pool.
func NewPool(id *Identity, dial Dial, log *slog.Logger) *Pool {
	p := &Pool{id: id, dial: dial, log: log, conns: map[registry.Key]*conn{}}
	p.ctx, p.cancel = context.WithCancelCause(context.Background())
	return p
}

// Close ends all connections and waits for their goroutines.
func (p *Pool) Close() {
	p.mu.Lock()
	p.cancel(unreachable(net.ErrClosed))
	p.mu.Unlock()
	p.done.Wait()
}

// Answer is the answer to a call.
type Answer struct {
	Status  uint16
	Payload []byte
}

// Once asks a node and waits for the answer. The errors are ErrUnreachable and
// that of ctx.
func (p *Pool) Once(ctx context.Context, to registry.Node, kind uint16, payload []byte) (Answer, error) {
	if len(payload) > MaxPayload {
		return Answer{}, errTooLarge
	}
	c, _ := p.conn(to)
	return c.wait(ctx, c.send(ctx, kind, payload))
}

// Call is Once for what may be done twice: should a connection from before turn
// out to be broken, because the node was restarted, the call is made again.
func (p *Pool) Call(ctx context.Context, to registry.Node, kind uint16, payload []byte) (Answer, error) {
	return p.Start(ctx, to, kind, payload)()
}

// Start sends a call as Call does and returns the function that waits for the
// answer. Calls to one node are sent in the order of Start.
func (p *Pool) Start(ctx context.Context, to registry.Node, kind uint16, payload []byte) (wait func() (Answer, error)) {
	if len(payload) > MaxPayload {
		return func() (Answer, error) { return Answer{}, errTooLarge }
	}
	c, fresh := p.conn(to)
	answer := c.send(ctx, kind, payload)
	return func() (Answer, error) {
		a, err := c.wait(ctx, answer)
		if err != nil && !fresh && ctx.Err() == nil {
			c, _ = p.conn(to)
			a, err = c.wait(ctx, c.send(ctx, kind, payload))
		}
		return a, err
	}
}

// conn finds the connection to a node or starts to make one.
func (p *Pool) conn(to registry.Node) (c *conn, fresh bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.conns[to.Ed25519]; c != nil && !c.ended() {
		return c, false
	}
	c = &conn{peer: to, calls: make(chan frame, 64), pending: map[uint64]chan Answer{}}
	c.ctx, c.cancel = context.WithCancelCause(p.ctx)
	if p.ctx.Err() != nil {
		return c, true // c ended with it
	}
	p.conns[to.Ed25519] = c
	p.done.Add(1)
	go func() {
		defer p.done.Done()
		err := c.run(p)
		c.cancel(unreachable(err))
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.conns[to.Ed25519] == c {
			delete(p.conns, to.Ed25519)
		}
	}()
	return c, true
}

// conn is one connection, from before it is made.
type conn struct {
	peer   registry.Node
	ctx    context.Context // ends with the connection
	cancel context.CancelCauseFunc
	calls  chan frame

	mu      sync.Mutex // guards the fields below
	last    uint64
	pending map[uint64]chan Answer
}

func (c *conn) ended() bool { return c.ctx.Err() != nil }

func (c *conn) run(p *Pool) error {
	ctx, cancel := context.WithTimeout(c.ctx, dialTimeout)
	defer cancel()
	raw, err := p.dial(ctx, "tcp", net.JoinHostPort(c.peer.IP, strconv.Itoa(int(c.peer.Port))))
	if err != nil {
		return err
	}
	defer raw.Close()
	t := tls.Client(raw, &tls.Config{
		MinVersion:         tls.VersionTLS13,
		Certificates:       []tls.Certificate{p.id.cert},
		NextProtos:         []string{Protocol},
		InsecureSkipVerify: true, // no authority vouches for a node: its key is compared below
		VerifyConnection: func(s tls.ConnectionState) error {
			k, err := peerKey(s)
			if err == nil && k != c.peer.Ed25519 {
				err = errors.New("peer has another key than the list says")
			}
			return err
		},
	})
	if err := t.HandshakeContext(ctx); err != nil {
		return err
	}
	stop := context.AfterFunc(c.ctx, func() { raw.Close() })
	defer stop()
	p.done.Add(1) // run itself holds one: the count is not zero here
	go func() {
		defer p.done.Done()
		c.cancel(unreachable(writeFrames(t, c.calls, c.ctx.Done())))
	}()
	r := bufio.NewReaderSize(t, 16<<10)
	for {
		f, err := readFrame(r)
		if err != nil {
			return err
		}
		c.mu.Lock()
		answer := c.pending[f.id]
		delete(c.pending, f.id)
		c.mu.Unlock()
		if answer != nil { // else its caller no longer waits
			answer <- Answer{f.code, f.payload}
		}
	}
}

// unreachable says why a connection ended.
func unreachable(err error) error {
	if err == nil {
		err = net.ErrClosed
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// pendingCall is a call that was sent.
type pendingCall struct {
	id     uint64
	answer chan Answer
}

func (c *conn) send(ctx context.Context, kind uint16, payload []byte) pendingCall {
	call := pendingCall{answer: make(chan Answer, 1)}
	c.mu.Lock()
	c.last++
	call.id = c.last
	c.pending[call.id] = call.answer
	c.mu.Unlock()
	select {
	case c.calls <- frame{call.id, kind, payload}:
	case <-c.ctx.Done():
	case <-ctx.Done():
	}
	return call
}

func (c *conn) wait(ctx context.Context, call pendingCall) (Answer, error) {
	defer func() {
		c.mu.Lock()
		delete(c.pending, call.id)
		c.mu.Unlock()
	}()
	var err error
	select {
	case a := <-call.answer:
		return a, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-c.ctx.Done():
		err = context.Cause(c.ctx)
	}
	select {
	case a := <-call.answer: // it came before the end, and nobody waited yet
		return a, nil
	default:
		return Answer{}, err
	}
}
