package network

import (
	"context"
	"errors"
	"time"

	"seance/network/onion"
	"seance/network/snode"
	"seance/network/storage"
)

// What a failed request costs:
//
//	no TLS to the guard          the path is down until tested again; the guard
//	                             is struck only if others could be reached
//	no answer in time            the path, and its destination; the path is down
//	                             if nothing else answered meanwhile
//	"Next node not found: K"     K leaves list, swarms and paths. If K is the
//	                             destination the path is not to blame
//	"... unreachable: K"         the same, for ten minutes
//	"Snode not ready: K"         K; the path too, unless K is the destination
//	guard not ready or busy      the guard and the path
//	any other status             the path; with the last strike all of its nodes
//	an answer that cannot be     the path and its destination
//	decrypted or understood
//	a server's own failure       nothing
//
// Three strikes make a path be replaced and a node be left out.

// blame puts a failed request to the account of those who may have caused it.
// before is the count of answers when it was sent.
func (c *Client) blame(ctx context.Context, p *path, destination snode.Key, err error, before int) {
	if ctx.Err() != nil {
		return // nobody waited any longer
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.health.lastError = oneLine(err)
	evidence := c.health.answers > before
	var fault *onion.Fault
	switch {
	case isLink(err):
		c.guardDown(p.hops[0].Ed25519)
	case errors.As(err, &fault):
		c.blameFault(p, destination, fault)
	case errors.Is(err, errTimeout):
		if evidence {
			c.strike(destination)
		} else {
			p.down = true
		}
		c.strikePath(p, evidence)
	case errors.Is(err, onion.ErrRefused):
		c.strikePath(p, false)
	default:
		c.strike(destination)
		c.strikePath(p, true)
	}
	c.event.raise()
	c.notify()
}

func (c *Client) blameFault(p *path, destination snode.Key, f *onion.Fault) {
	named := snode.Key(f.Node)
	switch f.Cause {
	case onion.ByServer:
	case onion.NotFound, onion.Unreachable:
		if named != destination && !p.holds(named) {
			c.strikePath(p, true) // it speaks of a node that is not asked for
			return
		}
		if f.Cause == onion.NotFound {
			c.pool.drop(named)
			c.list.dirty = true
		} else {
			c.pool.ban(named, time.Now())
		}
		c.leavePaths(named)
	case onion.NotReady:
		c.strike(named)
		if named != destination {
			c.strikePath(p, true)
		}
	case onion.GuardNotReady, onion.TooMany:
		c.strike(p.hops[0].Ed25519)
		c.strikePath(p, true)
	case onion.TimedOut:
		c.strike(destination) // no hop is named; it may be the last step as well
		c.strikePath(p, true)
	default:
		c.strikePath(p, true)
	}
}

// strike notes a failure of a node. With the last one it leaves all paths.
func (c *Client) strike(k snode.Key) {
	if c.pool.strike(k, time.Now()) {
		c.leavePaths(k)
	}
}

// strikePath notes a failure of a path. The last one makes it be replaced,
// and, if the network as such works, counts against its nodes.
func (c *Client) strikePath(p *path, nodes bool) {
	if p.strikes++; p.strikes < maxStrikes {
		return
	}
	p.down = true
	if nodes {
		for _, h := range p.hops {
			c.strike(h.Ed25519)
		}
	}
}

// leavePaths makes paths that hold a node be replaced.
func (c *Client) leavePaths(k snode.Key) {
	for i := range c.slots {
		if p := c.slots[i].path; p != nil && p.holds(k) {
			p.down = true
		}
	}
}

// guardDown makes the path of a guard be tested before it is used again.
func (c *Client) guardDown(guard snode.Key) {
	for i := range c.slots {
		if p := c.slots[i].path; p != nil && p.hops[0].Ed25519 == guard {
			p.down = true
		}
	}
}

// isGuardFault reports whether a failed test of a path is the guard's fault.
func isGuardFault(err error) bool {
	var f *onion.Fault
	return errors.As(err, &f) && (f.Cause == onion.GuardNotReady || f.Cause == onion.TooMany || f.Cause == onion.BadRequest)
}

// worked notes an answer: its path is forgiven, and its time is compared with
// ours.
func (c *Client) worked(p *path, destination snode.Key, sent time.Time, r storage.Result) {
	now := time.Now()
	c.delivered(p, sent)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock.learn(destination, r, sent, now)
}

// delivered notes that a path did its work.
func (c *Client) delivered(p *path, sent time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p.strikes, p.rtt = 0, time.Since(sent)
	for _, h := range p.hops {
		c.pool.forgive(h.Ed25519)
	}
	c.health.lastError = ""
	c.notify()
}
