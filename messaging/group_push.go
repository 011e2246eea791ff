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
func (c *Client) pushGroup(ctx context.Context, name id.Group) error {
	for range maxSteps { // a removal makes a new key, which is pushed at once
		again, err := c.pushGroupOnce(ctx, name)
		if err != nil || !again {
			return err
		}
	}
	return nil
}

// maxSteps is more than there is ever to do: everybody is removed, and others are invited.
const maxSteps = 2*group.MaxMembers/atOnce + 3

func (c *Client) pushGroupOnce(ctx context.Context, name id.Group) (again bool, err error) {
	var auth storage.Auth // of now: who has just become an admin acts as one
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
		if auth, err = c.groupAuth(name); err != nil {
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
			return false, c.inviteAll(ctx, name, auth)
		}
		return true, c.removeMembers(ctx, name, auth, leaving[:min(len(leaving), atOnce)])
	}
	deleted, err := c.storeConfigs(ctx, auth, pushes, obsolete)
	if err != nil {
		return false, fmt.Errorf("store the configs of a group: %w", err)
	}
	return true, c.edit(ctx, func(tx *store.Tx) error {
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
		if !deleted {
			return nil // with the next push
		}
		return retiredDone(tx, groupRetiredKey(name), obsolete)
	})
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

// renewGroup keeps configs and keys of a group from expiring in its swarm. Configs are
// stored again if they did, and of keys there is a new one.
func (c *Client) renewGroup(ctx context.Context, name id.Group) error {
	if !c.groups.renewalDue(name) {
		return nil
	}
	var auth storage.Auth
	var hashes []id.Hash
	err := c.edit(ctx, func(tx *store.Tx) error {
		g, err := c.group(tx, name)
		if err != nil {
			return err
		}
		if auth, err = c.groupAuth(name); err != nil {
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
		if g.Expired(func(h id.Hash) bool { return !there[h].IsZero() }) {
			return g.Rekey()
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
