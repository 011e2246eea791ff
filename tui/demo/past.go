package demo

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"time"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
)

// line is something that was said before the demo began.
type line struct {
	ago   time.Duration
	mine  bool // by the person in front of the screen
	text  string
	to    int                // how many lines above the one stands that it answers; 0: none
	emoji string             // that the other side put to it; "": none
	files []file             // that came with it
	link  *store.LinkPreview // of a link in the text; nil: none
}

// file is something that was made for the demo.
type file struct {
	name, contentType string
	voice             bool // a voice message
	width, height     int  // of a picture, in pixels
	make              func() ([]byte, error)
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
		quotes := make([]store.Quote, len(past))
		for i, l := range past {
			at := now.Add(-l.ago).UnixMilli()
			m := store.Message{
				Conversation: conv, Author: with.Account.Sender(), Direction: store.In,
				TimestampMS: at, ReceivedMS: at, Kind: store.KindMessage, Text: l.text,
				Preview: l.link,
			}
			if l.mine {
				m.Author, m.Direction, m.State = you.Sender(), store.Out, store.StateSent
			}
			quotes[i] = store.Quote{Author: m.Author, TimestampMS: at}
			if l.to > 0 {
				m.Quote = &quotes[i-l.to]
			}
			files, err := keep(db, l.files)
			if err != nil {
				return err
			}
			if m.Row, _, err = tx.InsertMessage(m); err != nil {
				return err
			}
			for _, a := range files {
				if err := tx.PutAttachment(m.Row, a); err != nil {
					return err
				}
			}
			if err := react(tx, m, l, you, with.Account); err != nil {
				return err
			}
		}
		_, err := tx.MarkRead(conv, now.UnixMilli())
		return err
	})
}

// keep makes files and puts them into a profile.
func keep(db *store.Store, files []file) (list []store.Attachment, err error) {
	for i, f := range files {
		data, err := f.make()
		if err != nil {
			return nil, err
		}
		a := store.Attachment{
			Index: i, Name: f.name, ContentType: f.contentType, Voice: f.voice, Size: int64(len(data)), Width: f.width, Height: f.height,
		}
		if a.File, a.FileKey, err = db.SaveAttachment(bytes.NewReader(data), rand.Reader); err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, nil
}

// react has the other side put its emoji to what was said.
func react(tx *store.Tx, m store.Message, l line, you, with id.Account) error {
	if l.emoji == "" {
		return nil
	}
	r := store.Reaction{Author: with.Sender(), Emoji: l.emoji, AtMS: m.TimestampMS + 60_000}
	if !l.mine {
		r.Author = you.Sender()
	}
	_, err := tx.React(m.Row, r, false)
	return err
}
