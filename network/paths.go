package network

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"seance/network/snode"
)

const (
	pathCount = 2
	hopCount  = 3
	// rotation is the age at which middle and exit of a path are replaced.
	rotation = 10 * time.Minute
)

// path is a way through three nodes, guard first. It is guarded by Client.mu,
// except for hops, which never change.
type path struct {
	hops    [hopCount]snode.Node
	strikes int
	down    bool // not to be used before it is tested again or replaced
	since   time.Time
	rtt     time.Duration // of the latest request
}

func (p *path) holds(k snode.Key) bool {
	for _, h := range p.hops {
		if h.Ed25519 == k {
			return true
		}
	}
	return false
}

// keys goes through the names of the hops, of which nil has none.
func (p *path) keys() iter.Seq[snode.Key] {
	return func(yield func(snode.Key) bool) {
		if p == nil {
			return
		}
		for _, h := range p.hops {
			if !yield(h.Ed25519) {
				return
			}
		}
	}
}

// slot is the place of a path that is kept.
type slot struct {
	path  *path     // nil until the first was built
	next  *path     // being tested
	guard snode.Key // of the path, or remembered from the last run
}

// ready are the paths that can be used, in random order, but those whose last
// request failed behind the others. Callers hold mu.
func (c *Client) ready() []*path {
	var paths []*path
	for i := range c.slots {
		if p := c.slots[i].path; p != nil && !p.down {
			paths = append(paths, p)
		}
	}
	c.rand.choices().Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	slices.SortStableFunc(paths, func(a, b *path) int { return cmp.Compare(a.strikes, b.strikes) })
	return paths
}

// path waits for a path that does not hold the destination. If both paths hold
// it, as happens in small networks, a special one is made of a tested guard and
// other nodes. The error wraps ErrOffline if there will be none soon.
func (c *Client) path(ctx context.Context, destination snode.Key) (*path, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	failures := c.health.failures
	kicked := false
	for {
		ready := c.ready()
		for _, p := range ready {
			if !p.holds(destination) {
				return p, nil
			}
		}
		for _, p := range ready {
			if special := c.special(p.hops[0], destination); special != nil {
				return special, nil
			}
		}
		if c.stopped {
			return nil, fmt.Errorf("%w: the client was stopped", ErrOffline)
		}
		recent := c.health.offline && time.Since(c.health.lastFailure) < time.Second
		if len(ready) == 0 && (c.health.failures > failures || recent) {
			return nil, fmt.Errorf("%w: %s", ErrOffline, c.health.lastError)
		}
		if !kicked {
			c.kick.raise()
			kicked = true
		}
		event := c.event.wait()
		c.mu.Unlock()
		select {
		case <-ctx.Done():
			c.mu.Lock()
			return nil, fmt.Errorf("%w: no path yet: %w", ErrOffline, ctx.Err())
		case <-event:
		}
		c.mu.Lock()
	}
}

// special is a path through a guard that avoids the destination, or nil.
func (c *Client) special(guard snode.Node, destination snode.Key) *path {
	if guard.Ed25519 == destination {
		return nil
	}
	hops, ok := c.hops(guard, map[snode.Key]bool{destination: true}, nil)
	if !ok {
		return nil
	}
	return &path{hops: hops, since: time.Now()}
}

// hops draws middle and exit behind a guard.
func (c *Client) hops(guard snode.Node, never, elsewhere map[snode.Key]bool) (hops [hopCount]snode.Node, ok bool) {
	hops[0] = guard
	for i := 1; i < hopCount; i++ {
		if hops[i], ok = c.draw(hops[:i], never, elsewhere); !ok {
			return hops, false
		}
	}
	return hops, true
}
