package messaging

import (
	"context"
	"time"

	"seance/store"
)

const (
	// expireAtOnce is how many messages are deleted in one transaction.
	expireAtOnce = 200
	// lookAtClocks is the longest sleep while messages wait for their end: the
	// machine's clock may be set, or the machine have slept.
	lookAtClocks = 5 * time.Second
)

// expireLoop deletes what has expired, when it does: it sleeps until the next
// message's time, or until one with an earlier time is there.
func (c *Client) expireLoop(ctx context.Context) error {
	var e expirer
	for {
		wait, err := c.expireDue(ctx, &e)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-c.db.Expiring():
		case <-c.expireNow:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return nil
		}
	}
}

// expirer remembers what front ends know.
type expirer struct {
	hiddenMS int64 // they were told of what expired up to this time
}

// expireDue deletes what has certainly expired, takes from the screens what may
// have, and says how long nothing else will.
func (c *Client) expireDue(ctx context.Context, e *expirer) (time.Duration, error) {
	latest, certain := c.clock.read()
	for {
		n, err := c.expireSome(ctx, certain)
		if err != nil {
			return 0, err
		}
		if n < expireAtOnce {
			break
		}
	}
	if latest < e.hiddenMS {
		c.hub.emit(Missed{}) // the clock was ahead: some of what was hidden is back
		e.hiddenMS = latest
	}
	hidden, err := c.db.Expired(ctx, max(e.hiddenMS, certain), latest, expireAtOnce)
	if err != nil {
		return 0, err
	}
	if len(hidden) == expireAtOnce {
		c.hub.emit(Missed{})
	} else {
		c.announceExpired(ctx, hidden, false)
	}
	e.hiddenMS = latest
	next, some, err := c.db.NextExpiry(ctx, latest)
	if err != nil {
		return 0, err
	}
	switch until := time.Duration(next-c.clock.latest()) * time.Millisecond; {
	case some:
		return min(max(until, 0), lookAtClocks), nil
	case len(hidden) > 0:
		return lookAtClocks, nil // a node is to say whether their time has come
	}
	return time.Hour, nil
}

// expireSome deletes what expired up to a time, at most expireAtOnce messages.
func (c *Client) expireSome(ctx context.Context, upToMS int64) (int, error) {
	if due, err := c.db.Expired(ctx, 0, upToMS, 1); err != nil || len(due) == 0 {
		return 0, err
	}
	var gone []store.Expired
	err := c.db.Update(ctx, func(tx *store.Tx) (err error) {
		if gone, err = tx.DeleteExpired(upToMS, expireAtOnce); err != nil {
			return err
		}
		for _, e := range gone {
			if _, err := tx.AppendEvent(EventExpired, e.Conversation, e.Row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	c.announceExpired(ctx, gone, true)
	return len(gone), nil
}

// announceExpired tells front ends that messages are no longer there.
func (c *Client) announceExpired(ctx context.Context, list []store.Expired, deleted bool) {
	ch := changes{buried: deleted}
	for _, e := range list {
		ch.gone = append(ch.gone, MessageRemoved{e.Conversation, store.Message{Row: e.Row}.ID()})
		ch.conversation(e.Conversation)
	}
	if len(list) > 0 {
		c.announce(ctx, &ch)
	}
}

// timeHeard takes the time that a node told.
func (c *Client) timeHeard(t time.Time) {
	if c.clock.hear(t) {
		wake(c.expireNow)
	}
}
