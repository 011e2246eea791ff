package network

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"seance/messaging/id"
	"seance/network/snode"
	"seance/network/storage"
)

var errNoSwarm = errors.New("no node of the owner's swarm is known")

// BatchOptions modify Batch.
type BatchOptions struct {
	Sequence bool        // one after the other, ending at the first failure
	Avoid    []snode.Key // members to leave alone while there are others
}

// BatchReply is what one member of the swarm answered.
type BatchReply struct {
	Member  snode.Node
	Results []storage.Result // in the order of the requests; a sequence may have fewer
	Path    []snode.Node     // that it went through, guard first
}

// Batch sends at most storage.MaxBatch requests to one member of the owner's
// swarm. build is called for every attempt, with the member and the network
// time, since signatures hold a time and cursors belong to one node; an error
// of build ends the call with that error.
//
// A swarm that moved, a wrong clock and members that fail cost retries, on
// other members and paths. What a member answers to single requests, refusals
// included, is in the results. The error wraps ErrOffline, ErrNoAnswer, the
// error of ctx, or is a *storage.Error that the member gave to all of it.
func (c *Client) Batch(ctx context.Context, owner id.Pubkey, o BatchOptions, build func(member snode.Node, now time.Time) ([]storage.Request, error)) (BatchReply, error) {
	b := batch{c: c, owner: owner, options: o, tried: map[snode.Key]bool{}}
	quick := quickAttempts
	for b.left = attempts; b.left > 0; b.left-- {
		reply, done, err := b.attempt(ctx, build)
		if done {
			return reply, err
		}
		if isQuick(err) && quick > 0 {
			quick--
			b.left++
		}
		b.last = err
		if !sleep(ctx, retryPause) {
			return BatchReply{}, fmt.Errorf("%w: %w: %w", ErrNoAnswer, ctx.Err(), b.last)
		}
	}
	return BatchReply{}, fmt.Errorf("%w: %w", ErrNoAnswer, b.last)
}

// batch is one call of Batch.
type batch struct {
	c       *Client
	owner   id.Pubkey
	options BatchOptions
	tried   map[snode.Key]bool
	left    int   // attempts, with the present one
	last    error // of the latest attempt
	moved   bool  // the swarm was corrected: that attempt was not counted
	synced  bool  // the clock was corrected: neither was that
}

// attempt asks one member. Without done, err is the reason for another attempt.
func (b *batch) attempt(ctx context.Context, build func(snode.Node, time.Time) ([]storage.Request, error)) (reply BatchReply, done bool, err error) {
	members, err := b.c.Swarm(ctx, b.owner)
	if err != nil {
		final := ctx.Err() != nil || errors.Is(err, ErrOffline) || errors.Is(err, ErrNoAnswer)
		return BatchReply{}, final, err
	}
	// The member is chosen when it is known which nodes the paths lead through.
	if _, err := b.c.path(ctx, snode.Key{}); err != nil {
		return BatchReply{}, true, err
	}
	member := b.pick(members)
	p, err := b.c.path(ctx, member.Ed25519)
	if err != nil {
		return BatchReply{}, true, err
	}
	requests, err := build(member, b.c.Now())
	if err != nil {
		return BatchReply{}, true, err
	}
	if len(requests) == 0 || len(requests) > storage.MaxBatch {
		return BatchReply{}, true, fmt.Errorf("internal error: a batch of %d requests", len(requests))
	}
	r, err := b.c.call(ctx, p, member, storage.Batch(requests, b.options.Sequence))
	if err != nil {
		if ctx.Err() != nil {
			return BatchReply{}, true, fmt.Errorf("%w: %w", ErrNoAnswer, err)
		}
		if !isLink(err) {
			b.tried[member.Ed25519] = true // perhaps it was not to blame, but there are others
		}
		return BatchReply{}, false, err
	}
	reply, done, err = b.judge(ctx, member, r, len(requests))
	reply.Path = p.hops[:]
	return reply, done, err
}

