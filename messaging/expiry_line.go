package messaging

import (
	"fmt"
	"time"

	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// A new timer is told to the other side in a message, and stands in the
// conversation as a line. What somebody else sets is theirs: it is shown, and
// changes nothing here.

// sendTimer tells the other side of a conversation, and one's own devices, that
// the messages from now on have another timer. Who was never written to hears of
// it with the first message.
func (c *Client) sendTimer(tx *store.Tx, v store.Conversation, ch *changes) error {
	if v.Kind == id.KindContact && (!v.Approved || v.Blocked) {
		return nil
	}
	now, err := tx.ClaimTimestamp(c.net.Now().UnixMilli())
	if err != nil {
		return err
	}
	m := store.Message{
		Conversation: v.ID, Author: c.Self().Account.Sender(), Direction: store.Out, TimestampMS: now, ReceivedMS: now,
		Kind: store.KindInfo, Text: timerText(v.Timer), State: store.StateSending, Expire: expireAs(v.Timer), Timer: &v.Timer,
	}
	if m.Row, _, err = tx.InsertMessage(m); err != nil {
		return err
	}
	if err := c.enqueueMessage(tx, m, nil, false); err != nil {
		return err
	}
	ch.messages = append(ch.messages, m.Row)
	_, err = tx.AppendEvent(EventSent, v.ID, m.Row)
	return err
}

// timer takes the news that the sender set a timer. The settings of this account
// come with its configs, not from here.
func (in *incoming) timer(tx *store.Tx, v store.Conversation) error {
	e := expireOf(in.content, v.Kind)
	t := store.Timer{Mode: e.Mode, Seconds: e.Seconds}
	if err := hideNew(tx, &v); err != nil {
		return err
	}
	m := in.row(v, store.KindInfo, timerText(t))
	m.Timer = &t
	_, err := in.insert(tx, v, m)
	return err
}

// isTimer reports whether a message tells of a timer.
func isTimer(data *sessionpb.DataMessage) bool {
	return data.GetFlags() == uint32(sessionpb.DataMessage_EXPIRATION_TIMER_UPDATE)
}

// timerText is the line about a timer as it is kept, without who set it: names
// change.
func timerText(t store.Timer) string {
	switch t.Mode {
	case store.ExpireAfterSend:
		return fmt.Sprintf("Messages disappear %s after they are sent.", timeText(t.Seconds))
	case store.ExpireAfterRead:
		return fmt.Sprintf("Messages disappear %s after they are read.", timeText(t.Seconds))
	}
	return "Messages no longer disappear."
}

// timerLine is the same as it is shown.
func timerLine(m store.Message, name string) string {
	if m.Direction == store.Out {
		name = "You"
	}
	switch t := *m.Timer; t.Mode {
	case store.ExpireAfterSend:
		return fmt.Sprintf("%s set messages to disappear %s after they are sent.", name, timeText(t.Seconds))
	case store.ExpireAfterRead:
		return fmt.Sprintf("%s set messages to disappear %s after they are read.", name, timeText(t.Seconds))
	}
	return name + " turned disappearing messages off."
}

// timeText is a time in its largest unit that leaves no rest.
func timeText(seconds int64) string {
	for _, unit := range []struct {
		name   string
		length time.Duration
	}{{"week", 7 * 24 * time.Hour}, {"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		switch n := int64(unit.length / time.Second); {
		case seconds == n:
			return "1 " + unit.name
		case seconds > n && seconds%n == 0:
			return fmt.Sprint(seconds/n, " ", unit.name, "s")
		}
	}
	return fmt.Sprint(seconds, " seconds")
}
