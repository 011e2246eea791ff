package messaging

import (
	"time"

	"google.golang.org/protobuf/proto"

	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/network/storage"
	"seance/store"
)

// Messages that disappear carry their timer. After sending, it runs from when the
// recipient's swarm has the message; after reading, for what was received it runs
// from when any device of the account read it, and for what was sent from when the
// swarm has it as well. When it is over is kept with the message (AtMS), and what
// one's own swarm has is made to end then too. A message that was not sent does
// not run out.
//
// Wire reference: session-foundation/session-desktop: ts/session/disappearing_messages,
// ts/session/messages/outgoing/ExpirableMessage.ts.

// expireAs is a timer as a message has it whose clock has not begun.
func expireAs(t store.Timer) store.Expire {
	if t.Mode == store.ExpireNever || t.Seconds <= 0 {
		return store.Expire{}
	}
	return store.Expire{Mode: t.Mode, Seconds: min(t.Seconds, int64(maxTimer/time.Second))}
}

// expireOf is what Content says of disappearing, in a conversation. What is longer
// than any app offers counts as the longest.
func expireOf(content *sessionpb.Content, kind id.Kind) store.Expire {
	t := store.Timer{Seconds: int64(content.GetExpirationTimer())}
	switch content.GetExpirationType() {
	case sessionpb.Content_AFTER_SEND:
		t.Mode = store.ExpireAfterSend
	case sessionpb.Content_AFTER_READ:
		t.Mode = store.ExpireAfterRead
		if kind == id.KindSelf { // nobody reads what they wrote to themselves
			t.Mode = store.ExpireAfterSend
		}
	}
	return expireAs(t)
}

// setExpire has Content say when it disappears.
func setExpire(content *sessionpb.Content, e store.Expire) {
	kind := sessionpb.Content_OFF
	switch e.Mode {
	case store.ExpireAfterSend:
		kind = sessionpb.Content_AFTER_SEND
	case store.ExpireAfterRead:
		kind = sessionpb.Content_AFTER_READ
	}
	content.ExpirationType, content.ExpirationTimer = kind.Enum(), proto.Uint32(uint32(e.Seconds))
}

func timerMS(e store.Expire) int64 { return e.Seconds * 1000 }

// swarmMS is for how long the recipient's swarm keeps a message: in a swarm it is
// not read, so a timer that starts with reading does not shorten that.
func swarmMS(e store.Expire) int64 {
	if e.Mode != store.ExpireAfterSend {
		return timeToLive.Milliseconds()
	}
	return min(max(timerMS(e), storage.MinTTL.Milliseconds()), timeToLive.Milliseconds())
}

// copyMS is for how long one's own swarm keeps the copy of a message, since the
// message's timestamp.
func copyMS(m store.Message) int64 {
	if m.Expire.AtMS == 0 {
		return timeToLive.Milliseconds()
	}
	return m.Expire.AtMS - m.TimestampMS
}

// storing is when an entry is said to be stored, and for how long. The clock of
// what disappears begins then, however long it waited; its copy for other devices
// ends with it.
func storing(o store.Outgoing, now time.Time) (at time.Time, ttl time.Duration) {
	ttl = time.Duration(o.TTLMS) * time.Millisecond
	switch disappears := ttl != timeToLive; {
	case disappears && (o.Kind == store.OutgoingMessage || o.Kind == store.OutgoingControl):
		return now, ttl
	case disappears && o.Kind == store.OutgoingCopy:
		ttl = time.UnixMilli(o.TimestampMS + o.TTLMS).Sub(now)
		return now, min(max(ttl, storage.MinTTL), timeToLive)
	}
	// A message that was written while the clock was ahead would be refused
	// until that time has come. The time of storing is no part of it.
	return time.UnixMilli(min(o.TimestampMS, now.UnixMilli())), ttl
}

