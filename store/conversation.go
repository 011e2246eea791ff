package store

import (
	"seance/messaging/id"
)

// Conversation is a contact, a group, a room or the note to self.
type Conversation struct {
	ID           id.Conversation
	Kind         id.Kind
	Name         string // what the other side calls itself; "" if it never said
	Nickname     string // what the user calls it
	ProfileMS    int64  // when Name was set by its owner
	Approved     bool   // by us: we wrote to them or accepted their request
	ApprovedMe   bool   // by them
	Blocked      bool
	Hidden       bool // left out of the list, yet known
	Priority     int  // above 0: pinned, the greater the higher
	MutedUntilMS int64
	CreatedMS    int64

	// What follows is maintained by the store; PutConversation ignores it.

	Draft      string
	LastReadMS int64 // messages up to this timestamp are read
	Unread     int   // messages received, not info lines, after LastReadMS
	Request    bool  // a stranger wrote, and was neither approved, blocked nor hidden
	Last       Preview
}

// ActiveMS is the time by which conversations are sorted.
func (c Conversation) ActiveMS() int64 {
	if c.Last.Row != 0 {
		return c.Last.TimestampMS
	}
	return c.CreatedMS
}

// previewLength is how many code points of a text the list is given.
const previewLength = 200

// Preview is the newest message of a conversation, as the list shows it. Row
// is 0 if there is none.
type Preview struct {
	Row         int64
	Author      id.Sender
	Direction   Direction
	Kind        MessageKind
	State       State
	TimestampMS int64
	Text        string // at most the first 200 code points
}

// Totals sums up the conversation list.
type Totals struct {
	Unread   int // messages, requests and muted conversations left out
	Muted    int // unread messages of muted conversations
	Requests int // conversations
}
