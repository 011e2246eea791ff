package messaging

import (
	"errors"
	"fmt"

	"seance/messaging/id"
	"seance/messaging/wire"
	"seance/messaging/wire/sessionpb"
	"seance/network/storage"
	"seance/store"
)

// maxTimestamp bounds what is taken for a time: the year 2248, in ms.
const maxTimestamp = 1 << 43

var errSkip = errors.New("message skipped")

// takeOne opens a message of one's own swarm and does what it says. Only a
// failure of the database is returned: what the network delivers must never
// stop what stands behind it.
func (c *Client) takeOne(tx *store.Tx, stored storage.Stored, ch *changes) error {
	var in incoming
	err := recovered(func() (err error) {
		in, err = c.openMessage(stored)
		return err
	})
	if err != nil {
		c.log.Info("skipped a message", "hash", string(stored.Hash), "reason", err)
		return nil
	}
	err = tx.Try(func() error { return recovered(func() error { return in.apply(tx) }) })
	if errors.Is(err, errSkip) || errors.Is(err, errInternal) {
		c.log.Info("skipped a message", "hash", string(stored.Hash), "reason", err)
		return nil
	}
	if err != nil {
		return err
	}
	ch.add(in.changes)
	// Only now: what was undone must not stay in the configs.
	for _, conv := range in.changes.conversations {
		v, err := tx.Conversation(conv)
		if err != nil {
			return err
		}
		if err := c.configs.reflect(c.net.Now(), v); err != nil {
			return err
		}
		if err := c.readElsewhere(tx, conv); err != nil {
			return err
		}
	}
	return nil
}

// incoming is a message on its way from the network to the database.
type incoming struct {
	c       *Client
	hash    id.Hash
	sender  id.Account
	ms      int64 // the sender's timestamp
	stored  int64 // when it came into the swarm, as far as is known, in ms
	content *sessionpb.Content
	changes changes
}

func (c *Client) openMessage(stored storage.Stored) (incoming, error) {
	direct, err := wire.DecodeDirect(c.keys, stored.Data)
	if err != nil {
		return incoming{}, err
	}
	if err := wire.CheckTimestamp(direct.Message, direct.TimestampMS); err != nil {
		return incoming{}, err
	}
	if direct.TimestampMS > maxTimestamp {
		return incoming{}, fmt.Errorf("%w: no time that a message can have", errSkip)
	}
	ms := int64(direct.TimestampMS)
	return incoming{
		c: c, hash: stored.Hash, sender: direct.Sender, content: direct.Message,
		ms: ms, stored: max(ms, stored.Timestamp.UnixMilli()),
	}, nil
}

// own reports whether another device of this account sent the message.
func (in *incoming) own() bool { return in.sender == in.c.Self().Account }

// apply does what the content says. The kinds and their order are those of
// session-foundation/session-desktop: ts/receiver/contentMessage.ts.
func (in *incoming) apply(tx *store.Tx) error {
	with := in.sender
	data := in.content.GetDataMessage()
	if target := data.GetSyncTarget(); target != "" {
		if !in.own() {
			return fmt.Errorf("%w: somebody else claims to be a device of this account", errSkip)
		}
		var err error
		if with, err = id.ParseAccount(target); err != nil {
			return fmt.Errorf("%w: a copy of a message to nobody", errSkip)
		}
	}
	if in.c.configs.removedSince(with, in.stored) {
		return fmt.Errorf("%w: the conversation was removed on another device since", errSkip)
	}
	v, err := in.c.conversationWith(tx, with)
	if err != nil {
		return err
	}
	if v.Blocked && !in.own() {
		return fmt.Errorf("%w: the sender is blocked", errSkip)
	}
	switch {
	case data != nil:
		return in.data(tx, v, data)
	case in.content.GetMessageRequestResponse() != nil:
		return in.accepted(tx, v, in.content.GetMessageRequestResponse())
	}
	return fmt.Errorf("%w: its kind is not known to this version", errSkip)
}

// data takes a message that people see.
func (in *incoming) data(tx *store.Tx, v store.Conversation, data *sessionpb.DataMessage) error {
	text := cutText(data.GetBody())
	kind := store.KindMessage
	if text == "" {
		if len(data.GetAttachments()) == 0 {
			return fmt.Errorf("%w: nothing in it is known to this version", errSkip)
		}
		kind, text = store.KindInfo, "A file was sent here, which this version cannot open yet."
	}
	m := store.Message{
		Conversation: v.ID, Author: in.sender.Sender(), Direction: store.In, TimestampMS: in.ms,
		ReceivedMS: in.c.net.Now().UnixMilli(), Kind: kind, Text: text, Hash: in.hash,
	}
	v.Hidden = false
	if in.own() {
		m.Direction, m.State = store.Out, store.StateSent
		v.Approved = true
	} else {
		v.ApprovedMe = true
		applyProfile(&v, data.GetProfile(), in.ms)
	}
	return in.insert(tx, v, m)
}

// accepted takes the news that somebody accepted our message request. Where no
// request of ours is known it may have been made on another device, whose copy
// of it is still to come: the news is kept, yet gets nobody on the list.
func (in *incoming) accepted(tx *store.Tx, v store.Conversation, r *sessionpb.MessageRequestResponse) error {
	if in.own() || !r.GetIsApproved() {
		return fmt.Errorf("%w: a message request can't be refused in a message", errSkip)
	}
	v.ApprovedMe, v.Hidden = true, !v.Approved && !v.Request
	applyProfile(&v, r.GetProfile(), in.ms)
	return in.insert(tx, v, store.Message{
		Conversation: v.ID, Author: in.sender.Sender(), Direction: store.In, TimestampMS: in.ms,
		ReceivedMS: in.c.net.Now().UnixMilli(), Kind: store.KindInfo, Text: "Your message request was accepted.", Hash: in.hash,
	})
}

// insert puts a conversation's new settings and a message of it on disk.
func (in *incoming) insert(tx *store.Tx, v store.Conversation, m store.Message) error {
	if err := tx.PutConversation(v); err != nil {
		return err
	}
	in.changes.conversation(v.ID)
	row, inserted, err := tx.InsertMessage(m)
	if err != nil || !inserted {
		return err
	}
	in.changes.messages = append(in.changes.messages, row)
	_, err = tx.AppendEvent(EventReceived, v.ID, row)
	return err
}
