package messaging

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// Scope says where a message is deleted.
type Scope int

// The scopes of Delete.
const (
	ForMe     Scope = iota // on this device
	MyDevices              // on all devices of the account
	Everyone               // there, and with the people it was sent to; one's own messages only
)

// tombstone is what stands for a message that was deleted.
const tombstone = "This message was deleted."

// Delete deletes a message, really: its text, what the search knows of it, its
// files and reactions, and with Everyone and MyDevices what one's own swarm has
// of it. A line stays behind that says so, except in the notes to oneself, and
// except with ForMe. Other people's apps are asked to do the same; nobody can
// make them. What has to be sent for it waits in the outbox, so it works
// without a network too.
//
// Wire reference: session-foundation/session-desktop: ts/interactions/conversations/unsendingInteractions.ts.
func (c *Client) Delete(ctx context.Context, messageID string, scope Scope) error {
	row, err := store.ParseMessageID(messageID)
	if err != nil {
		return err
	}
	var ch changes
	err = c.edit(ctx, func(tx *store.Tx) error {
		ch.reset()
		m, err := tx.Message(row)
		if err != nil {
			return unknown(err, "message")
		}
		name, inGroup := m.Conversation.Group()
		if scope == ForMe || inGroup && scope == MyDevices || m.State == store.StateFailed || m.Kind == store.KindInfo {
			return c.erase(tx, m, &ch)
		}
		if scope == Everyone && !inGroup && m.Direction != store.Out {
			return fmt.Errorf("%w: only their author can delete messages for everyone", ErrInvalid)
		}
		if inGroup {
			err = c.sendDeletion(tx, name, m)
		} else {
			err = c.sendUnsend(tx, m, scope)
		}
		if err != nil {
			return err
		}
		if m.State == store.StateSending {
			return c.erase(tx, m, &ch) // no other device has heard of it
		}
		_, err = c.unsent(tx, m, &ch)
		return err
	})
	if err != nil {
		return err
	}
	wake(c.sendNow)
	c.announce(ctx, &ch)
	return nil
}

// sendUnsend asks the recipient of a message, and one's own other devices, to
// delete it.
func (c *Client) sendUnsend(tx *store.Tx, m store.Message, scope Scope) error {
	self := c.Self().Account
	to := []id.Account{self}
	if account, ok := m.Conversation.Account(); ok && scope == Everyone && account != self {
		to = []id.Account{account, self}
	}
	author, ok := m.Author.Account()
	if !ok {
		return fmt.Errorf("%w: this message has no author whom it could be asked of", ErrInvalid)
	}
	for _, account := range to {
		err := c.signal(tx, store.Conversation{ID: id.With(account)}, &sessionpb.Content{
			UnsendRequest: &sessionpb.UnsendRequest{
				Timestamp: proto.Uint64(uint64(m.TimestampMS)), Author: proto.String(author.String()),
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unsent does what an unsend asks for: a line stays, but not in the notes to
// oneself. It reports whether the message is gone altogether.
func (c *Client) unsent(tx *store.Tx, m store.Message, ch *changes) (gone bool, err error) {
	if m.Conversation == id.With(c.Self().Account) {
		if err := c.deleteFromSwarm(tx, m.OwnHash()); err != nil {
			return false, err
		}
		return true, c.erase(tx, m, ch)
	}
	if err := tx.Bury(m.Row, tombstone); err != nil {
		return false, err
	}
	ch.changed, ch.buried = append(ch.changed, m.Row), true
	ch.conversation(m.Conversation)
	if _, err := tx.AppendEvent(EventDeleted, m.Conversation, m.Row); err != nil {
		return false, err
	}
	if _, inGroup := m.Conversation.Group(); inGroup {
		return false, nil // by an admin: see sendDeletion
	}
	return false, c.deleteFromSwarm(tx, m.OwnHash())
}

// erase removes a message from this device. Should the network bring it once
// more, it is removed once more.
func (c *Client) erase(tx *store.Tx, m store.Message, ch *changes) error {
	if _, err := tx.AppendEvent(EventDeleted, m.Conversation, m.Row); err != nil {
		return err
	}
	if err := tx.DeleteMessage(m.Row); err != nil {
		return err
	}
	ch.gone, ch.buried = append(ch.gone, MessageRemoved{m.Conversation, m.ID()}), true
	ch.conversation(m.Conversation)
	return tx.Wait(store.Waiting{
		Conversation: m.Conversation, Author: m.Author, TimestampMS: m.TimestampMS, Kind: store.WaitingGone,
		Sender: c.Self().Account.Sender(), ReceivedMS: c.net.Now().UnixMilli(),
	})
}

// deleteFromSwarm has the outbox remove a message from one's own swarm; "" is
// none.
func (c *Client) deleteFromSwarm(tx *store.Tx, hash id.Hash) error {
	if hash == "" {
		return nil
	}
	_, err := tx.Enqueue(store.Outgoing{
		Kind: store.OutgoingDelete, Target: c.configs.owner, Namespace: nsMessages, Data: []byte(hash),
		TimestampMS: c.net.Now().UnixMilli(), TTLMS: timeToLive.Milliseconds(),
	})
	return err
}

// alive reads a message that something was sent of: false if it was deleted
// meanwhile.
func alive(tx *store.Tx, row int64) (store.Message, bool, error) {
	m, err := tx.Message(row)
	if errors.Is(err, store.ErrNotFound) {
		return m, false, nil
	}
	return m, err == nil && !m.Deleted, err
}