// judge decides what the answer of a member means for the whole batch.
func (b *batch) judge(ctx context.Context, member snode.Node, r storage.Result, n int) (BatchReply, bool, error) {
	results, err := r.Results(n)
	if err == nil && len(results) < n && !b.options.Sequence {
		err = storage.ErrMalformed
	}
	worst, body := err, r.Body
	for _, part := range results {
		if e := part.Err(); errors.Is(e, storage.ErrWrongSwarm) || errors.Is(e, storage.ErrClock) || worst == nil {
			worst, body = e, part.Body
		}
	}
	final := b.left == 1
	switch {
	case errors.Is(worst, storage.ErrWrongSwarm):
		b.c.misdirected(b.owner, member.Ed25519, body)
		if !b.moved {
			b.moved = true
			b.left++
		}
		return BatchReply{}, false, worst
	case errors.Is(worst, storage.ErrClock):
		if !b.synced {
			b.synced = true
			if b.c.resync(ctx) {
				b.left++
				return BatchReply{}, false, worst
			}
		}
		b.fault(member) // the others agree with our clock
		return BatchReply{}, false, worst
	case errors.Is(worst, storage.ErrNode), errors.Is(worst, storage.ErrBusy), errors.Is(worst, storage.ErrMalformed):
		b.fault(member)
		if !final || err != nil {
			return BatchReply{}, false, worst
		}
	case err != nil:
		return BatchReply{}, true, err
	}
	if !errors.Is(worst, storage.ErrNode) {
		b.c.mu.Lock()
		b.c.pool.forgive(member.Ed25519)
		b.c.mu.Unlock()
	}
	return BatchReply{Member: member, Results: results}, true, nil
}

// fault strikes a member and tries another one next.
func (b *batch) fault(member snode.Node) {
	b.tried[member.Ed25519] = true
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	b.c.strike(member.Ed25519)
	b.c.event.raise()
}

// pick draws a member that was not tried yet, is not left out, can be reached
// by a tested path and is not to be avoided, as far as there is one.
func (b *batch) pick(members []snode.Node) snode.Node {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	avoid := map[snode.Key]bool{}
	for _, k := range b.options.Avoid {
		avoid[k] = true
	}
	now := time.Now()
	ready := b.c.ready()
	var best snode.Node
	least := 1 << 10
	for _, i := range b.c.rand.choices().Perm(len(members)) {
		n := members[i]
		cost := 0
		if b.tried[n.Ed25519] {
			cost += 16
		}
		if e := b.c.pool.nodes[n.Ed25519]; e == nil || e.banned(now) {
			cost += 8
		} else if e.strikes > 0 {
			cost += 2
		}
		// A hop cannot be the end of its own path: one that was not tested
		// would have to be made for it.
		beyond := func(p *path) bool { return !p.holds(n.Ed25519) }
		if len(ready) > 0 && !slices.ContainsFunc(ready, beyond) {
			cost += 4
		}
		if avoid[n.Ed25519] {
			cost++
		}
		if cost < least {
			best, least = n, cost
		}
	}
	return best
}

// others draws nodes at random, none of them twice. Callers of what it returns
// hold mu.
func (c *Client) others() (next func() (snode.Node, bool)) {
	asked := map[snode.Key]bool{}
	return func() (snode.Node, bool) {
		for _, n := range c.sample(len(asked) + 1) {
			if !asked[n.Ed25519] {
				asked[n.Ed25519] = true
				return n, true
			}
		}
		return snode.Node{}, false
	}
}

// anyNode sends a call to the nodes that next gives until one answers. An
// answer of failure of the node itself counts as none.
func (c *Client) anyNode(ctx context.Context, r storage.Request, next func() (snode.Node, bool)) (storage.Result, error) {
	var last error
	for range attempts {
		// Waiting for a path also waits for a list to choose from.
		p, err := c.path(ctx, snode.Key{})
		if err != nil {
			return storage.Result{}, err
		}
		c.mu.Lock()
		node, ok := next()
		c.mu.Unlock()
		if !ok {
			return storage.Result{}, fmt.Errorf("%w: %w", ErrNoAnswer, errNoNodes)
		}
		if p.holds(node.Ed25519) {
			if p, err = c.path(ctx, node.Ed25519); err != nil {
				return storage.Result{}, err
			}
		}
		result, err := c.call(ctx, p, node, r)
		if err == nil {
			if err = result.Err(); !errors.Is(err, storage.ErrNode) && !errors.Is(err, storage.ErrBusy) {
				return result, nil
			}
		}
		last = err
		if !sleep(ctx, retryPause) {
			return storage.Result{}, fmt.Errorf("%w: %w: %w", ErrNoAnswer, ctx.Err(), last)
		}
	}
	return storage.Result{}, fmt.Errorf("%w: %w", ErrNoAnswer, last)
}

// Oxend asks the blockchain daemons of so many nodes, chosen at random, none of
// them twice: a single one could lie. params is the object of the endpoint's
// parameters, or nil. The error is as of Batch.
func (c *Client) Oxend(ctx context.Context, nodes int, endpoint string, params any) ([]json.RawMessage, error) {
	answers := make([]json.RawMessage, nodes)
	next := c.others()
	g, ctx := errgroup.WithContext(ctx)
	for i := range answers {
		g.Go(func() error {
			r, err := c.anyNode(ctx, storage.Oxend(endpoint, params), next)
			if err == nil {
				answers[i], err = r.Oxend()
			}
			return err
		})
	}
	return answers, g.Wait()
}
