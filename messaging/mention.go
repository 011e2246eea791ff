package messaging

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"seance/messaging/id"
	"seance/store"
)

// Mention is a place in a text where somebody is named: by an @ and their ID.
type Mention struct {
	From, To int // the bytes of the text, the @ included
	Who      id.Sender
	Own      bool   // it is oneself
	Name     string // as Message.Name; "You" for oneself
}

// mentioning finds them.
//
// Wire reference: session-foundation/session-desktop: ts/components/conversation/AddMentions.tsx.
var mentioning = regexp.MustCompile(`@[012]5[0-9a-fA-F]{64}`)

// mentions are those in a text; name names all but oneself.
func (c *Client) mentions(text string, name func(id.Sender) string) []Mention {
	self := c.Self().Account.Sender()
	list := mentionsIn(text, func(who id.Sender) string {
		if who == self {
			return "You"
		}
		return name(who)
	})
	for i, m := range list {
		list[i].Own = m.Who == self
	}
	return list
}

func mentionsIn(text string, name func(id.Sender) string) (list []Mention) {
	if !strings.Contains(text, "@") {
		return nil
	}
	for _, at := range mentioning.FindAllStringIndex(text, -1) {
		who, err := id.ParseSender(text[at[0]+1 : at[1]])
		if err == nil {
			list = append(list, Mention{From: at[0], To: at[1], Who: who, Name: name(who)})
		}
	}
	return list
}

// mentioned reports whether a message of somebody else names the user, or answers what
// the user wrote.
func (c *Client) mentioned(m store.Message) bool {
	self := c.Self().Account.Sender()
	if m.Kind != store.KindMessage || m.Direction != store.In {
		return false
	}
	return m.Quote != nil && m.Quote.Author == self || strings.Contains(strings.ToLower(m.Text), "@"+self.String())
}

// withNames is a text with names in the place of IDs.
func withNames(text string, mentions []Mention) string { return replaced(text, mentions, "@") }

func replaced(text string, mentions []Mention, sign string) string {
	var out strings.Builder
	at := 0
	for _, m := range mentions {
		out.WriteString(text[at:m.From])
		out.WriteString(sign + m.Name)
		at = m.To
	}
	return out.String() + text[at:]
}

// inLine is how a line names somebody: as a mention does, for names change and may be heard
// of later. Oneself is always "You".
func (c *Client) inLine(who id.Account) string {
	if who == c.Self().Account {
		return "You"
	}
	return "@" + who.String()
}

// readableLine is a line as people read it.
func readableLine(text string, name func(id.Sender) string) string {
	return replaced(text, mentionsIn(text, name), "")
}

// Readable is a text with names in the place of the IDs of those who are mentioned.
func Readable(text string, name func(id.Sender) string) string {
	return withNames(text, mentionsIn(text, name))
}

// Readable is the text as people read it: with names in the place of the IDs of those
// who are mentioned.
func (m Message) Readable() string { return withNames(m.Text, m.Mentions) }

// ReadableQuote is the text of the message that this one answers, in the same way.
func (m Message) ReadableQuote() string {
	if m.Quote == nil {
		return ""
	}
	return withNames(m.Quote.Text, m.quoted)
}

// Renamed is the message with what change makes of the names of those who are mentioned.
func (m Message) Renamed(change func(string) string) Message {
	renamed := func(list []Mention) []Mention {
		list = slices.Clone(list)
		for i := range list {
			list[i].Name = change(list[i].Name)
		}
		return list
	}
	m.Mentions, m.quoted = renamed(m.Mentions), renamed(m.quoted)
	return m
}

// naming finds out what people are called in a conversation, each once.
func (c *Client) naming(ctx context.Context, conv id.Conversation) func(id.Sender) string {
	known := make(map[id.Sender]string)
	return func(who id.Sender) string {
		name, ok := known[who]
		if !ok {
			name = c.authorName(ctx, conv, who)
			known[who] = name
		}
		return name
	}
}

// shown is a message as people see it.
func (c *Client) shown(m store.Message, name func(id.Sender) string) Message {
	out := Message{Message: m, Name: name(m.Author)}
	if m.Kind != store.KindMessage {
		form, named := namedLines[m.Text]
		switch {
		case m.Timer != nil && !m.Deleted:
			out.Text = timerLine(m, out.Name)
		case named:
			out.Text = fmt.Sprintf(form, out.Name)
		default:
			out.Text = readableLine(m.Text, name)
		}
		return out
	}
	out.Mentions = c.mentions(m.Text, name)
	if m.Quote != nil || len(m.Reactions) > 0 {
		out.Names = make(map[id.Sender]string)
	}
	if m.Quote != nil {
		out.quoted = c.mentions(m.Quote.Text, name)
		out.Names[m.Quote.Author] = name(m.Quote.Author)
	}
	for _, r := range m.Reactions {
		out.Names[r.Author] = name(r.Author)
	}
	return out
}

// Told is how many unread messages of the conversation the user wants to be told of, at
// a time in milliseconds: in some only of those that mention them.
func (v Conversation) Told(nowMS int64) int {
	mode := v.Notify
	if mode == store.NotifyDefault && v.Kind == id.KindCommunity {
		mode = store.NotifyMentions
	}
	switch {
	case v.Blocked, v.Request, v.MutedUntilMS > nowMS, mode == store.NotifyNone:
		return 0
	case mode == store.NotifyMentions:
		return v.Mentions
	}
	return v.Unread
}

// listed is a conversation as the list shows it.
func (c *Client) listed(ctx context.Context, v store.Conversation) Conversation {
	name := c.naming(ctx, v.ID)
	if v.Last.Kind == store.KindInfo {
		v.Last.Text = readableLine(v.Last.Text, name)
	} else {
		v.Last.Text = withNames(v.Last.Text, c.mentions(v.Last.Text, name))
	}
	out := Conversation{Conversation: v, Title: title(v)}
	if _, inGroup := v.ID.Group(); inGroup && v.Last.Kind == store.KindMessage && v.Last.Direction == store.In {
		out.LastName = name(v.Last.Author)
	}
	return out
}

// Readable is the hit with names in its text in the place of IDs, and the marks where
// they are then. A part of an ID that was found is all of the name.
func (h Hit) Readable() Hit {
	moved := func(at int, end bool) int {
		by := 0
		for _, m := range h.Mentions {
			switch grown := len("@"+m.Name) - (m.To - m.From); {
			case at >= m.To:
				by += grown
			case at > m.From && end:
				return m.To + grown + by
			case at > m.From:
				return m.From + by
			}
		}
		return at + by
	}
	var marks []store.Mark
	for _, m := range h.Marks {
		mark := store.Mark{From: moved(m.From, false), To: moved(m.To, true)}
		if n := len(marks); n > 0 && marks[n-1].To > mark.From {
			continue // two parts of one ID
		}
		marks = append(marks, mark)
	}
	h.Text, h.Marks, h.Mentions = h.Message.Readable(), marks, nil
	return h
}
