package chat

import (
	"cmp"
	"slices"
)

// State is what became of a message that was sent.
type State string

// The states of one's own messages; those of others have none.
const (
	Sending State = "sending"
	Sent    State = "sent"
	Failed  State = "failed"
	Read    State = "read"
)

// Message is one message, as it is to be shown.
type Message struct {
	Key       int64  // names the message for good; never 0
	MS        int64  // when it was written, in milliseconds since 1970
	EndMS     int64  // when it disappears, likewise; 0: never, or that is not known yet
	Author    string // tells authors apart, and orders what was written in the same millisecond
	Name      string // what people are shown of the author; text from others
	Own       bool
	Offer     bool   // it tells of something that one can set, too
	Info      bool   // a line about what happened, not of a person
	Deleted   bool   // by its author: the text only says so
	Text      string // exactly as it was written
	Mentions  []Mention
	State     State
	Failure   string // why State is Failed
	Quote     *Quote // what it answers; nil: nothing
	Preview   *Preview
	Files     []File
	Reactions []Reaction
}

// Quote is the message that another one answers.
type Quote struct {
	Key  int64 // 0: it is not here
	At   Place
	Name string // as in Message
	Own  bool
	Text string // with the names of those who are mentioned; "" is not known
}

// Reaction is an emoji that people put to a message.
type Reaction struct {
	Emoji string   // text from others
	Who   []string // "You" or their names, which are text from others; never empty
	Own   bool     // one of them is oneself
}

func (m Message) equal(n Message) bool {
	return m.Key == n.Key && m.MS == n.MS && m.EndMS == n.EndMS && m.Author == n.Author && m.Name == n.Name && m.Own == n.Own && m.Info == n.Info &&
		m.Deleted == n.Deleted && m.Text == n.Text && m.State == n.State && m.Failure == n.Failure &&
		(m.Quote == n.Quote || m.Quote != nil && n.Quote != nil && *m.Quote == *n.Quote) &&
		m.Preview.equal(n.Preview) && slices.Equal(m.Files, n.Files) && slices.Equal(m.Mentions, n.Mentions) &&
		slices.EqualFunc(m.Reactions, n.Reactions, func(r, s Reaction) bool {
			return r.Emoji == s.Emoji && r.Own == s.Own && slices.Equal(r.Who, s.Who)
		})
}

// Place is a position in the order of messages.
type Place struct {
	MS     int64
	Author string
}

// Place is where the message stands.
func (m Message) Place() Place { return Place{m.MS, m.Author} }

// Compare orders places as a conversation shows them.
func (p Place) Compare(q Place) int {
	return cmp.Or(cmp.Compare(p.MS, q.MS), cmp.Compare(p.Author, q.Author))
}