// giveUpMS is when an entry is no longer worth sending. A message that disappears
// waits for the network as long as any other.
func giveUpMS(o store.Outgoing) int64 {
	if o.Kind == store.OutgoingMessage || o.Kind == store.OutgoingContent || o.Kind == store.OutgoingControl {
		return o.TimestampMS + timeToLive.Milliseconds()
	}
	return o.TimestampMS + o.TTLMS
}

// startSent begins the clock of a message that the swarm has since a time, which
// the node told: bounded, as a single one could say anything.
func (c *Client) startSent(tx *store.Tx, m *store.Message, stored time.Time) error {
	if m.Expire.Mode == store.ExpireNever || m.Expire.AtMS != 0 {
		return nil
	}
	at := c.clock.now()
	if ms := stored.UnixMilli(); !stored.IsZero() && ms < at && at-ms < time.Minute.Milliseconds() {
		at = ms
	}
	m.Expire.AtMS = at + timerMS(m.Expire)
	return tx.SetExpiry(m.Row, m.Expire.AtMS)
}

// expiresMS is when the swarm drops a message; 0 is not known.
func expiresMS(m storage.Stored) int64 {
	if m.Expiration.IsZero() {
		return 0
	}
	return max(0, m.Expiration.UnixMilli())
}

// expire gives a message that came its timer, and its end where the clock runs
// already. For what starts with the sending that is when the swarm drops it, but
// no later than if it was stored only now.
func (in *incoming) expire(m *store.Message, v store.Conversation) {
	m.Expire = expireOf(in.content, v.Kind)
	now, timer := in.c.clock.now(), timerMS(m.Expire)
	switch {
	case m.Expire.Mode == store.ExpireNever:
	case m.Expire.Mode == store.ExpireAfterSend || m.Direction == store.Out:
		m.Expire.AtMS = min(in.stored, now) + timer
		if in.expires > 0 {
			m.Expire.AtMS = min(in.expires, m.Expire.AtMS)
		}
	case v.LastReadMS >= m.TimestampMS: // it was read elsewhere, which may have shortened its life
		m.Expire.AtMS = now + timer
		if in.expires > 0 {
			m.Expire.AtMS = min(in.expires, m.Expire.AtMS)
		}
	}
}

// shorten has the swarm drop a message that came, and was read elsewhere, when it
// disappears here, if it would keep it for longer.
func (in *incoming) shorten(tx *store.Tx, m store.Message) error {
	started := m.Expire.Mode == store.ExpireAfterRead && m.Direction == store.In && m.Expire.AtMS != 0
	if !started || m.Expire.AtMS == in.expires {
		return nil
	}
	return in.c.enqueueExpiry(tx, store.OutgoingShorten, m.Expire.AtMS, []ending{{m.Row, m.Hash}})
}

// startRead begins the clocks of what was just read in a conversation, here or
// elsewhere. What another device read it may have read long ago: the swarm is
// asked, and until it answers the message lives no longer than if it was read now.
func (c *Client) startRead(tx *store.Tx, conv id.Conversation, elsewhere bool, ch *changes) error {
	list, err := tx.Unstarted(conv)
	if err != nil || len(list) == 0 {
		return err
	}
	now := c.clock.now()
	ends := map[int64][]ending{}
	for _, u := range list {
		at := now + u.Seconds*1000
		if err := tx.SetExpiry(u.Row, at); err != nil {
			return err
		}
		if u.Hash != "" {
			ends[at] = append(ends[at], ending{u.Row, u.Hash})
		}
		if len(list) <= showStarted {
			ch.changed = append(ch.changed, u.Row)
		}
	}
	kind := store.OutgoingShorten
	if elsewhere {
		kind = store.OutgoingExpiries
	}
	for at, list := range ends {
		if err := c.enqueueExpiry(tx, kind, at, list); err != nil {
			return err
		}
	}
	return nil
}

// showStarted is of how many messages at a time front ends hear that their clocks
// have begun. A screen has fewer.
const showStarted = 200
