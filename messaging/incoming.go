package messaging

import (
	"errors"
	"fmt"

	"seance/messaging/group"
	"seance/messaging/id"
	"seance/messaging/wire"
	"seance/messaging/wire/sessionpb"
	"seance/network/storage"
	"seance/store"
)

// maxTimestamp bounds what is taken for a time: the year 2248, in ms.
const maxTimestamp = 1 << 43

var (
	errSkip = errors.New("message skipped")
	// errEarly is of a message that cannot be read yet.
	errEarly = errors.New("message cannot be read yet")
)

// takeOne opens a message and does what it says. Only errEarly and a failure of the
// database are returned: what the network delivers must never stop what stands
// behind it.
func (c *Client) takeOne(tx *store.Tx, box inbox, stored storage.Stored, ch *changes) error {
	var in incoming
	err := recovered(func() (err error) {
		in, err = box.open(tx, stored)
		return err
	})
	if errors.Is(err, errEarly) {
		return err
	}
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
		if err := c.readElsewhere(tx, conv, ch); err != nil {
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
	expires int64 // when the swarm drops it, in ms; 0 is not known
	content *sessionpb.Content
	changes changes
	group   *group.Group // in which it was written; nil: to the account itself
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
		expires: expiresMS(stored),
	}, nil
}

// own reports whether another device of this account sent the message.
func (in *incoming) own() bool { return in.sender == in.c.Self().Account }

// apply does what the content says. The kinds and their order are those of
// session-foundation/session-desktop: ts/receiver/contentMessage.ts.
func (in *incoming) apply(tx *store.Tx) error {
	if in.group != nil {
		return in.applyInGroup(tx)
	}
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
	switch content := in.content; {
	case data != nil:
		return in.data(tx, v, data)
	case content.GetReceiptMessage() != nil:
		return in.receipt(tx, v, content.GetReceiptMessage())
	case content.GetTypingMessage() != nil:
		return in.typing(tx, v, content.GetTypingMessage())
	case content.GetDataExtractionNotification() != nil:
		return in.extraction(tx, v, content.GetDataExtractionNotification())
	case content.GetUnsendRequest() != nil:
		return in.unsend(tx, content.GetUnsendRequest())
	case content.GetCallMessage() != nil:
		return in.call(tx, v, content.GetCallMessage())
	case content.GetMessageRequestResponse() != nil:
		return in.accepted(tx, v, content.GetMessageRequestResponse())
	}
	return fmt.Errorf("%w: its kind is not known to this version", errSkip)
}
