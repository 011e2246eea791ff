package messaging

import (
	"context"

	"seance/network"
	"seance/network/snode"
	"seance/network/storage"
	"seance/store"
)

// Delivery is the story of a message that was written on this device: what was
// tried to bring it to the recipient's swarm, and its copy to one's own. A
// message that came from elsewhere has none.
func (c *Client) Delivery(ctx context.Context, messageID string) ([]store.Attempt, error) {
	m, err := c.Message(ctx, messageID)
	if err != nil {
		return nil, err
	}
	return c.db.Attempts(ctx, m.Row)
}

// pathOf is the way that a batch took: the hops, and the member of the swarm.
func pathOf(reply network.BatchReply) []string {
	if len(reply.Path) == 0 {
		return nil
	}
	path := make([]string, 0, len(reply.Path)+1)
	for _, n := range reply.Path {
		path = append(path, n.IP.String())
	}
	return append(path, reply.Member.IP.String())
}

// addresses are those of nodes, by the keys that a node wrote: of what is in the
// list of nodes.
func (c *Client) addresses(keys []string) (list []string) {
	if len(keys) == 0 {
		return nil
	}
	wanted := make(map[snode.Key]bool)
	for _, text := range keys {
		if key, err := snode.ParseKey(text); err == nil {
			wanted[key] = true
		}
	}
	for _, n := range c.net.Nodes() {
		if wanted[n.Ed25519] {
			list = append(list, n.IP.String())
		}
	}
	return list
}

// attempted keeps how an attempt ended; failure is "" if the swarm has it. nodes
// are the addresses of its members that do.
func attempted(tx *store.Tx, o store.Outgoing, nowMS int64, path []string, result storage.StoreReply, nodes []string, failure string) error {
	if o.Message == 0 {
		return nil
	}
	a := store.Attempt{Kind: o.Kind, AtMS: nowMS, Path: path, Stored: result.Stored, Nodes: nodes, Failed: result.Failed, Error: failure}
	if failure == "" {
		a.Hash = storage.MessageHash(o.Target, o.Namespace, o.Data) // whatever the node says
	}
	return tx.AddAttempt(o.Message, a)
}
