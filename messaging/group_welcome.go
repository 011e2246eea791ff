package messaging

import (
	"context"
	"fmt"
	"time"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/network/storage"
	"seance/store"
)

// toInvite are the members who are to be sent an invitation, or that they are admins
// now, and for whom none waits in the outbox.
func (c *Client) toInvite(tx *store.Tx, g *group.Group) (invites, promotions []config.GroupMember, err error) {
	for m := range g.Members.All() {
		kind := store.OutgoingInvite
		switch {
		case m.Removed != config.Stays || m.ID == c.Self().Account:
			continue
		case m.Admin && m.Promotion == config.NotSent:
			kind = store.OutgoingPromote
		case m.Admin || m.Invite != config.NotSent:
			continue
		}
		waits, err := tx.Waits(kind, m.ID.Pubkey(), id.WithGroup(g.ID))
		switch {
		case err != nil:
			return nil, nil, err
		case waits:
		case m.Admin:
			promotions = append(promotions, m)
		default:
			invites = append(invites, m)
		}
	}
	return invites, promotions, nil
}

// inviteAll puts into the outbox what members are still to be sent. Those who are invited
// may act in the swarm again before, if they were removed once, and are given the keys of
// what was written before if it is shared with them.
//
// Wire reference: session-foundation/session-desktop: ts/session/utils/job_runners/jobs/GroupInviteJob.ts.
func (c *Client) inviteAll(ctx context.Context, name id.Group, auth storage.Auth) error {
	var invites, promotions []config.GroupMember
	var tokens [][storage.TokenSize]byte
	var supplement []byte
	err := c.edit(ctx, func(tx *store.Tx) error {
		tokens, supplement = nil, nil
		g, err := c.group(tx, name)
		if err != nil || !g.Admin() {
			return err
		}
		list, more, err := c.toInvite(tx, g)
		if err != nil {
			return err
		}
		invites, promotions = nil, nil
		for _, m := range more {
			if _, err := g.Token(m.ID); err != nil { // another app named an Account ID that nobody can have
				m.Promotion = config.Failed
				if err := g.Members.Set(m); err != nil {
					return err
				}
				continue
			}
			promotions = append(promotions, m)
		}
		var readers []id.Account
		for _, m := range list[:min(len(list), atOnce)] {
			token, err := g.Token(m.ID)
			if err != nil { // likewise
				m.Invite = config.Failed
				if err := g.Members.Set(m); err != nil {
					return err
				}
				continue
			}
			invites, tokens = append(invites, m), append(tokens, token)
			if m.Supplement {
				readers = append(readers, m.ID)
			}
		}
		if len(readers) > 0 {
			supplement, err = g.Supplement(readers)
		}
		return err
	})
	if err != nil || len(invites)+len(promotions) == 0 {
		return err
	}
	if len(tokens) > 0 {
		if err := c.admit(ctx, name, auth, tokens, supplement); err != nil {
			return fmt.Errorf("let members into a group: %w", err)
		}
	}
	err = c.edit(ctx, func(tx *store.Tx) error {
		g, err := c.administered(tx, name)
		if err != nil {
			return err
		}
		for _, m := range invites {
			if err := c.sendInvite(tx, g, m.ID); err != nil {
				return err
			}
		}
		for _, m := range promotions {
			if err := c.sendPromotion(tx, g, m.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		wake(c.sendNow)
	}
	return err
}

// admit has the swarm take requests of members, and stores keys for them.
func (c *Client) admit(ctx context.Context, name id.Group, auth storage.Auth, tokens [][storage.TokenSize]byte, supplement []byte) error {
	err := c.swarmSequence(ctx, name, func(now time.Time) []storage.Request {
		var requests []storage.Request
		if supplement != nil {
			requests = append(requests, auth.Store(storage.Message{Namespace: nsGroupKeys, Timestamp: now, TTL: groupTTL, Data: supplement}, now))
		}
		return append(requests, auth.Unrevoke(tokens, now))
	})
	if err != nil || supplement == nil {
		return err
	}
	return c.edit(ctx, func(tx *store.Tx) error {
		hash := storage.MessageHash(name.Pubkey(), nsGroupKeys, supplement)
		return tx.MarkSeen(name.Pubkey(), nsGroupKeys, hash, c.net.Now().Add(groupTTL+seenMargin).UnixMilli())
	})
}
