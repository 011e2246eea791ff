package messaging

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"seance/messaging/id"
	"seance/messaging/wire"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// timeToLive is how long a swarm keeps what people write to each other.
const timeToLive = 14 * 24 * time.Hour

// Send accepts a message: when it returns, the message is in the outbox on
// disk in the exact bytes that will be sent, and it stays there until the
// recipient's swarm has it. Writing to somebody approves them.
func (c *Client) Send(ctx context.Context, to id.Conversation, d Draft) (Message, error) {
	if err := checkDraft(d); err != nil {
		return Message{}, err
	}
	if d.Expire != nil {
		if err := checkTimer(to == id.With(c.Self().Account), *d.Expire); err != nil {
			return Message{}, err
		}
	}
	profile, err := c.profile(ctx)
	if err != nil {
		return Message{}, err
	}
	files, err := c.keepFiles(d.Files)
	if err != nil {
		return Message{}, err
	}
	shown := c.keepPreview(d)
	if shown != nil && shown.Image != nil {
		files = append(files, *shown.Image)
	}
	var row int64
	err = c.edit(ctx, func(tx *store.Tx) error {
		now, v, err := c.writing(tx, to, profile)
		if err != nil {
			return err
		}
		timer := v.Timer
		if d.Expire != nil {
			timer = *d.Expire
		}
		m := store.Message{
			Conversation: to, Author: c.Self().Account.Sender(), Direction: store.Out,
			TimestampMS: now, ReceivedMS: now, Kind: store.KindMessage, Text: d.Text, State: store.StateSending,
			Preview: shown, Expire: expireAs(timer),
		}
		if m.Quote, err = quoted(tx, to, d.ReplyTo); err != nil {
			return err
		}
		if m.Row, _, err = tx.InsertMessage(m); err != nil {
			return err
		}
		row = m.Row
		if err := putFiles(tx, row, files); err != nil {
			return err
		}
		if err := c.enqueueMessage(tx, m, profile, len(files) > 0); err != nil {
			return err
		}
		_, err = tx.AppendEvent(EventSent, to, row)
		return err
	})
	if err != nil {
		c.discard(files)
		return Message{}, err
	}
	c.typists.due(to, false, time.Now()) // the message itself ends it
	wake(c.sendNow)
	return c.announceAdded(ctx, row)
}

// enqueueMessage puts a message into the outbox. What it says is sealed at once,
// unless it has files, which have to be uploaded first: see uploadFiles.
func (c *Client) enqueueMessage(tx *store.Tx, m store.Message, profile *ownProfile, files bool) error {
	if name, ok := m.Conversation.Group(); ok { // encrypted when it is sent, with the key of then
		_, err := tx.Enqueue(store.Outgoing{
			Kind: store.OutgoingMessage, Target: name.Pubkey(), Namespace: nsGroupMessages,
			TimestampMS: m.TimestampMS, TTLMS: swarmMS(m.Expire), Message: m.Row,
		})
		return err
	}
	account, _ := m.Conversation.Account()
	if files {
		_, err := tx.Enqueue(store.Outgoing{
			Kind: store.OutgoingMessage, Target: account.Pubkey(), Namespace: nsMessages,
			TimestampMS: m.TimestampMS, TTLMS: swarmMS(m.Expire), Message: m.Row,
		})
		return err
	}
	content, err := c.contentFor(tx, m, profile, false)
	if err != nil {
		return err
	}
	return c.enqueueFor(tx, store.OutgoingMessage, account, m.TimestampMS, content, m.Row, swarmMS(m.Expire))
}

// writing begins something that is written to somebody: it approves them, and
// gives the timestamp for it.
func (c *Client) writing(tx *store.Tx, to id.Conversation, profile *ownProfile) (int64, store.Conversation, error) {
	if name, ok := to.Group(); ok {
		return c.writingInGroup(tx, name)
	}
	account, ok := to.Account()
	if !ok {
		return 0, store.Conversation{}, fmt.Errorf("%w: communities cannot be written to in this version", ErrInvalid)
	}
	v, err := c.conversationWith(tx, account)
	if err != nil {
		return 0, v, err
	}
	if v.Blocked {
		return 0, v, fmt.Errorf("%w: this contact is blocked; unblock them to write to them", ErrInvalid)
	}
	now, err := tx.ClaimTimestamp(c.net.Now().UnixMilli())
	if err != nil {
		return 0, v, err
	}
	now, err = c.approve(tx, v, now, profile)
	return now, v, err
}

