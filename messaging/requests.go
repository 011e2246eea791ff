package messaging

import (
	"context"
	"fmt"

	"seance/messaging/id"
	"seance/store"
)

// Accept takes a message request: the conversation becomes an ordinary one,
// and the other side is told.
func (c *Client) Accept(ctx context.Context, who id.Account) error {
	profile, err := c.profile(ctx)
	if err != nil {
		return err
	}
	err = c.update(ctx, id.With(who), func(tx *store.Tx, v store.Conversation) error {
		v.Blocked = false
		now, err := tx.ClaimTimestamp(c.net.Now().UnixMilli())
		if err != nil {
			return err
		}
		_, err = c.approve(tx, v, now, profile)
		return err
	})
	wake(c.sendNow)
	return err
}

// Decline turns a message request away: it leaves the list with what was
// written in it, and the other side learns nothing. Should they write again,
// that is a new request.
func (c *Client) Decline(ctx context.Context, who id.Account) error {
	conv := id.With(who)
	err := c.edit(ctx, func(tx *store.Tx) error {
		v, err := tx.Conversation(conv)
		if err != nil {
			return unknown(err, "request")
		}
		if !v.Request {
			return fmt.Errorf("%w: this is not a message request", ErrInvalid)
		}
		return c.remove(tx, conv)
	})
	if err == nil {
		c.hub.emit(ConversationRemoved{conv})
	}
	return err
}

// DeclineAll turns all message requests away, and all invitations to groups.
func (c *Client) DeclineAll(ctx context.Context) error {
	var ch changes
	err := c.edit(ctx, func(tx *store.Tx) error {
		ch.reset()
		list, err := tx.Conversations()
		if err != nil {
			return err
		}
		for _, v := range list {
			if !v.Request {
				continue
			}
			if name, ok := v.ID.Group(); ok {
				if err := c.dropGroup(tx, name, &ch); err != nil {
					return err
				}
				continue
			}
			if err := c.remove(tx, v.ID); err != nil {
				return err
			}
			ch.removed = append(ch.removed, v.ID)
		}
		return nil
	})
	if err == nil {
		c.announce(ctx, &ch)
	}
	return err
}

// Block drops whatever an account sends from now on. It need not be known.
func (c *Client) Block(ctx context.Context, who id.Account) error {
	if who == c.Self().Account {
		return fmt.Errorf("%w: this is your own account", ErrInvalid)
	}
	err := c.edit(ctx, func(tx *store.Tx) error { return c.block(tx, who) })
	if err == nil {
		c.announce(ctx, &changes{conversations: []id.Conversation{id.With(who)}})
	}
	return err
}

func (c *Client) block(tx *store.Tx, who id.Account) error {
	v, err := c.conversationWith(tx, who)
	if err != nil {
		return err
	}
	v.Blocked = true
	return c.put(tx, v)
}

// Unblock lets an account write again. What it sent meanwhile is gone.
func (c *Client) Unblock(ctx context.Context, who id.Account) error {
	return c.update(ctx, id.With(who), func(tx *store.Tx, v store.Conversation) error {
		v.Blocked = false
		return c.put(tx, v)
	})
}
