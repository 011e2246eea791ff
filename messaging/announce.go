package messaging

import (
	"context"
	"slices"

	"seance/messaging/id"
	"seance/store"
)

// changes collects what a transaction did, to tell front ends after it.
type changes struct {
	messages      []int64 // rows that are new
	changed       []int64 // rows that are known and have changed
	gone          []MessageRemoved
	emptied       []id.Conversation // many of their messages are gone
	typing        []Typing
	buried        bool // files of messages may be left on the disk
	conversations []id.Conversation
	removed       []id.Conversation
	name          *string        // the account's own; nil: as it was
	picture       *store.Picture // the same
}

func (ch *changes) reset() { *ch = changes{} }

func (ch *changes) conversation(c id.Conversation) {
	if !slices.Contains(ch.conversations, c) {
		ch.conversations = append(ch.conversations, c)
	}
}

// empty notes that many messages of a conversation, or all, were deleted.
func (ch *changes) empty(c id.Conversation) {
	ch.emptied, ch.buried = append(ch.emptied, c), true
	ch.conversation(c)
}

func (ch *changes) add(more changes) {
	ch.messages = append(ch.messages, more.messages...)
	ch.changed = append(ch.changed, more.changed...)
	ch.gone = append(ch.gone, more.gone...)
	ch.emptied = append(ch.emptied, more.emptied...)
	ch.typing = append(ch.typing, more.typing...)
	ch.buried = ch.buried || more.buried
	for _, c := range more.conversations {
		ch.conversation(c)
	}
	ch.removed = append(ch.removed, more.removed...)
	if more.name != nil {
		ch.name = more.name
	}
	if more.picture != nil {
		ch.picture = more.picture
	}
}

// announce tells front ends what changed. What cannot be read back is left
// out: they see it when they next look.
func (c *Client) announce(ctx context.Context, ch *changes) {
	if ch.name != nil || ch.picture != nil {
		self := c.Self()
		if ch.name != nil {
			self.Name = *ch.name
		}
		if ch.picture != nil {
			self.Picture = *ch.picture
		}
		c.self.Store(&self)
	}
	ctx = context.WithoutCancel(ctx)
	if ch.buried || len(ch.removed) > 0 {
		wake(c.sendNow) // one's own swarm is to forget it too
		if err := c.db.Sweep(ctx); err != nil {
			c.log.Warn("files of deleted messages are left for later", "error", err)
		}
	}
	if c.hub.idle() {
		return
	}
	for _, e := range ch.typing { // before the messages, with which typing ends
		c.hub.emit(e)
	}
	for _, row := range ch.messages {
		if m, err := c.message(ctx, row); err == nil {
			c.hub.emit(MessageAdded{m})
		}
	}
	for _, row := range ch.changed {
		if m, err := c.message(ctx, row); err == nil {
			c.hub.emit(MessageChanged{m})
		}
	}
	for _, e := range ch.gone {
		c.hub.emit(e)
	}
	for _, id := range ch.emptied {
		c.hub.emit(MessagesRemoved{id})
	}
	for _, id := range ch.conversations {
		if v, err := c.Conversation(ctx, id); err == nil {
			c.hub.emit(ConversationChanged{v})
		}
	}
	for _, id := range ch.removed {
		c.hub.emit(ConversationRemoved{id})
	}
}

// announceAdded tells of a message that was written here, and returns it.
func (c *Client) announceAdded(ctx context.Context, row int64) (Message, error) {
	m, err := c.message(context.WithoutCancel(ctx), row)
	if err != nil {
		return m, err
	}
	c.announce(ctx, &changes{messages: []int64{row}, conversations: []id.Conversation{m.Conversation}})
	return m, nil
}

// announceChanged tells of a message's new state.
func (c *Client) announceChanged(ctx context.Context, row int64) {
	m, err := c.message(context.WithoutCancel(ctx), row)
	if err != nil {
		return
	}
	c.hub.emit(MessageChanged{m})
	c.announce(ctx, &changes{conversations: []id.Conversation{m.Conversation}})
}

// update runs a change of one conversation's settings and announces it.
func (c *Client) update(ctx context.Context, conv id.Conversation, f func(*store.Tx, store.Conversation) error) error {
	err := c.edit(ctx, func(tx *store.Tx) error {
		v, err := tx.Conversation(conv)
		if err != nil {
			return unknown(err, "conversation")
		}
		return f(tx, v)
	})
	if err == nil {
		c.announce(ctx, &changes{conversations: []id.Conversation{conv}})
	}
	return err
}
