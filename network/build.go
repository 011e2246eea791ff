package network

import (
	"context"
	"errors"
	"time"

	"seance/network/snode"
	"seance/network/storage"
)

const (
	testTimeout   = 5 * time.Second
	buildAttempts = 6
	slowestProbe  = 15 * time.Second // between attempts to find a path
	silence       = 9 * time.Second  // after which an attempt is given up if nothing at all answers
)

var errNoNodes = errors.New("too few service nodes are known")

// keepPath builds the path of a slot, replaces it when it is down, and
// replaces its middle and exit when it is old.
func (c *Client) keepPath(ctx context.Context, i int) {
	delay := time.Duration(0)
	for ctx.Err() == nil {
		c.mu.Lock()
		p := c.slots[i].path
		event, kick, listed := c.event.wait(), c.kick.wait(), c.listed.wait()
		nodes := len(c.pool.nodes)
		c.mu.Unlock()

		switch {
		case nodes < hopCount:
			// The list comes first. Seeds are asked by keepList.
			wait(ctx, 0, listed, nil)
			continue
		case c.inUse(p):
			if idle := rotation - time.Since(p.since); idle > 0 {
				wait(ctx, idle, event, nil)
				continue
			}
		}
		err := c.build(ctx, i)
		switch {
		case err == nil:
			delay = 0
		case ctx.Err() != nil:
		case c.inUse(p):
			// The old path still works; the new one has time.
			c.mu.Lock()
			p.since = time.Now().Add(time.Minute - rotation)
			c.mu.Unlock()
		default:
			c.pathFailed(err)
			delay = min(max(2*delay, time.Second), slowestProbe)
			wait(ctx, delay, kick, listed)
		}
	}
}

// inUse reports whether requests are sent through p.
func (c *Client) inUse(p *path) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return p != nil && !p.down
}

// wait returns after d (0: never), or when one of the channels is closed, or
// when ctx ends.
func wait(ctx context.Context, d time.Duration, a, b <-chan struct{}) {
	var timer <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-ctx.Done():
	case <-timer:
	case <-a:
	case <-b:
	}
}

// build finds hops for a slot, tests them, and puts the path to use. The guard
// is kept as long as it can be reached.
func (c *Client) build(ctx context.Context, i int) error {
	before, began := c.answers(), time.Now()
	c.mu.Lock()
	kept := c.slots[i].guard
	c.mu.Unlock()
	never := map[snode.Key]bool{} // guards that failed in this round
	bad := map[snode.Key]bool{}   // hops of paths that failed in this round
	var failed []snode.Key
	doubt := false // the kept guard failed at a time when nothing else answered
	err := errNoNodes
	for attempt := range buildAttempts {
		p, ok := c.plan(i, kept, attempt == 0, never, bad)
		if !ok {
			break
		}
		if err = c.test(ctx, p); err == nil {
			c.install(i, p)
			if doubt && c.again(ctx, i, kept) {
				return nil
			}
			c.strikeGuards(failed, before)
			return nil
		}
		if ctx.Err() != nil {
			return err
		}
		guard := p.hops[0].Ed25519
		for _, h := range p.hops[1:] {
			bad[h.Ed25519] = true
		}
		c.log.Debug("path failed its test", "guard", guard, "error", err)
		if isLink(err) || isGuardFault(err) || attempt >= buildAttempts/2 {
			never[guard] = true
			failed = append(failed, guard)
			if guard == kept && isLink(err) {
				doubt = c.answers() == before
			}
		}
		if time.Since(began) > silence && c.answers() == before {
			break // the network swallows everything
		}
	}
	c.strikeGuards(failed, before)
	return err
}

// again tests the guard that was kept so far once more, now that another one
// could be reached: the network may just have come back. The path through the
// other one is in use meanwhile.
func (c *Client) again(ctx context.Context, i int, kept snode.Key) bool {
	p, ok := c.plan(i, kept, false, nil, nil)
	if !ok || p.hops[0].Ed25519 != kept || c.test(ctx, p) != nil {
		return false
	}
	c.install(i, p)
	return true
}

