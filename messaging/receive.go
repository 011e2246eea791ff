package messaging

import (
	"context"
	"errors"
	"slices"
	"time"

	"seance/messaging/id"
	"seance/network/snode"
	"seance/network/storage"
	"seance/store"
)

// nsMessages is the namespace of what people write to an account.
const nsMessages id.Namespace = 0

// polled are the namespaces of one's own swarm that are asked for in every
// poll. What is in those of the configs is handled first.
//
// Wire reference: session-foundation/session-desktop:
// ts/session/apis/snode_api/{swarmPolling,namespaces}.ts.
var polled = append(slices.Clip(configSpaces), space{nsMessages, -2})

const (
	pollWatched = 3 * time.Second  // between polls while somebody looks
	pollIdle    = 20 * time.Second // while nobody does
	pollFailed  = time.Minute      // the longest pause after failures
	pruneEvery  = 24 * time.Hour   // between looks for hashes that need no longer be remembered
	seenMargin  = 24 * time.Hour   // how long a hash is remembered after its message expired
	takeAtOnce  = 100              // messages in one transaction
)

// pollLoop asks the account's swarm for news, again and again.
func (c *Client) pollLoop(ctx context.Context) error {
	var failures int
	var last error
	var pruned time.Time
	for first := true; ; first = false {
		_, err := c.poll(ctx, nil)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			failures++
			c.log.Warn("poll failed", "failures", failures, "error", err)
		} else {
			failures = 0
		}
		if now := time.Now(); now.Sub(pruned) > pruneEvery {
			pruned = now
			if err := c.forgetOld(ctx, now); err != nil && ctx.Err() == nil {
				c.log.Warn("what is old is kept", "error", err)
			}
		}
		if first || (err == nil) != (last == nil) {
			c.hub.emit(Synced{err})
		}
		last = err
		pause := pollIdle
		if c.watched.Load() > 0 {
			pause = pollWatched
		}
		if failures > 1 {
			pause = min(pollFailed, pause<<min(failures-1, 5))
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-c.pollNow:
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return nil
		}
	}
}

// forgetOld drops the hashes of messages that no swarm holds any more, and files
// that nothing has.
func (c *Client) forgetOld(ctx context.Context, now time.Time) error {
	err := c.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.PruneSeen(now.UnixMilli())
		return err
	})
	return errors.Join(err, c.db.Sweep(ctx))
}

// Receive polls until the members of the swarm that were asked, two where
// there are two, have nothing new, and then the groups in the same way. What it
// brings is on disk when it returns.
// That the second one fails, or that ctx ends meanwhile, is no error: others
// bring what it has with the next poll.
func (c *Client) Receive(ctx context.Context) error {
	if err := c.receiveOwn(ctx); err != nil {
		return err
	}
	return c.receiveGroups(ctx)
}

func (c *Client) receiveOwn(ctx context.Context) error {
	first, err := c.poll(ctx, nil)
	for err == nil {
		var second pollResult
		second, err = c.poll(ctx, []snode.Key{first.member})
		if err != nil || first.fresh+second.fresh == 0 && !first.more && !second.more {
			return nil
		}
		if first, err = c.poll(ctx, nil); err != nil {
			return nil
		}
	}
	return err
}

type pollResult struct {
	member snode.Key
	fresh  int  // messages that were not known
	more   bool // the member has more behind what it answered
}

// poll asks one member of the account's swarm, all namespaces in one batch.
// Members answer in orders of their own, so each has its own cursors, and as
// single members may lag, what one does not have the next one brings.
func (c *Client) poll(ctx context.Context, avoid []snode.Key) (pollResult, error) {
	if !c.synced.Load() {
		if err := c.firstSync(ctx); err != nil {
			return pollResult{}, err
		}
	}
	reply, err := c.retrieve(ctx, polled, avoid)
	result := pollResult{member: reply.member, more: reply.more}
	if err != nil {
		return result, err
	}
	news, err := c.takeConfigs(ctx, reply, false)
	if err != nil {
		return result, err
	}
	c.heard.Store(time.Now().UnixMilli())
	if news {
		result.fresh++
	}
	if c.renewalDue() {
		wake(c.pushNow)
	}
	fresh, err := c.take(ctx, c.ownInbox(), reply.member, reply.answers[nsMessages])
	result.fresh += fresh
	if err != nil {
		return result, err
	}
	if result.more {
		wake(c.pollNow)
	}
	return result, c.restored(ctx, fresh, !result.more)
}

// inbox is where messages come in: the account's own, or that of a group.
type inbox struct {
	owner     id.Pubkey
	namespace id.Namespace
	// open reads a message, in the transaction that will do what it says. The error
	// is errEarly if it may be read later.
	open func(*store.Tx, storage.Stored) (incoming, error)
}

func (c *Client) ownInbox() inbox {
	return inbox{c.configs.owner, nsMessages, func(_ *store.Tx, m storage.Stored) (incoming, error) { return c.openMessage(m) }}
}

// take puts what a node answered on disk. A message, the events about it, the
// memory of its hash and the cursor of the node go into one transaction, so
// that a crash leaves all of them or none. It counts the messages that were
// not known. A message that cannot be read is remembered and skipped.
func (c *Client) take(ctx context.Context, box inbox, member snode.Key, messages []storage.Stored) (fresh int, err error) {
	for len(messages) > 0 {
		some := messages[:min(takeAtOnce, len(messages))]
		messages = messages[len(some):]
		var changes changes
		taken := 0
		err := c.edit(ctx, func(tx *store.Tx) error {
			changes.reset()
			taken = 0
			for _, m := range some {
				// A node that lies could put rubbish under the hash of a message
				// that the others have. What we compute cannot be had that way.
				m.Hash = storage.MessageHash(box.owner, box.namespace, m.Data)
				known, err := tx.Seen(box.owner, box.namespace, m.Hash)
				if err != nil {
					return err
				}
				if known {
					continue
				}
				err = c.takeOne(tx, box, m, &changes)
				if errors.Is(err, errEarly) {
					continue
				}
				if err != nil {
					return err
				}
				taken++
				if err := tx.MarkSeen(box.owner, box.namespace, m.Hash, forgetAt(m).UnixMilli()); err != nil {
					return err
				}
			}
			return tx.SetCursor(box.owner, box.namespace, member, some[len(some)-1].Hash)
		})
		if err != nil {
			return fresh, err
		}
		fresh += taken
		c.announce(ctx, &changes)
	}
	return fresh, nil
}

// forgetAt is when a message's hash need no longer be remembered.
func forgetAt(m storage.Stored) time.Time {
	latest := time.Now().Add(storage.MaxPrivateTTL)
	if m.Expiration.IsZero() || m.Expiration.After(latest) {
		return latest.Add(seenMargin)
	}
	return m.Expiration.Add(seenMargin)
}
