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
	Nickname   *string // at most MaxName bytes; "" takes it away
	Pinned     *bool
	MutedUntil *time.Time // zero: not muted
	Hidden     *bool      // left out of the list, with its messages deleted, until somebody writes
}

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
	account, ok := conv.Account()
	if !ok {
		return fmt.Errorf("%w: only conversations with people have settings in this version", ErrInvalid)
	}
	err := c.edit(ctx, func(tx *store.Tx) error {
		v, err := c.conversationWith(tx, account)
		if err != nil {
			return err
		}
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
		if s.Hidden != nil {
			v.Hidden = *s.Hidden
			if v.Hidden {
				v.Priority = 0
				if err := tx.DeleteMessages(conv); err != nil {
					return err
				}
			}
		}
		return c.put(tx, v)
	})
	if err == nil {
		c.announce(ctx, &changes{conversations: []id.Conversation{conv}})
	}
	return err
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