// quoted is the message of a conversation that a new one answers; nil for "".
func quoted(tx *store.Tx, conv id.Conversation, messageID string) (*store.Quote, error) {
	if messageID == "" {
		return nil, nil
	}
	row, err := store.ParseMessageID(messageID)
	if err != nil {
		return nil, err
	}
	m, err := tx.Message(row)
	switch {
	case err != nil:
		return nil, unknown(err, "message")
	case m.Conversation != conv:
		return nil, fmt.Errorf("no such message in this conversation: %w", ErrUnknown)
	case m.Kind != store.KindMessage || m.Deleted:
		return nil, fmt.Errorf("%w: only messages of people can be answered", ErrInvalid)
	}
	return &store.Quote{Author: m.Author, TimestampMS: m.TimestampMS}, nil
}

// approve notes that we want to hear from somebody, and puts the conversation
// on disk. If they had asked, they are told, with a timestamp just before that
// of the message that follows: now is a claimed timestamp, and the one
// returned is to be used in its place.
func (c *Client) approve(tx *store.Tx, v store.Conversation, now int64, profile *ownProfile) (int64, error) {
	answer := !v.Approved && v.ApprovedMe
	v.Approved, v.Hidden = true, false
	if err := c.put(tx, v); err != nil || !answer {
		return now, err
	}
	account, _ := v.ID.Account()
	if err := c.enqueue(tx, store.OutgoingControl, account, now, acceptContent(now, profile), 0); err != nil {
		return now, err
	}
	return tx.ClaimTimestamp(now + 100)
}

// enqueue encrypts content for an account and puts it into the outbox. row is
// the message that it is of, or 0.
func (c *Client) enqueue(tx *store.Tx, kind store.OutgoingKind, to id.Account, timestampMS int64, content *sessionpb.Content, row int64) error {
	return c.enqueueFor(tx, kind, to, timestampMS, content, row, timeToLive.Milliseconds())
}

// enqueueFor is enqueue for what swarms keep for another time than usual.
func (c *Client) enqueueFor(tx *store.Tx, kind store.OutgoingKind, to id.Account, timestampMS int64, content *sessionpb.Content, row, ttlMS int64) error {
	data, err := c.seal(to, timestampMS, content)
	if err != nil {
		return err
	}
	_, err = tx.Enqueue(store.Outgoing{
		Kind: kind, Target: to.Pubkey(), Namespace: nsMessages, Data: data,
		TimestampMS: timestampMS, TTLMS: ttlMS, Message: row,
	})
	return err
}

// seal makes of content what a swarm keeps for an account.
func (c *Client) seal(to id.Account, timestampMS int64, content *sessionpb.Content) ([]byte, error) {
	plain, err := wire.MarshalContent(content)
	if err != nil {
		return nil, fmt.Errorf("encode the message: %w", err)
	}
	data, err := wire.EncodeDirect(c.rand, c.keys, to, uint64(timestampMS), plain)
	if err != nil {
		return nil, fmt.Errorf("encrypt the message: %w", err)
	}
	return data, nil
}

func checkDraft(d Draft) error {
	text := d.Text
	switch n := utf8.RuneCountInString(text); {
	case n == 0 && len(d.Files) == 0:
		return fmt.Errorf("%w: the message is empty", ErrInvalid)
	case !utf8.ValidString(text):
		return fmt.Errorf("%w: the message is not valid UTF-8", ErrInvalid)
	case n > MaxText:
		return fmt.Errorf("%w: a message has at most %d characters, this one has %d", ErrInvalid, MaxText, n)
	}
	return nil
}

// Retry takes up a message that failed, with the same bytes as before.
func (c *Client) Retry(ctx context.Context, messageID string) error {
	row, err := store.ParseMessageID(messageID)
	if err != nil {
		return err
	}
	err = c.db.Update(ctx, func(tx *store.Tx) error {
		m, err := tx.Message(row)
		if err != nil {
			return unknown(err, "message")
		}
		if m.State != store.StateFailed {
			// The outbox may hold the copy of a message that was sent.
			return fmt.Errorf("%w: this message did not fail", ErrInvalid)
		}
		held, err := tx.Retry(row, time.Now().UnixMilli())
		if err != nil {
			return err
		}
		if !held {
			return fmt.Errorf("%w: this message is not waiting to be sent", ErrInvalid)
		}
		return tx.SetMessageState(row, store.StateSending, "", "")
	})
	if err != nil {
		return err
	}
	wake(c.sendNow)
	c.announceChanged(ctx, row)
	return nil
}

// Wait returns a message when it is no longer on its way, or as it is when
// ctx ends, with the context's error.
func (c *Client) Wait(ctx context.Context, messageID string) (Message, error) {
	s := c.Subscribe()
	defer s.Close()
	for {
		m, err := c.Message(context.WithoutCancel(ctx), messageID)
		if err != nil || m.State != store.StateSending {
			return m, err
		}
		if _, err := s.Next(ctx); err != nil {
			return m, err
		}
	}
}