// plan draws the hops for a slot: the same ones if first and they only need to
// be tested again, else others behind the kept guard unless that is in never.
// Those of bad are taken only if there are no others.
func (c *Client) plan(i int, kept snode.Key, first bool, never, bad map[snode.Key]bool) (*path, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &c.slots[i]
	elsewhere := map[snode.Key]bool{}
	for k := range bad {
		elsewhere[k] = true
	}
	exclude := map[snode.Key]bool{} // as guards
	for k := range never {
		exclude[k] = true
	}
	for j := range c.slots {
		if j == i {
			continue
		}
		exclude[c.slots[j].guard], elsewhere[c.slots[j].guard] = true, true
		for _, p := range []*path{c.slots[j].path, c.slots[j].next} {
			for k := range p.keys() {
				elsewhere[k] = true
			}
		}
		if p := c.slots[j].next; p != nil {
			exclude[p.hops[0].Ed25519] = true
		}
	}
	if first && s.path != nil && s.path.down && s.path.strikes < maxStrikes && c.known(s.path) {
		return &path{hops: s.path.hops, strikes: s.path.strikes}, true
	}
	e := c.pool.nodes[kept]
	if e == nil || exclude[kept] || e.banned(time.Now()) {
		guard, ok := c.draw(nil, exclude, elsewhere)
		if !ok {
			return nil, false
		}
		e = c.pool.nodes[guard.Ed25519]
	}
	hops, ok := c.hops(e.node, never, elsewhere)
	if !ok {
		return nil, false
	}
	s.next = &path{hops: hops}
	return s.next, true
}

// known reports whether all hops are still in the list and not left out.
func (c *Client) known(p *path) bool {
	now := time.Now()
	for _, h := range p.hops {
		e := c.pool.nodes[h.Ed25519]
		if e == nil || e.banned(now) || e.node.Address() != h.Address() {
			return false
		}
	}
	return true
}

// test asks the exit, through guard and middle, for its version and time. The
// answer shows that all three work, and tells nobody who asks.
func (c *Client) test(ctx context.Context, p *path) error {
	_, err := c.ask(ctx, p, p.hops[:hopCount-1], p.hops[hopCount-1], storage.Info(), testTimeout)
	return err
}

// install puts a tested path to use.
func (c *Client) install(i int, p *path) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &c.slots[i]
	p.since = time.Now()
	if s.path == nil || s.path.hops[0].Ed25519 != p.hops[0].Ed25519 {
		c.list.dirty = true
	}
	s.path, s.next, s.guard = p, nil, p.hops[0].Ed25519
	c.health.offline, c.health.lastError = false, ""
	c.kick.raise() // the other slot may be waiting for the network to come back
	c.log.Info("path ready", "guard", p.hops[0], "middle", p.hops[1], "exit", p.hops[2])
	c.event.raise()
	c.notify()
}

// strikeGuards strikes guards that could not be reached, but only if something
// of the network answered since: without network nobody is to blame.
func (c *Client) strikeGuards(guards []snode.Key, before int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.health.answers == before {
		return
	}
	for _, k := range guards {
		c.strike(k)
	}
}

// pathFailed notes that a slot has no path after a whole round. If there is no
// other path, the list may be out of date, or the machine may be offline.
func (c *Client) pathFailed(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.ready()) > 0 {
		return
	}
	c.health.lastError = oneLine(err)
	if time.Since(c.list.seeded) < seedPause {
		c.fail()
	} else {
		c.list.wanted = true
	}
	c.event.raise()
	c.notify()
}

// fail ends a round in which nothing could be reached. Callers hold mu.
func (c *Client) fail() {
	c.health.failures++
	c.health.lastFailure = time.Now()
	c.health.offline = len(c.ready()) == 0
	c.event.raise()
	c.notify()
}
