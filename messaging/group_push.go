package messaging

import (
	"context"
	"fmt"
	"time"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/network"
	"seance/network/snode"
	"seance/network/storage"
	"seance/store"
)

// pushGroup stores what an admin changed of a group: a new key first, then info and
// members. What is obsolete is deleted last. Then those are invited, promoted and removed
// who are to be.
//
// Wire reference: session-foundation/session-desktop: ts/session/utils/job_runners/jobs/GroupSyncJob.ts.
func (c *Client) pushGroup(ctx context.Context, name id.Group, auth storage.Auth) error {
	for range 3 { // a removal makes a new key, which is pushed at once
		again, err := c.pushGroupOnce(ctx, name, auth)
		if err != nil || !again {
			return err
		}
	}
	return nil
}

func (c *Client) pushGroupOnce(ctx context.Context, name id.Group, auth storage.Auth) (again bool, err error) {
	var pushes []pushed
	var obsolete []id.Hash
	var leaving []config.GroupMember
	err = c.edit(ctx, func(tx *store.Tx) error {
		pushes, leaving = nil, nil
		var replaced []id.Hash
		g, err := c.group(tx, name)
		if err != nil || !g.Admin() {
			return err
		}
		if g.NeedsRekey() {
			if err := g.Rekey(); err != nil {
				return err
			}
		}
		if key, ok := g.Pending(); ok {
			pushes = append(pushes, pushed{Push: config.Push{Messages: [][]byte{key}}, namespace: nsGroupKeys})
		}
		for _, cfg := range []*config.Config{g.Info.Config, g.Members.Config} {
			if !cfg.NeedsPush() {
				continue
			}
			p, err := cfg.Push(c.net.Now())
			if err != nil {
				return err
			}
			pushes, replaced = append(pushes, pushed{Push: p, namespace: cfg.Kind().Namespace()}), append(replaced, p.Obsolete...)
		}
		if len(pushes) == 0 {
			leaving = toRemove(g)
		}
		obsolete, err = retire(tx, groupRetiredKey(name), replaced)
		return err
	})
	if err != nil {
		return false, err
	}
	if len(pushes) == 0 {
		if len(leaving) == 0 {
			return false, nil
		}
		return true, c.removeMembers(ctx, name, auth, leaving)
	}
	deleted, err := c.storeConfigs(ctx, auth, pushes, obsolete)
	if err != nil {
		return false, fmt.Errorf("store the configs of a group: %w", err)
	}
	err = c.edit(ctx, func(tx *store.Tx) error {
		g, err := c.group(tx, name)
		if err != nil {
			return err
		}
		for _, p := range pushes {
			switch p.namespace {
			case nsGroupKeys:
				err = c.keyStored(tx, g, p)
			case config.KindGroupInfo.Namespace():
				g.Info.Confirm(p.Seqno, p.hashes)
			default:
				g.Members.Confirm(p.Seqno, p.hashes)
			}
			if err != nil {
				return err
			}
		}
		if deleted {
			if err := retiredDone(tx, groupRetiredKey(name), obsolete); err != nil {
				return err
			}
		}
		return c.inviteAll(tx, g)
	})
	if err == nil {
		wake(c.sendNow)
	}
	return true, err
}

// keyStored takes up the key that was made here, with the time that everybody finds
// beside it: by that keys are ordered if two admins made one at once.
func (c *Client) keyStored(tx *store.Tx, g *group.Group, p pushed) error {
	if _, err := g.LoadKey(config.Stored{Hash: p.hashes[0], Data: p.Messages[0]}, p.at); err != nil {
		return err
	}
	if err := tx.MarkSeen(g.ID.Pubkey(), nsGroupKeys, p.hashes[0], c.net.Now().Add(groupTTL+seenMargin).UnixMilli()); err != nil {
		return err
	}
	return tx.Unseal(g.ID.Pubkey())
}

