package messaging

import (
	"context"
	"fmt"
	"strings"
	"time"

	"seance/messaging/id"
	"seance/network/storage"
	"seance/store"
)

// What is read on one device ends on all of them at the same time, by way of the
// account's own swarm: the reader has it dropped there when it ends, the others
// ask when that is. Both wait in the outbox for a network.
//
// Wire reference: session-foundation/session-desktop:
// ts/session/utils/job_runners/jobs/{UpdateMsgExpirySwarmJob,FetchMsgExpirySwarmJob}.ts.

// ending is a message whose end is to be told or asked.
type ending struct {
	row  int64
	hash id.Hash
}

// endingsTogether is how many of them one entry has.
const endingsTogether = 100

// enqueueExpiry puts into the outbox that the swarm is to drop messages at a time,
// or is to be asked when it will. The time stands for that of the entry.
func (c *Client) enqueueExpiry(tx *store.Tx, kind store.OutgoingKind, atMS int64, list []ending) error {
	for len(list) > 0 {
		some := list[:min(endingsTogether, len(list))]
		list = list[len(some):]
		var data strings.Builder
		for _, e := range some {
			fmt.Fprintln(&data, e.row, e.hash)
		}
		_, err := tx.Enqueue(store.Outgoing{
			Kind: kind, Target: c.configs.owner, Namespace: nsMessages, Data: []byte(data.String()),
			TimestampMS: atMS, TTLMS: timeToLive.Milliseconds(),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// endings are those of an entry.
func endings(o store.Outgoing) (list []ending, hashes []id.Hash) {
	for line := range strings.Lines(string(o.Data)) {
		var e ending
		if n, _ := fmt.Sscan(line, &e.row, &e.hash); n == 2 {
			list, hashes = append(list, e), append(hashes, e.hash)
		}
	}
	return list, hashes
}

// expiryRequest is what such an entry asks of the swarm. What should have been
// dropped already, had there been a network, is deleted.
func (c *Client) expiryRequest(o store.Outgoing, now time.Time) storage.Request {
	_, hashes := endings(o)
	at := time.UnixMilli(o.TimestampMS)
	switch {
	case o.Kind == store.OutgoingExpiries:
		return c.auth().GetExpiries(hashes, now)
	case at.After(now):
		return c.auth().Expire(hashes, at, storage.Shorten)
	}
	return c.auth().Delete(hashes, false)
}

// isExpiry reports whether an entry is one of these.
func isExpiry(o store.Outgoing) bool {
	return o.Kind == store.OutgoingShorten || o.Kind == store.OutgoingExpiries
}

// expiryAnswered notes what the swarm said about such an entry.
func (c *Client) expiryAnswered(ctx context.Context, o store.Outgoing, times map[id.Hash]time.Time) error {
	var ch changes
	err := c.db.Update(ctx, func(tx *store.Tx) error {
		ch.reset()
		again, err := c.expiryDone(tx, o, times, &ch)
		if err != nil {
			return err
		}
		if again {
			return tx.OutgoingFailed(o.ID, lagging, time.Now().Add(lagPause).UnixMilli())
		}
		return tx.OutgoingDone(o.ID)
	})
	if err == nil {
		c.announce(ctx, &ch)
	}
	return err
}

// lagging is why an entry is sent once more: a member of the swarm may not have
// what the others have.
const lagging = "some messages were not there"

// lagPause is how long the others get until one of them is asked.
const lagPause = 5 * time.Second

// expiryDone takes over when the swarm drops messages: the earliest time counts.
// What another device has read, and twice was not there, has ended already.
func (c *Client) expiryDone(tx *store.Tx, o store.Outgoing, times map[id.Hash]time.Time, ch *changes) (again bool, err error) {
	list, _ := endings(o)
	longer := map[int64][]ending{}
	for _, e := range list {
		m, there, err := alive(tx, e.row)
		if err != nil {
			return false, err
		}
		if !there || m.Expire.AtMS == 0 {
			continue
		}
		at, known := times[e.hash]
		switch ms := at.UnixMilli(); {
		case known && ms < m.Expire.AtMS:
			if err := tx.SetExpiry(m.Row, max(ms, 1)); err != nil {
				return false, err
			}
			ch.changed = append(ch.changed, m.Row)
		case o.Kind != store.OutgoingExpiries:
		case known && ms > m.Expire.AtMS: // the other device has not come to it
			longer[m.Expire.AtMS] = append(longer[m.Expire.AtMS], e)
		case !known && o.LastError != lagging:
			again = true
		case !known:
			if err := tx.SetExpiry(m.Row, c.clock.now()); err != nil {
				return false, err
			}
		}
	}
	for at, list := range longer {
		if again {
			break // all of it comes once more
		}
		if err := c.enqueueExpiry(tx, store.OutgoingShorten, at, list); err != nil {
			return false, err
		}
	}
	return again, nil
}
