package messaging

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"seance/messaging/config"
	"seance/messaging/id"
	"seance/network"
	"seance/network/snode"
	"seance/network/storage"
	"seance/store"
)

const (
	pushDelay   = 3 * time.Second // after an edit, so that several go in one push
	pushFailed  = 5 * time.Second // before another try, doubled
	pushSlowest = 5 * time.Minute // up to this
	renewEvery  = 6 * time.Hour   // the time that configs have in the swarm
	configTTL   = storage.MaxPrivateTTL
)

// takeConfigs merges what a node answered for the namespaces of configs, and
// makes the database what they say. complete tells that it had nothing more: with
// the first such answer the configs of the swarm are known. It reports whether
// anything is new.
func (c *Client) takeConfigs(ctx context.Context, member snode.Key, answers map[id.Namespace][]storage.Stored, complete bool) (news bool, err error) {
	first := !c.synced.Load()
	if len(answers) == 0 && !(first && complete) {
		return false, nil
	}
	var changes changes
	owner := c.configs.owner
	err = c.edit(ctx, func(tx *store.Tx) error {
		changes.reset()
		again := false
		for _, config := range c.configs.all() {
			ns := config.Kind().Namespace()
			messages := answers[ns]
			changed, outdated, err := c.mergeConfig(config, owner, messages)
			if err != nil {
				return err
			}
			// Where edits of ours were too old to be merged, what was done here
			// has not been heard of, as before the first merge.
			join := first || outdated
			again = again || outdated
			if changed || join && complete {
				news = true
				if err := c.apply(tx, config.Kind(), join, &changes); err != nil {
					return err
				}
			}
			if len(messages) > 0 {
				last := messages[len(messages)-1]
				if err := tx.SetCursor(owner, ns, member, storage.MessageHash(owner, ns, last.Data)); err != nil {
					return err
				}
			}
		}
		if !(first && complete) {
			if again && !first {
				return c.reflectAll(tx)
			}
			return nil
		}
		if err := c.reflectAll(tx); err != nil {
			return err
		}
		return tx.SetSetting(syncedKey, []byte{1})
	})
	if err == nil && first && complete {
		c.synced.Store(true)
	}
	if err != nil {
		return false, fmt.Errorf("merge the settings of other devices: %w", err)
	}
	c.announce(ctx, &changes)
	return news, nil
}

// mergeConfig merges messages of one namespace. What cannot be read is left
// aside: it may be a newer client's.
func (c *Client) mergeConfig(config_ *config.Config, owner id.Pubkey, messages []storage.Stored) (changed, outdated bool, err error) {
	if len(messages) == 0 {
		return false, false, nil
	}
	stored := make([]config.Stored, len(messages))
	for i, m := range messages {
		stored[i] = config.Stored{Hash: storage.MessageHash(owner, config_.Kind().Namespace(), m.Data), Data: m.Data}
	}
	err = recovered(func() error {
		merged := config_.Merge(c.net.Now(), stored)
		changed, outdated = merged.Changed, merged.Outdated
		for _, r := range merged.Rejected {
			c.log.Info("skipped a config message", "kind", config_.Kind().String(), "hash", string(r.Hash), "reason", r.Err)
		}
		return nil
	})
	return changed, outdated, err
}

// pushLoop stores in the swarm what was changed here.
func (c *Client) pushLoop(ctx context.Context) error {
	wake(c.pushNow) // what an earlier run did not get to
	pause := pushFailed
	for {
		select {
		case <-c.pushNow:
		case <-ctx.Done():
			return nil
		}
		for {
			if !sleep(ctx, pushDelay) {
				return nil
			}
			err := c.push(ctx)
			if err == nil {
				err = c.renew(ctx)
			}
			if ctx.Err() != nil {
				return nil
			}
			if err == nil {
				pause = pushFailed
				break
			}
			c.log.Warn("settings are not pushed yet", "error", err)
			if !sleep(ctx, pause) {
				return nil
			}
			pause = min(2*pause, pushSlowest)
		}
	}
}

// sleep waits; false if ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// pushed is a config on its way to the swarm.
type pushed struct {
	config.Push
	namespace id.Namespace
	hashes    []id.Hash
}

