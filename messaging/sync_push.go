package messaging

import (
	"context"
	"fmt"
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
	pushRefused = time.Hour       // before what a node would not take is tried again
	renewEvery  = 6 * time.Hour   // the time that configs have in the swarm
	configTTL   = storage.MaxPrivateTTL
	// heardLately is how long ago the swarm may have been asked for what others
	// did. Who is more versions behind than a merge goes back would push in vain,
	// and take what was replaced for what was lost.
	heardLately = time.Minute
	// sameTime is how long what is stored keeps its time through further tries, for
	// one whose answer was lost may have stored it. A node takes it for as long.
	sameTime = 30 * time.Second
)

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
	at        time.Time // of its messages in the swarm
}

// push stores the configs that have changed, all parts of each, and deletes
// what they replace, in that order and ending at the first failure. A config
// that was edited meanwhile stays unpushed. One that is refused does not keep
// the others from being stored.
func (c *Client) push(ctx context.Context) error {
	// Pushes do not overlap: a command may push beside the loop.
	select {
	case c.pushing <- struct{}{}:
		defer func() { <-c.pushing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if !c.synced.Load() {
		return nil
	}
	due := false
	err := c.edit(ctx, func(tx *store.Tx) error {
		left, err := retired(tx, retiredKey)
		due = len(c.configs.unpushed(c.net.Now()))+len(left) > 0
		return err
	})
	if err == nil && due {
		err = c.hear(ctx)
	}
	if err != nil || !due {
		return err
	}
	var pushes []pushed
	var obsolete []id.Hash
	err = c.db.Update(ctx, func(tx *store.Tx) error {
		pushes, obsolete = nil, nil
		if err := c.configs.begin(tx); err != nil {
			return err
		}
		now := c.net.Now()
		var replaced []id.Hash
		for _, config := range c.configs.unpushed(now) {
			p, err := config.Push(now)
			if err != nil {
				return err
			}
			replaced = append(replaced, p.Obsolete...)
			pushes = append(pushes, pushed{Push: p, namespace: config.Kind().Namespace()})
		}
		left, err := retire(tx, retiredKey, replaced)
		if err != nil {
			return err
		}
		if !c.configs.held(now) {
			obsolete = left
		}
		return c.configs.end(tx, now)
	})
	if err != nil || len(pushes)+len(obsolete) == 0 {
		return err
	}
	var refused []id.Namespace
	deleted, err := c.storeConfigs(ctx, c.auth(), pushes, obsolete)
	if _, final := refusal(err); final {
		if pushes, refused, err = c.storeEach(ctx, pushes); len(refused) > 0 {
			c.log.Warn("a node does not take settings", "namespaces", refused)
		}
	}
	if err != nil {
		return err
	}
	return c.edit(ctx, func(tx *store.Tx) error {
		for _, p := range pushes {
			c.configs.of(p.namespace).Confirm(p.Seqno, p.hashes)
		}
		for _, ns := range refused {
			c.configs.refused[ns] = c.net.Now().Add(pushRefused)
		}
		if !deleted {
			return nil // with the next push
		}
		return retiredDone(tx, retiredKey, obsolete)
	})
}

// hear asks the swarm for what other devices did, if that was not done of late.
func (c *Client) hear(ctx context.Context) error {
	if time.Since(time.UnixMilli(c.heard.Load())).Abs() < heardLately {
		return nil
	}
	_, err := c.poll(ctx, nil)
	return err
}

// storeEach stores configs one by one, for a node refuses a whole sequence for one
// of its requests. It tells those that it stored from those that are refused alone.
func (c *Client) storeEach(ctx context.Context, pushes []pushed) (taken []pushed, refused []id.Namespace, err error) {
	for _, p := range pushes {
		one := []pushed{p}
		_, err := c.storeConfigs(ctx, c.auth(), one, nil)
		if _, final := refusal(err); final {
			refused = append(refused, p.namespace)
		} else if err != nil {
			return nil, nil, err
		} else {
			taken = append(taken, one...)
		}
	}
	return taken, refused, nil
}

// storeConfigs fills in the hashes of what it has stored, and reports whether
// what is obsolete was deleted.
func (c *Client) storeConfigs(ctx context.Context, auth storage.Auth, pushes []pushed, obsolete []id.Hash) (deleted bool, err error) {
	owner := auth.Owner
	// step is what one request of the sequence does; the last one deletes.
	type step struct {
		push *pushed
		data []byte
	}
	var steps []step
	for i := range pushes {
		pushes[i].hashes = nil
		for _, data := range pushes[i].Messages {
			steps = append(steps, step{&pushes[i], data})
		}
	}
	if len(obsolete) > 0 {
		steps = append(steps, step{})
	}
	var at time.Time
	for some := range slices.Chunk(steps, storage.MaxSteps) {
		reply, err := c.net.Batch(ctx, owner, network.BatchOptions{Sequence: true}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
			if now.Sub(at).Abs() > sameTime {
				at = now
			}
			requests := make([]storage.Request, len(some))
			for i, s := range some {
				if s.push == nil {
					requests[i] = auth.Delete(obsolete, false)
					continue
				}
				requests[i] = auth.Store(storage.Message{Namespace: s.push.namespace, Timestamp: at, TTL: configTTL, Data: s.data}, now)
			}
			return requests, nil
		})
		if err != nil {
			return false, err
		}
		for i, s := range some {
			if i >= len(reply.Results) {
				return false, fmt.Errorf("store settings: %d of %d requests were answered", i, len(some))
			}
			if s.push == nil {
				_, _, err := reply.Results[i].Deleted()
				deleted = err == nil
				continue
			}
			if _, err := reply.Results[i].Store(); err != nil {
				return false, fmt.Errorf("store settings: %w", err)
			}
			s.push.at = at
			s.push.hashes = append(s.push.hashes, storage.MessageHash(owner, s.push.namespace, s.data))
		}
	}
	return deleted, nil
}

// auth signs requests to one's own swarm.
func (c *Client) auth() storage.Auth {
	return storage.Auth{Owner: c.configs.owner, Ed25519: c.keys.Ed25519(), Sign: c.keys.Sign}
}

// renewalDue reports whether the time that configs have in the swarm was not
// renewed of late.
func (c *Client) renewalDue() bool {
	return c.synced.Load() && time.Since(time.UnixMilli(c.renewed.Load())).Abs() > renewEvery
}

// renew keeps the configs in the swarm from expiring. One that has expired, as
// while no device was there for a month, is stored again.
func (c *Client) renew(ctx context.Context) error {
	if !c.renewalDue() {
		return nil
	}
	if err := c.hear(ctx); err != nil {
		return err
	}
	var hashes []id.Hash
	err := c.edit(ctx, func(*store.Tx) error {
		hashes = nil
		for _, config := range c.configs.all() {
			hashes = append(hashes, config.ActiveHashes(c.net.Now())...)
		}
		return nil
	})
	if err == nil && len(hashes) > 0 {
		err = c.extend(ctx, hashes)
	}
	if err != nil {
		return fmt.Errorf("renew the settings in the swarm: %w", err)
	}
	if err := c.renewPicture(ctx); err != nil {
		c.log.Warn("the picture is not renewed", "error", err) // the next time
	}
	c.renewed.Store(time.Now().UnixMilli())
	return nil
}

func (c *Client) extend(ctx context.Context, hashes []id.Hash) error {
	reply, err := c.net.Batch(ctx, c.configs.owner, network.BatchOptions{}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
		return []storage.Request{c.auth().Expire(hashes, now.Add(configTTL), storage.Extend)}, nil
	})
	if err != nil {
		return err
	}
	there, err := reply.Results[0].Expiries()
	if err != nil {
		return err
	}
	return c.edit(ctx, func(*store.Tx) error {
		for _, config := range c.configs.all() {
			gone := func(h id.Hash) bool { return slices.Contains(hashes, h) && there[h].IsZero() }
			if slices.ContainsFunc(config.CurrentHashes(), gone) {
				config.Lost()
			}
		}
		return nil
	})
}
