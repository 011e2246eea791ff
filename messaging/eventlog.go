package messaging

import (
	"context"

	"seance/messaging/id"
	"seance/store"
)

// The kinds of entry in the event log.
const (
	EventReceived = "message_received" // a message came from the network, also one's own from another device
	EventSent     = "message_sent"     // a message was accepted here
	EventState    = "message_state"    // a message written here has a new state
	EventReaction = "message_reaction" // somebody reacted to a message, or took that back
	EventDeleted  = "message_deleted"  // a message was deleted; removed ones are not there any more
	EventExpired  = "message_expired"  // a message has disappeared, as it was to

	EventInvited   = "group_invited"   // to a group, and not joined it yet
	EventJoined    = "group_joined"    // a group, here or on another device
	EventKicked    = "group_kicked"    // removed from a group
	EventDestroyed = "group_destroyed" // an admin ended a group
	EventLapsed    = "group_expired"   // a group has lost its keys
)

// membershipEvents are the kinds about what the user is to a group now.
var membershipEvents = map[store.Membership]string{
	store.Invited: EventInvited, store.Member: EventJoined, store.Kicked: EventKicked, store.Destroyed: EventDestroyed, store.Lapsed: EventLapsed,
}

// Logged is an entry of the event log. Cursors grow and are never used again.
type Logged struct {
	Cursor       int64
	TimeMS       int64 // when it was written; 0 is not known
	Kind         string
	Conversation id.Conversation
	MessageID    string   // "" if the entry is about none; that of a message may be gone
	Message      *Message // nil if the entry is about none, or if it is gone
}

// Events lists at most limit entries behind a cursor, oldest first; 0 is
// before the first.
func (c *Client) Events(ctx context.Context, since int64, limit int) ([]Logged, error) {
	rows, err := c.db.Events(ctx, since, limit)
	if err != nil {
		return nil, err
	}
	list := make([]Logged, len(rows))
	for i, e := range rows {
		list[i] = Logged{Cursor: e.Cursor, TimeMS: e.TimeMS, Kind: e.Kind, Conversation: e.Conversation}
		if e.MessageRow != 0 {
			list[i].MessageID = store.Message{Row: e.MessageRow}.ID()
		}
		if e.Message != nil {
			m := c.shown(*e.Message, c.naming(ctx, e.Message.Conversation))
			list[i].Message = &m
		}
	}
	return list, nil
}

// Cursor is how far a named reader of the event log has come.
func (c *Client) Cursor(ctx context.Context, reader string) (int64, error) {
	return c.db.ConsumerCursor(ctx, reader)
}

// SetCursor notes how far a named reader has come.
func (c *Client) SetCursor(ctx context.Context, reader string, cursor int64) error {
	return c.db.Update(ctx, func(tx *store.Tx) error { return tx.SetConsumerCursor(reader, cursor) })
}
