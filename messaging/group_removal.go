package messaging

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/network"
	"seance/network/snode"
	"seance/network/storage"
	"seance/store"
)

// atOnce is how many members a node lets in or keeps out with one request.
//
// Wire reference: session-foundation/session-storage-server: oxenss/rpc/client_rpc_endpoints.h.
const atOnce = 50

// toRemove are the members who are to be removed still, whichever admin wanted it.
func toRemove(g *group.Group) (list []config.GroupMember) {
	for m := range g.Members.All() {
		if m.Removed != config.Stays {
			list = append(list, m)
		}
	}
	return list
}

// removal is what the swarm is told of members who are removed.
type removal struct {
	notice   []byte // for them, where they can still read
	tokens   [][storage.TokenSize]byte
	deletion []byte // for the others: what they wrote is to be deleted; nil if it stays
}

// removeMembers does what is left to do of a removal: who was removed is told so, their
// right to act in the swarm is revoked, and only then they are forgotten and the others
// get a new key.
//
// Wire reference: session-foundation/session-desktop: ts/session/utils/job_runners/jobs/GroupPendingRemovalsJob.ts.
func (c *Client) removeMembers(ctx context.Context, name id.Group, auth storage.Auth, leaving []config.GroupMember) error {
	var r removal
	err := c.edit(ctx, func(tx *store.Tx) error {
		g, err := c.administered(tx, name)
		if err == nil {
			r, err = c.removal(tx, g, leaving)
		}
		return err
	})
	if err == nil {
		err = c.storeRemoval(ctx, name, auth, r)
	}
	if err != nil {
		return fmt.Errorf("remove members of a group: %w", err)
	}
	var ch changes
	err = c.edit(ctx, func(tx *store.Tx) error {
		ch.reset()
		g, err := c.administered(tx, name)
		if err != nil {
			return err
		}
		for _, m := range leaving {
			if m.Removed == config.RemovedWithMessages {
				if err := c.deleteMessagesOf(tx, g, m.ID, &ch); err != nil {
					return err
				}
			}
			if _, err := g.Members.Erase(m.ID); err != nil {
				return err
			}
		}
		if err := g.Rekey(); err != nil {
			return err
		}
		return c.applyGroupConfigs(tx, g, &ch)
	})
	if err == nil {
		c.announce(ctx, &ch)
	}
	return err
}

func (c *Client) removal(tx *store.Tx, g *group.Group, leaving []config.GroupMember) (r removal, err error) {
	var who []id.Account
	var unheard []string
	for _, m := range leaving {
		who = append(who, m.ID)
		if m.Removed == config.RemovedWithMessages {
			unheard = append(unheard, m.ID.String())
		}
		if token, err := g.Token(m.ID); err == nil { // else nobody can have this Account ID, and so nobody acts as it
			r.tokens = append(r.tokens, token)
		}
	}
	if r.notice, err = g.KickNotice(c.rand, who); err != nil || len(unheard) == 0 {
		return r, err
	}
	now, err := tx.ClaimTimestamp(c.net.Now().UnixMilli())
	if err != nil {
		return r, err
	}
	u := &sessionpb.GroupDeleteMemberContent{MemberIds: unheard, AdminSignature: g.SignDeleteContent(now, unheard, nil)}
	r.deletion, err = c.sealGroup(g, now, &sessionpb.Content{
		DataMessage: &sessionpb.DataMessage{GroupUpdate: &sessionpb.GroupUpdate{DeleteMemberContent: u}}, SigTimestamp: proto.Uint64(uint64(now)),
	})
	return r, err
}

func (c *Client) storeRemoval(ctx context.Context, name id.Group, auth storage.Auth, r removal) error {
	return c.swarmSequence(ctx, name, func(now time.Time) []storage.Request {
		requests := []storage.Request{auth.Store(storage.Message{Namespace: nsRevoked, Timestamp: now, TTL: groupTTL, Data: r.notice}, now)}
		if len(r.tokens) > 0 {
			requests = append(requests, auth.Revoke(r.tokens, now))
		}
		if r.deletion != nil {
			requests = append(requests, auth.Store(storage.Message{Namespace: nsGroupMessages, Timestamp: now, TTL: timeToLive, Data: r.deletion}, now))
		}
		return requests
	})
}

// swarmSequence has a group's swarm do one thing after the other. It fails if one of
// them did.
func (c *Client) swarmSequence(ctx context.Context, name id.Group, requests func(now time.Time) []storage.Request) error {
	var asked []storage.Request
	reply, err := c.net.Batch(ctx, name.Pubkey(), network.BatchOptions{Sequence: true}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
		asked = requests(now)
		return asked, nil
	})
	if err != nil {
		return err
	}
	for i, r := range reply.Results {
		err := r.Err()
		if i < len(asked) && asked[i].Method == "store" {
			_, err = r.Store() // which also tells if nobody has it
		}
		if err != nil {
			return err
		}
	}
	if len(reply.Results) < len(asked) {
		return fmt.Errorf("%d of %d requests were answered", len(reply.Results), len(asked))
	}
	return nil
}