// push stores the configs that have changed, all parts of each, and deletes
// what they replace, in that order and ending at the first failure. A config
// that was edited meanwhile stays unpushed.
func (c *Client) push(ctx context.Context) error {
	// Pushes do not overlap: a command may push beside the loop.
	select {
	case c.pushing <- struct{}{}:
		defer func() { <-c.pushing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	var pushes []pushed
	var obsolete []id.Hash
	if !c.synced.Load() {
		return nil
	}
	err := c.db.Update(ctx, func(tx *store.Tx) error {
		pushes = nil
		if err := c.configs.begin(tx); err != nil {
			return err
		}
		now := c.net.Now()
		for _, config := range c.configs.all() {
			if !config.NeedsPush() {
				continue
			}
			p, err := config.Push(now)
			if err != nil {
				return err
			}
			for _, h := range p.Obsolete {
				c.configs.retired[h] = true
			}
			pushes = append(pushes, pushed{Push: p, namespace: config.Kind().Namespace()})
		}
		obsolete = slices.Sorted(maps.Keys(c.configs.retired))
		return c.configs.end(tx, now)
	})
	if err != nil || len(pushes) == 0 {
		return err
	}
	if err := c.storeConfigs(ctx, pushes, obsolete); err != nil {
		return err
	}
	return c.edit(ctx, func(tx *store.Tx) error {
		for _, p := range pushes {
			c.configs.of(p.namespace).Confirm(p.Seqno, p.hashes)
		}
		for _, h := range obsolete {
			delete(c.configs.retired, h)
		}
		return nil
	})
}

// storeConfigs fills in the hashes of what it has stored.
func (c *Client) storeConfigs(ctx context.Context, pushes []pushed, obsolete []id.Hash) error {
	owner := c.configs.owner
	type deposit struct {
		push *pushed
		data []byte
	}
	var all []deposit
	for i := range pushes {
		pushes[i].hashes = nil
		for _, data := range pushes[i].Messages {
			all = append(all, deposit{&pushes[i], data})
		}
	}
	auth := c.auth()
	for some := range slices.Chunk(all, storage.MaxBatch-1) {
		last := &some[len(some)-1] == &all[len(all)-1]
		reply, err := c.net.Batch(ctx, owner, network.BatchOptions{Sequence: true}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
			var requests []storage.Request
			for _, d := range some {
				requests = append(requests, auth.Store(storage.Message{Namespace: d.push.namespace, Timestamp: now, TTL: configTTL, Data: d.data}, now))
			}
			if last && len(obsolete) > 0 {
				requests = append(requests, auth.Delete(obsolete, false))
			}
			return requests, nil
		})
		if err != nil {
			return err
		}
		if len(reply.Results) < len(some) {
			return fmt.Errorf("%d of %d settings were stored", len(reply.Results), len(some))
		}
		for i, d := range some {
			if err := reply.Results[i].Err(); err != nil {
				return fmt.Errorf("store settings: %w", err)
			}
			d.push.hashes = append(d.push.hashes, storage.MessageHash(owner, d.push.namespace, d.data))
		}
	}
	return nil
}

// auth signs requests to one's own swarm.
func (c *Client) auth() storage.Auth {
	return storage.Auth{Owner: c.configs.owner, Ed25519: c.keys.Ed25519(), Sign: c.keys.Sign}
}

// renewalDue reports whether the time that configs have in the swarm was not
// renewed of late.
func (c *Client) renewalDue() bool {
	return c.synced.Load() && time.Since(time.UnixMilli(c.renewed.Load())) > renewEvery
}

// renew keeps the configs in the swarm from expiring.
func (c *Client) renew(ctx context.Context) error {
	if !c.renewalDue() {
		return nil
	}
	var hashes []id.Hash
	err := c.edit(ctx, func(*store.Tx) error {
		for _, config := range c.configs.all() {
			hashes = append(hashes, config.ActiveHashes(c.net.Now())...)
		}
		return nil
	})
	if err == nil && len(hashes) > 0 {
		_, err = c.net.Batch(ctx, c.configs.owner, network.BatchOptions{}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
			return []storage.Request{c.auth().Expire(hashes, now.Add(configTTL), storage.Extend)}, nil
		})
	}
	if err != nil {
		return fmt.Errorf("renew the settings in the swarm: %w", err)
	}
	c.renewed.Store(time.Now().UnixMilli())
	return nil
}
