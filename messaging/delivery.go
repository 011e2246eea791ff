package messaging

import (
	"context"

	"seance/network"
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

// attempted keeps how an attempt ended; failure is "" if the swarm has it.
func attempted(tx *store.Tx, o store.Outgoing, nowMS int64, path []string, result storage.StoreReply, failure string) error {
	if o.Message == 0 {
		return nil
	}
	a := store.Attempt{Kind: o.Kind, AtMS: nowMS, Path: path, Stored: result.Stored, Failed: result.Failed, Error: failure}
	if failure == "" {
		a.Hash = storage.MessageHash(o.Target, o.Namespace, o.Data) // whatever the node says
	}
	return tx.AddAttempt(o.Message, a)
}
