package network

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"seance/network/onion"
	"seance/network/snode"
	"seance/network/storage"
)

const (
	attempts = 3
	// quickAttempts are those that may fail at once, besides, because a node is
	// known to be gone: such a failure costs next to no time.
	quickAttempts = 5
	retryPause    = 100 * time.Millisecond

	// The times within which the answer of an attempt has to begin. A node asks
	// nobody else before it answers to a reading request, so that a silent one
	// is soon known; to a writing one it waits five seconds for members of its
	// swarm that are gone, and does not say so, to every one of a sequence (storage
	// server 2.8.0). Hops wait for thirty seconds, which storage.MaxSteps is made for.
	readTimeout   = 5 * time.Second
	swarmTimeout  = 5 * time.Second // more for every step
	serverTimeout = 10 * time.Second
	// wholeTimeout is how long an answer that has begun may take: much of it may
	// have to come through a slow link.
	wholeTimeout = 60 * time.Second
	// slowest is the rate, in bytes a second, below which a large transfer is
	// given up although something moves.
	slowest = 8 << 10
)

// errTimeout says that an attempt took too long, while its caller still waits.
var errTimeout = errors.New("no answer in time")

// onionHop is a node as a layer needs it.
func onionHop(n snode.Node) onion.Hop { return onion.Hop{Ed25519: n.Ed25519, X25519: n.X25519} }

func onionHops(nodes []snode.Node) []onion.Hop {
	hops := make([]onion.Hop, len(nodes))
	for i, n := range nodes {
		hops[i] = onionHop(n)
	}
	return hops
}

// call sends a storage call to a node through all of a path.
func (c *Client) call(ctx context.Context, p *path, node snode.Node, r storage.Request) (storage.Result, error) {
	return c.ask(ctx, p, p.hops[:], node, r, readTimeout+time.Duration(r.Steps())*swarmTimeout)
}

// ask sends a storage call to a node through nodes of the path p, and puts the
// blame for a failure where it belongs. An error means that the node's answer
// did not come; what the node answered, success or not, is the result.
func (c *Client) ask(ctx context.Context, p *path, via []snode.Node, node snode.Node, r storage.Request, timeout time.Duration) (storage.Result, error) {
	params, err := json.Marshal(r.Params)
	if err != nil {
		return storage.Result{}, fmt.Errorf("%s: %w", r.Method, err)
	}
	req, err := onion.Node(c.rand, onion.XChaCha20, onionHops(via), onionHop(node), onion.Call(r.Method, params))
	if err != nil {
		return storage.Result{}, fmt.Errorf("%s: %w", r.Method, err)
	}
	sent, before := time.Now(), c.answers()
	reply, err := c.exchange(ctx, via[0], req, exchange{open: req.OpenNode, again: true, timeout: timeout})
	if err != nil {
		c.log.Debug("request failed", "guard", p.hops[0], "middle", p.hops[1], "exit", p.hops[2], "node", node, "error", err)
		c.blame(ctx, p, node.Ed25519, err, before)
		return storage.Result{}, fmt.Errorf("%s: %w", r.Method, err)
	}
	result := storage.Result{Code: reply.Status, Body: reply.Body}
	if len(result.Body) == 0 || result.Body[0] != '{' {
		if result.Body, err = json.Marshal(string(reply.Body)); err != nil {
			return storage.Result{}, fmt.Errorf("%s: %w", r.Method, err)
		}
	}
	c.worked(p, node.Ed25519, sent, result)
	return result, nil
}

// exchange is how a request is sent and its answer opened.
type exchange struct {
	open     func(wire []byte) (onion.Reply, error)
	again    bool // may arrive twice
	toServer bool
	// timeout is, for a node, the time until the answer begins; for a server, which
	// may be sent much, the time in which nothing moves.
	timeout  time.Duration
	most     int64                      // bytes of an answer; 0: maxAnswer
	progress func(sent, received int64) // may be nil
}

// exchange does one HTTP request to the guard. Its errors are *linkError,
// *onion.Fault, errTimeout, those of package onion, and those of ctx.
func (c *Client) exchange(ctx context.Context, guard snode.Node, req *onion.Request, x exchange) (onion.Reply, error) {
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	limit := time.AfterFunc(x.timeout, cancel)
	defer limit.Stop()
	m := &meter{begun: func() { limit.Reset(max(x.timeout, wholeTimeout)) }}
	if x.most == 0 {
		x.most = maxAnswer
	}
	if x.toServer {
		slow := time.AfterFunc(x.timeout+wholeTimeout+time.Duration((int64(len(req.Body))+x.most)/slowest)*time.Second, cancel)
		defer slow.Stop()
		m.begun = func() { limit.Reset(x.timeout) }
		m.moved = func(sent, received int64) {
			limit.Reset(x.timeout)
			if x.progress != nil {
				x.progress(sent, received)
			}
		}
	}
	defer m.stop()
	status, answer, err := c.post(limited, guard, req.Body, x.again, x.most, m)
	switch {
	case err != nil && ctx.Err() != nil:
		return onion.Reply{}, ctx.Err()
	case errors.Is(err, context.Canceled) && !isLink(err):
		return onion.Reply{}, errTimeout
	case err != nil:
		return onion.Reply{}, err
	}
	c.heard()
	if status != http.StatusOK {
		return onion.Reply{}, onion.Classify(status, answer, x.toServer)
	}
	return x.open(answer)
}

func isLink(err error) bool {
	var link *linkError
	return errors.As(err, &link)
}

// isQuick reports whether a request failed because nobody is there: at the
// guard's address, or behind the key of another hop.
func isQuick(err error) bool {
	var f *onion.Fault
	return isLink(err) || errors.As(err, &f) && (f.Cause == onion.NotFound || f.Cause == onion.Unreachable)
}

// heard notes that something of the network answered.
func (c *Client) heard() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.health.answers++
	if c.health.offline {
		c.health.offline = false
		c.event.raise()
		c.notify()
	}
}

// answers counts what was heard: if it grew since, others can be reached.
func (c *Client) answers() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.health.answers
}
