package network

import (
	"time"

	"seance/network/snode"
)

const (
	// maxStrikes are what a node or a path may collect before it is left out.
	maxStrikes = 3
	// banTime is how long a node is left out after its last strike or after
	// another said that it is unreachable. A refresh of the list ends it.
	banTime = 10 * time.Minute
	// poolLow is the size of a list that is asked from the seeds anew.
	poolLow = 12
)

// pool is the node list with what experience says of each node. It is guarded
// by Client.mu.
type pool struct {
	nodes map[snode.Key]*entry
	order []snode.Key
	full  int // nodes of the list as it came
}

type entry struct {
	node    snode.Node
	strikes int
	until   time.Time // left out before
}

// newPool starts without strikes.
func newPool(nodes []snode.Node) *pool {
	p := &pool{nodes: make(map[snode.Key]*entry, len(nodes)), full: len(nodes)}
	for _, n := range nodes {
		if p.nodes[n.Ed25519] == nil {
			p.nodes[n.Ed25519] = &entry{node: n}
			p.order = append(p.order, n.Ed25519)
		}
	}
	return p
}

// all are the nodes that are in the list, left out or not.
func (p *pool) all() []snode.Node {
	nodes := make([]snode.Node, 0, len(p.order))
	for _, k := range p.order {
		if e := p.nodes[k]; e != nil {
			nodes = append(nodes, e.node)
		}
	}
	return nodes
}

// usable counts the nodes that are not left out.
func (p *pool) usable(now time.Time) (n int) {
	for _, e := range p.nodes {
		if !e.banned(now) {
			n++
		}
	}
	return n
}

func (e *entry) banned(now time.Time) bool { return now.Before(e.until) }

// low is the number of usable nodes under which the list counts as nearly
// empty. It scales down with small lists, so that a network of six works.
func (p *pool) low() int { return min(poolLow, max(3, p.full/2)) }

// strike notes a failure of a node and tells whether it was the last one.
func (p *pool) strike(k snode.Key, now time.Time) bool {
	e := p.nodes[k]
	if e == nil {
		return false
	}
	if e.strikes++; e.strikes < maxStrikes {
		return false
	}
	p.ban(k, now)
	return true
}

func (p *pool) ban(k snode.Key, now time.Time) {
	if e := p.nodes[k]; e != nil {
		e.strikes, e.until = 0, now.Add(banTime)
	}
}

// struck are the nodes that failed of late, and until when they are left out.
func (p *pool) struck() map[snode.Key]time.Time {
	struck := map[snode.Key]time.Time{}
	for k, e := range p.nodes {
		if e.strikes > 0 || !e.until.IsZero() {
			struck[k] = e.until
		}
	}
	return struck
}

// remember takes over what an earlier run knew of a node. That a node failed
// once is known until it works or the list is refreshed; a ban has an end.
func (p *pool) remember(k snode.Key, until, now time.Time) {
	e := p.nodes[k]
	if e == nil || until.After(now.Add(banTime)) {
		return
	}
	e.strikes, e.until = 1, until
}

// forgive clears the strikes of a node that did its work.
func (p *pool) forgive(k snode.Key) {
	if e := p.nodes[k]; e != nil {
		e.strikes, e.until = 0, time.Time{}
	}
}

// drop removes a node until the list is refreshed.
func (p *pool) drop(k snode.Key) { delete(p.nodes, k) }

// draw chooses a random node for a path that has the hops chosen, never one of
// never. Where the list allows it, the node is not left out, did not fail of
// late, is in no other path, and shares no /24 with the chosen ones.
func (c *Client) draw(chosen []snode.Node, never, elsewhere map[snode.Key]bool) (snode.Node, bool) {
	now := time.Now()
	var best snode.Node
	least := 1 << 10
	order := c.rand.choices().Perm(len(c.pool.order))
	for _, i := range order {
		e := c.pool.nodes[c.pool.order[i]]
		if e == nil || never[e.node.Ed25519] {
			continue
		}
		cost := 0
		if e.banned(now) {
			cost += 8
		} else if e.strikes > 0 {
			cost += 4
		}
		if elsewhere[e.node.Ed25519] {
			cost += 2
		}
		same := false
		for _, h := range chosen {
			same = same || h.Subnet() == e.node.Subnet()
			if h.Ed25519 == e.node.Ed25519 {
				cost = 1 << 10
			}
		}
		if same {
			cost++
		}
		if cost < least {
			best, least = e.node, cost
		}
		if least == 0 {
			break
		}
	}
	return best, least < 1<<10
}
