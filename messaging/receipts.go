package messaging

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// sendReceipts tells the other side which of their messages were just read:
// those behind one timestamp, up to another. Of a great many the newest ones
// do.
func (c *Client) sendReceipts(tx *store.Tx, v store.Conversation, afterMS, upToMS int64) error {
	p, err := c.tells(tx, v)
	if err != nil || !p.ReadReceipts {
		return err
	}
	read, err := tx.IncomingBetween(v.ID, afterMS, upToMS, maxReceipts)
	if err != nil || len(read) == 0 {
		return err
	}
	timestamps := make([]uint64, len(read))
	for i, ms := range read {
		timestamps[i] = uint64(ms)
	}
	return c.signal(tx, v, &sessionpb.Content{
		ReceiptMessage: &sessionpb.ReceiptMessage{Type: sessionpb.ReceiptMessage_READ.Enum(), Timestamp: timestamps},
	})
}

// notifySaved tells the author of a message that the user saved a file of it, as
// all apps do. It does nothing where there is nobody to be told.
//
// Phones drop the news if it does not name the time of the message
// (session-foundation/session-android, session-ios: DataExtractionNotification).
func (c *Client) notifySaved(ctx context.Context, m store.Message) error {
	err := c.db.Update(ctx, func(tx *store.Tx) error {
		v, err := tx.Conversation(m.Conversation)
		if err != nil {
			return unknown(err, "conversation")
		}
		if v.Kind != id.KindContact || !v.Approved || v.Blocked {
			return nil
		}
		content := &sessionpb.Content{
			DataExtractionNotification: &sessionpb.DataExtractionNotification{
				Type: sessionpb.DataExtractionNotification_MEDIA_SAVED.Enum(), Timestamp: proto.Uint64(uint64(m.TimestampMS)),
			},
		}
		if e := expireAs(v.Timer); e.Mode != store.ExpireNever {
			e.Mode = store.ExpireAfterRead // as apps send it, whatever the timer
			setExpire(content, e)
		}
		return c.signal(tx, v, content)
	})
	wake(c.sendNow)
	return err
}

// signal puts something into the outbox that stands in no conversation, for the
// person that one is with. It gets a timestamp of its own.
func (c *Client) signal(tx *store.Tx, v store.Conversation, content *sessionpb.Content) error {
	account, ok := v.ID.Account()
	if !ok {
		return fmt.Errorf("%w: this is no conversation with a person", ErrInvalid)
	}
	now, err := tx.ClaimTimestamp(c.net.Now().UnixMilli())
	if err != nil {
		return err
	}
	content.SigTimestamp = proto.Uint64(uint64(now))
	return c.enqueue(tx, store.OutgoingSignal, account, now, content, 0)
}
