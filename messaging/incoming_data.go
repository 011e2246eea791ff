package messaging

import (
	"fmt"

	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// data takes a message of people, or what else is sent in that form. The first
// thing in it that has a meaning of its own decides.
//
// Wire reference: session-foundation/session-desktop: ts/receiver/{dataMessage,queuedJob}.ts.
func (in *incoming) data(tx *store.Tx, v store.Conversation, data *sessionpb.DataMessage) error {
	switch {
	case isTimer(data):
		return in.timer(tx, v)
	case data.GetFlags() != 0:
		return fmt.Errorf("%w: its flags have no meaning", errSkip)
	case data.GetGroupUpdate() != nil:
		return in.invitedToGroup(tx, v, data.GetGroupUpdate())
	case data.GetReaction() != nil:
		return in.reaction(tx, v, data.GetReaction())
	case data.GetCommunityInvitation() != nil:
		return in.invitation(tx, v, data.GetCommunityInvitation())
	}
	return in.message(tx, v, data)
}

// message takes what people see as written by people.
func (in *incoming) message(tx *store.Tx, v store.Conversation, data *sessionpb.DataMessage) error {
	text, files := cutText(data.GetBody()), attachmentsOf(data.GetAttachments())
	if text == "" && len(files) == 0 {
		return fmt.Errorf("%w: nothing in it is known to this version", errSkip)
	}
	m := in.row(v, store.KindMessage, text)
	m.Quote = quoteOf(data.GetQuote())
	if m.Preview = previewOf(data.GetPreview(), text); m.Preview != nil && m.Preview.Image != nil {
		files = append(files, *m.Preview.Image)
	}
	in.wrote(&v, data)
	row, err := in.insert(tx, v, m)
	if err != nil || row == 0 {
		return err
	}
	return putFiles(tx, row, files)
}

// wrote notes that the sender wants to hear from the other side, and what they
// call themselves.
func (in *incoming) wrote(v *store.Conversation, data *sessionpb.DataMessage) {
	v.Hidden = false
	if in.group != nil {
		return
	}
	if in.own() {
		v.Approved = true
		return
	}
	v.ApprovedMe = true
	applyProfile(v, data.GetProfile(), data.GetProfileKey(), in.ms)
}

// row is what stands in the conversation for what came.
func (in *incoming) row(v store.Conversation, kind store.MessageKind, text string) store.Message {
	m := store.Message{
		Conversation: v.ID, Author: in.sender.Sender(), Direction: store.In, TimestampMS: in.ms,
		ReceivedMS: in.c.net.Now().UnixMilli(), Kind: kind, Text: text, Hash: in.hash,
	}
	if in.own() {
		m.Direction, m.State = store.Out, store.StateSent
		if in.group == nil {
			m.CopyHash = in.hash
		}
	}
	in.expire(&m, v)
	return m
}

// quoteOf is the message that another one answers; nil if it names none. Its
// text is looked up when it is shown: it may come later, or be deleted.
func quoteOf(q *sessionpb.DataMessage_Quote) *store.Quote {
	author, err := id.ParseAccount(q.GetAuthor())
	if err != nil || q.GetId() > maxTimestamp {
		return nil
	}
	return &store.Quote{Author: author.Sender(), TimestampMS: int64(q.GetId())}
}

// insert puts a conversation's new settings and a message of it on disk. The
// row is 0 if the message was known, or is gone again at once.
func (in *incoming) insert(tx *store.Tx, v store.Conversation, m store.Message) (int64, error) {
	if err := tx.PutConversation(v); err != nil {
		return 0, err
	}
	in.changes.conversation(v.ID)
	m.Mentioned = in.c.mentioned(m)
	row, inserted, err := tx.InsertMessage(m)
	if err != nil || !inserted {
		return 0, err
	}
	m.Row = row
	if there, err := in.arrived(tx, m); err != nil || !there {
		return 0, err
	}
	if err := in.shorten(tx, m); err != nil {
		return 0, err
	}
	in.changes.messages = append(in.changes.messages, row)
	_, err = tx.AppendEvent(EventReceived, v.ID, row)
	return row, err
}

// arrived does to a message what was said about it before it came. It reports
// whether the message is still there.
func (in *incoming) arrived(tx *store.Tx, m store.Message) (bool, error) {
	waiting, err := tx.Waiting(m.Conversation, m.Author, m.TimestampMS)
	if err != nil {
		return false, err
	}
	deleted := false
	for _, w := range waiting {
		switch w.Kind {
		case store.WaitingGone:
			if err := in.c.deleteFromSwarm(tx, m.OwnHash()); err != nil {
				return false, err
			}
			return false, tx.DeleteMessage(m.Row) // what waits goes on waiting
		case store.WaitingUnsend:
			deleted = true
		}
	}
	for _, w := range waiting {
		if err := tx.WaitedEnough(w.Row); err != nil {
			return false, err
		}
		if deleted {
			continue
		}
		switch w.Kind {
		case store.WaitingReaction, store.WaitingRemoval:
			r := store.Reaction{Author: w.Sender, Emoji: w.Emoji, AtMS: w.AtMS}
			_, err = tx.React(m.Row, r, w.Kind == store.WaitingRemoval)
		case store.WaitingRead:
			err = tx.SetMessageState(m.Row, store.StateRead, "", "")
		}
		if err != nil {
			return false, err
		}
	}
	if !deleted {
		return true, nil
	}
	gone, err := in.c.unsent(tx, m, &in.changes)
	return !gone, err
}

// wait keeps what was said about a message that is not here yet.
func (in *incoming) wait(tx *store.Tx, w store.Waiting) error {
	w.Sender, w.AtMS, w.ReceivedMS = in.sender.Sender(), in.ms, in.c.net.Now().UnixMilli()
	return tx.Wait(w)
}