func toRemove(g *group.Group) (list []config.GroupMember) {
	for m := range g.Members.All() {
		if m.Removed != config.Stays {
			list = append(list, m)
		}
	}
	return list
}

// removeMembers does what is left to do of a removal: who was removed is told so where
// they can still read, their right to act in the swarm is revoked, and only then they are
// forgotten and the others get a new key.
//
// Wire reference: session-foundation/session-desktop: ts/session/utils/job_runners/jobs/GroupPendingRemovalsJob.ts.
func (c *Client) removeMembers(ctx context.Context, name id.Group, auth storage.Auth, leaving []config.GroupMember) error {
	var notice []byte
	var tokens [][storage.TokenSize]byte
	err := c.edit(ctx, func(tx *store.Tx) error {
		tokens = nil
		g, err := c.administered(tx, name)
		if err != nil {
			return err
		}
		who := make([]id.Account, len(leaving))
		for i, m := range leaving {
			who[i] = m.ID
			token, err := g.Token(m.ID)
			if err != nil {
				continue // nobody can have this Account ID, and so nobody acts as it
			}
			tokens = append(tokens, token)
		}
		notice, err = g.KickNotice(c.rand, who)
		return err
	})
	if err != nil {
		return err
	}
	reply, err := c.net.Batch(ctx, name.Pubkey(), network.BatchOptions{Sequence: true}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
		requests := []storage.Request{
			auth.Store(storage.Message{Namespace: nsRevoked, Timestamp: now, TTL: groupTTL, Data: notice}, now),
			auth.Revoke(tokens, now),
		}
		return requests, nil
	})
	if err != nil {
		return fmt.Errorf("remove members of a group: %w", err)
	}
	if len(reply.Results) < 2 {
		return fmt.Errorf("remove members of a group: %d of 2 requests were answered", len(reply.Results))
	}
	if _, err := reply.Results[0].Store(); err != nil {
		return fmt.Errorf("tell members of a group that they were removed: %w", err)
	}
	if err := reply.Results[1].Err(); err != nil {
		return fmt.Errorf("revoke members of a group: %w", err)
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

// renewGroup keeps configs and keys of a group from expiring in its swarm, and stores
// them again if they did.
func (c *Client) renewGroup(ctx context.Context, name id.Group, auth storage.Auth) error {
	if !c.groups.renewalDue(name) {
		return nil
	}
	var hashes []id.Hash
	err := c.edit(ctx, func(tx *store.Tx) error {
		g, err := c.group(tx, name)
		if err != nil {
			return err
		}
		now := c.net.Now()
		hashes = append(append(g.Info.ActiveHashes(now), g.Members.ActiveHashes(now)...), g.KeyHashes()...)
		return nil
	})
	if err != nil || len(hashes) == 0 {
		return err
	}
	reply, err := c.net.Batch(ctx, name.Pubkey(), network.BatchOptions{}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
		return []storage.Request{auth.Expire(hashes, now.Add(groupTTL), storage.Extend)}, nil
	})
	if err != nil {
		return fmt.Errorf("renew a group in its swarm: %w", err)
	}
	there, err := reply.Results[0].Expiries()
	if err != nil {
		return fmt.Errorf("renew a group in its swarm: %w", err)
	}
	return c.edit(ctx, func(tx *store.Tx) error {
		g, err := c.group(tx, name)
		if err != nil || !g.Admin() {
			return err
		}
		for _, cfg := range []*config.Config{g.Info.Config, g.Members.Config} {
			for _, h := range cfg.CurrentHashes() {
				if there[h].IsZero() {
					cfg.Lost()
					break
				}
			}
		}
		return nil
	})
}

// renewalDue reports whether a group was not renewed of late, and takes it for renewed.
func (s *groups) renewalDue(name id.Group) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.renewed[name]) < renewEvery {
		return false
	}
	if s.renewed == nil {
		s.renewed = map[id.Group]time.Time{}
	}
	s.renewed[name] = time.Now()
	return true
}
