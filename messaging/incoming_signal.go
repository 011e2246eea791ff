package messaging

import (
	"errors"
	"fmt"
	"time"

	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// What is said about messages, and does not stand in the conversation itself.
// Any of it may come before its message, for which it then waits.

// reaction takes an emoji that somebody put to a message, or took back.
func (in *incoming) reaction(tx *store.Tx, v store.Conversation, r *sessionpb.DataMessage_Reaction) error {
	author, err := id.ParseAccount(r.GetAuthor())
	switch {
	case err != nil || r.GetId() == 0 || r.GetId() > maxTimestamp:
		return fmt.Errorf("%w: a reaction to nothing", errSkip)
	case id.With(author) != v.ID && author != in.c.Self().Account:
		return fmt.Errorf("%w: a reaction to somebody who is not in the conversation", errSkip)
	case !isEmoji(r.GetEmoji()):
		return fmt.Errorf("%w: a reaction that is no emoji", errSkip)
	}
	removed := r.GetAction() == sessionpb.DataMessage_Reaction_REMOVE
	m, err := tx.FindMessage(v.ID, author.Sender(), int64(r.GetId()))
	if errors.Is(err, store.ErrNotFound) {
		w := store.Waiting{Conversation: v.ID, Author: author.Sender(), TimestampMS: int64(r.GetId()), Emoji: r.GetEmoji(), Kind: store.WaitingReaction}
		if removed {
			w.Kind = store.WaitingRemoval
		}
		return in.wait(tx, w)
	}
	if err != nil || m.Deleted {
		return err
	}
	news, err := tx.React(m.Row, store.Reaction{Author: in.sender.Sender(), Emoji: r.GetEmoji(), AtMS: in.ms}, removed)
	if err != nil || !news {
		return err
	}
	in.changes.changed = append(in.changes.changed, m.Row)
	_, err = tx.AppendEvent(EventReaction, v.ID, m.Row)
	return err
}

// unsend takes the wish of an author that a message be deleted. One's own
// devices may wish it of any message.
func (in *incoming) unsend(tx *store.Tx, u *sessionpb.UnsendRequest) error {
	author, err := id.ParseAccount(u.GetAuthor())
	if err != nil || u.GetTimestamp() == 0 || u.GetTimestamp() > maxTimestamp {
		return fmt.Errorf("%w: nothing is named that is to be deleted", errSkip)
	}
	var conv id.Conversation // of one's own message: only the message tells it
	switch self := in.c.Self().Account; {
	case in.own() && author != self:
		conv = id.With(author)
	case !in.own() && author != in.sender:
		return fmt.Errorf("%w: somebody wants to delete what others wrote", errSkip)
	case !in.own():
		conv = id.With(in.sender)
	}
	m, err := tx.FindMessage(conv, author.Sender(), int64(u.GetTimestamp()))
	if errors.Is(err, store.ErrNotFound) {
		return in.wait(tx, store.Waiting{
			Conversation: conv, Author: author.Sender(), TimestampMS: int64(u.GetTimestamp()), Kind: store.WaitingUnsend,
		})
	}
	if err != nil || m.Deleted {
		return err
	}
	_, err = in.c.unsent(tx, m, &in.changes)
	return err
}

// maxReceipts is how many messages one receipt may be about.
const maxReceipts = 1000

// receipt takes the news which messages the other side has read. Who does not
// tell it to others is not told either.
func (in *incoming) receipt(tx *store.Tx, v store.Conversation, r *sessionpb.ReceiptMessage) error {
	p, err := in.c.preferences(tx, v.ID) // the message that approves them may be still to come
	if err != nil {
		return err
	}
	if in.own() || !p.ReadReceipts || r.GetType() != sessionpb.ReceiptMessage_READ {
		return fmt.Errorf("%w: a receipt that is not wanted", errSkip)
	}
	self := in.c.Self().Account.Sender()
	for _, ms := range r.GetTimestamp()[:min(len(r.GetTimestamp()), maxReceipts)] {
		if ms == 0 || ms > maxTimestamp {
			continue
		}
		m, err := tx.FindMessage(v.ID, self, int64(ms))
		switch {
		case errors.Is(err, store.ErrNotFound):
			err = in.wait(tx, store.Waiting{Conversation: v.ID, Author: self, TimestampMS: int64(ms), Kind: store.WaitingRead})
		case err == nil && m.Direction == store.Out && !m.Deleted && m.State != store.StateRead:
			if err = tx.SetMessageState(m.Row, store.StateRead, "", ""); err != nil {
				return err
			}
			in.changes.changed = append(in.changes.changed, m.Row)
			in.changes.conversation(v.ID)
			_, err = tx.AppendEvent(EventState, v.ID, m.Row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// typing takes the news that somebody types, which is worth nothing soon.
func (in *incoming) typing(tx *store.Tx, v store.Conversation, t *sessionpb.TypingMessage) error {
	p, err := in.c.tells(tx, v)
	if err != nil {
		return err
	}
	now := in.c.net.Now()
	age := now.Sub(time.UnixMilli(in.ms))
	if in.own() || !p.Typing || t.GetTimestamp() != uint64(in.ms) || age > typingTTL {
		return fmt.Errorf("%w: a sign of typing that is not wanted, or late", errSkip)
	}
	e := Typing{Conversation: v.ID}
	if t.GetAction() == sessionpb.TypingMessage_STARTED {
		e.Until = time.Now().Add(typingShown)
	}
	in.changes.typing = append(in.changes.typing, e)
	return nil
}
