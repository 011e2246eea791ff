package demo

import (
	"context"
	"errors"
	"time"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
)

// line is something that was said before the demo began.
type line struct {
	ago  time.Duration
	mine bool // by the person in front of the screen
	text string
}

// remember writes a conversation's past into a profile that nobody has open.
// Who has no past with you is left for the network to bring.
func remember(ctx context.Context, dir string, you id.Account, with messaging.Self, past []line, now time.Time) (err error) {
	if len(past) == 0 {
		return nil
	}
	db, err := store.Open(ctx, dir, store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.Update(ctx, func(tx *store.Tx) error {
		conv := id.With(with.Account)
		begun := now.Add(-past[0].ago).UnixMilli()
		if err := tx.PutConversation(store.Conversation{
			ID: conv, Kind: id.KindContact, Name: with.Name, ProfileMS: begun,
			Approved: true, ApprovedMe: true, CreatedMS: begun,
		}); err != nil {
			return err
		}
		for _, l := range past {
			at := now.Add(-l.ago).UnixMilli()
			m := store.Message{
				Conversation: conv, Author: with.Account.Sender(), Direction: store.In,
				TimestampMS: at, ReceivedMS: at, Kind: store.KindMessage, Text: l.text,
			}
			if l.mine {
				m.Author, m.Direction, m.State = you.Sender(), store.Out, store.StateSent
			}
			if _, _, err := tx.InsertMessage(m); err != nil {
				return err
			}
		}
		_, err := tx.MarkRead(conv, now.UnixMilli())
		return err
	})
}
