package messaging

import (
	"context"
	"fmt"
	"time"

	"seance/messaging/id"
	"seance/store"
)

// Settings are what a user changes of a conversation; nil leaves a setting as
// it is. All devices of the account follow.
type Settings struct {
	Nickname   *string // of people; at most MaxName bytes; "" takes it away
	Pinned     *bool
	MutedUntil *time.Time // zero: not muted
	Notify     *store.Notify
	Timer      *store.Timer // of people: when the messages written from now on disappear; they are told
	Unread     *bool        // marked to be read again
	Hidden     *bool        // of people: left out of the list, with its messages deleted, until somebody writes
}

// forPeople reports whether there is anything in s that only conversations with
// people have.
func (s Settings) forPeople() bool { return s.Nickname != nil || s.Timer != nil || s.Hidden != nil }

// Forever is until when something is muted that is muted for good. In the
// configs, a number of seconds much greater would be taken for milliseconds.
var Forever = time.Date(2255, 1, 1, 0, 0, 0, 0, time.UTC)

// Configure changes the settings of a conversation, which may be with somebody
// who is not known yet.
func (c *Client) Configure(ctx context.Context, conv id.Conversation, s Settings) error {
	if s.Nickname != nil {
		if err := checkName(*s.Nickname); err != nil {
			return err
		}
	}
	if s.Timer != nil {
		if err := checkTimer(conv == id.With(c.Self().Account), *s.Timer); err != nil {
			return err
		}
	}
	ch := changes{}
	err := c.edit(ctx, func(tx *store.Tx) error {
		ch.reset()
		ch.conversation(conv)
		v, err := c.configurable(tx, conv, s)
		if err != nil {
			return err
		}
		before := v.Timer
		if s.Nickname != nil {
			v.Nickname = *s.Nickname
		}
		if s.Pinned != nil {
			v.Priority = 0
			if *s.Pinned {
				v.Priority = 1
			}
		}
		if s.MutedUntil != nil {
			v.MutedUntilMS = unixSeconds(*s.MutedUntil) * 1000
		}
		if s.Notify != nil {
			v.Notify = *s.Notify
		}
		if s.Timer != nil {
			v.Timer = *s.Timer
		}
		if s.Unread != nil {
			v.MarkedUnread = *s.Unread
		}
		if s.Hidden != nil {
			v.Hidden = *s.Hidden
			if v.Hidden {
				v.Priority = 0
				if err := tx.DeleteMessages(conv); err != nil {
					return err
				}
				ch.empty(conv)
			}
		}
		if err := c.put(tx, v); err != nil || v.Timer == before {
			return err
		}
		return c.sendTimer(tx, v, &ch)
	})
	if err == nil {
		wake(c.sendNow)
		c.announce(ctx, &ch)
	}
	return err
}

// configurable is the conversation whose settings are to be changed to s.
func (c *Client) configurable(tx *store.Tx, conv id.Conversation, s Settings) (store.Conversation, error) {
	if account, ok := conv.Account(); ok {
		if s.Notify != nil && *s.Notify == store.NotifyMentions {
			return store.Conversation{}, fmt.Errorf("%w: people do not mention each other where they are two", ErrInvalid)
		}
		return c.conversationWith(tx, account)
	}
	v, err := tx.Conversation(conv)
	switch {
	case err != nil:
		return v, unknown(err, "conversation")
	case v.Membership == store.Archived:
		return v, fmt.Errorf("%w: groups of the old kind can only be read", ErrInvalid)
	case s.forPeople():
		return v, fmt.Errorf("%w: only conversations with people have a nickname, a timer, or can be hidden", ErrInvalid)
	}
	return v, nil
}

// maxTimer is the longest time after which messages disappear.
const maxTimer = 14 * 24 * time.Hour

// checkTimer keeps to what other clients take.
func checkTimer(notes bool, t store.Timer) error {
	switch {
	case t == store.Timer{}:
		return nil
	case t.Seconds <= 0 || t.Seconds > int64(maxTimer/time.Second):
		return fmt.Errorf("%w: messages disappear after at most two weeks", ErrInvalid)
	case t.Mode != store.ExpireAfterSend && (notes || t.Mode != store.ExpireAfterRead):
		return fmt.Errorf("%w: notes to self disappear after they are sent, not after they are read", ErrInvalid)
	}
	return nil
}

// Forget deletes a contact and the conversation with them, on all devices. If
// they write again, that is a message request.
func (c *Client) Forget(ctx context.Context, who id.Account) error {
	conv := id.With(who)
	if who == c.Self().Account {
		return fmt.Errorf("%w: this is your own account", ErrInvalid)
	}
	err := c.edit(ctx, func(tx *store.Tx) error {
		if _, err := tx.Conversation(conv); err != nil {
			return unknown(err, "contact")
		}
		return c.remove(tx, conv)
	})
	if err == nil {
		c.announce(ctx, &changes{removed: []id.Conversation{conv}})
	}
	return err
}
