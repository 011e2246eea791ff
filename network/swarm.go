package network

import (
	"context"
	"time"

	"seance/messaging/id"
	"seance/network/snode"
	"seance/network/storage"
)

const (
	// smallSwarm is the number of known members under which a swarm is asked
	// for. Nodes form swarms of five and more, devnets smaller ones.
	smallSwarm = 3
	// askSwarmAfter is how long the answer for a small swarm is believed.
	askSwarmAfter = 10 * time.Minute
)

// swarm is what is known of the nodes that hold an owner's messages.
type swarm struct {
	members []snode.Key
	asked   time.Time // a node was asked
}

// Swarm are the nodes that hold the owner's messages, as far as they are in
// the node list: from an earlier answer, or computed from the list, or asked
// for. The error wraps ErrOffline or ErrNoAnswer.
func (c *Client) Swarm(ctx context.Context, owner id.Pubkey) ([]snode.Node, error) {
	c.mu.Lock()
	if len(c.pool.nodes) == 0 {
		// The list comes with the first path.
		c.mu.Unlock()
		if _, err := c.path(ctx, snode.Key{}); err != nil {
			return nil, err
		}
		c.mu.Lock()
	}
	members := c.members(owner)
	asked := time.Since(c.swarms[owner].asked) < askSwarmAfter
	c.mu.Unlock()
	if len(members) >= smallSwarm || asked && len(members) > 0 {
		return members, nil
	}
	fetched, err := c.fetchSwarm(ctx, owner)
	if err != nil && len(members) > 0 && ctx.Err() == nil {
		return members, nil
	}
	return fetched, err
}

// members are the known members of a swarm: those that a node told, or, if
// none of these are in the list, those that follow from the list. Callers hold
// mu.
func (c *Client) members(owner id.Pubkey) []snode.Node {
	var members []snode.Node
	for _, k := range c.swarms[owner].members {
		if e := c.pool.nodes[k]; e != nil {
			members = append(members, e.node)
		}
	}
	if len(members) == 0 {
		if members = snode.Members(c.pool.all(), owner); len(members) > 0 {
			c.setSwarm(owner, members, c.swarms[owner].asked)
		}
	}
	return members
}

func (c *Client) setSwarm(owner id.Pubkey, members []snode.Node, asked time.Time) {
	s := swarm{asked: asked}
	for _, n := range members {
		s.members = append(s.members, n.Ed25519)
	}
	c.swarms[owner] = s
}

// fetchSwarm asks a random node.
func (c *Client) fetchSwarm(ctx context.Context, owner id.Pubkey) ([]snode.Node, error) {
	r, err := c.anyNode(ctx, storage.GetSwarm(owner), c.others())
	if err != nil {
		return nil, err
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	members, err := snode.ParseSwarm(r.Body)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told(owner, members)
	known := c.members(owner)
	if len(known) == 0 {
		return nil, errNoSwarm
	}
	return known, nil
}

// told takes over a swarm that a node told. Nodes that are not in the list are
// left aside until the list is refreshed: one node alone must not make others
// known to us. Callers hold mu.
func (c *Client) told(owner id.Pubkey, members []snode.Node) {
	c.setSwarm(owner, members, time.Now())
	for _, n := range members {
		if c.pool.nodes[n.Ed25519] == nil && !c.list.stale {
			c.list.stale = true
			c.event.raise()
		}
	}
}

// misdirected takes over the swarm from the body of a 421. Without one, the
// node that answered is left out of the swarm.
func (c *Client) misdirected(owner id.Pubkey, from snode.Key, body []byte) {
	members, err := snode.ParseSwarm(body)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil && len(members) > 0 {
		c.told(owner, members)
		return
	}
	s := c.swarms[owner]
	var rest []snode.Key
	for _, k := range s.members {
		if k != from {
			rest = append(rest, k)
		}
	}
	c.swarms[owner] = swarm{rest, s.asked}
}
