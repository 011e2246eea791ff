package app

import (
	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/chat"
)

// people is who a conversation is with: enough to name everybody in it.
type people struct {
	self  id.Sender
	conv  id.Conversation
	title string
}

func (m *Model) people() people {
	return people{self: m.self, conv: m.open, title: m.current().Title}
}

// name is what people are shown of somebody in a message.
func (p people) name(v messaging.Message, author id.Sender) string {
	account, ok := author.Account()
	switch {
	case author == p.self:
		return "You"
	case v.Names[author] != "":
		return v.Names[author]
	case ok && id.With(account) == p.conv:
		return p.title
	}
	return id.Shorten(author.String())
}

// shown is a message as the chat draws it.
func (p people) shown(v messaging.Message) chat.Message {
	m := chat.Message{
		Key: v.Row, MS: v.TimestampMS, EndMS: v.Expire.AtMS, Author: string(v.Author[:]), Name: v.Name,
		Own: v.Direction == store.Out, Info: v.Kind == store.KindInfo && !v.Deleted, Deleted: v.Deleted,
		Text: v.Text, State: chat.State(v.State), Failure: v.Failure,
	}
	if q := v.Quote; q != nil {
		m.Quote = &chat.Quote{
			Key: q.Row, At: chat.Place{MS: q.TimestampMS, Author: string(q.Author[:])},
			Name: p.name(v, q.Author), Own: q.Author == p.self, Text: said(v.ReadableQuote(), q.Files),
		}
	}
	for _, n := range v.Mentions {
		m.Mentions = append(m.Mentions, chat.Mention{Mark: chat.Mark{From: n.From, To: n.To}, Name: n.Name, Own: n.Own})
	}
	m.Offer = v.Timer != nil && v.Direction == store.In
	m.Files, m.Preview = filesOf(v), previewOf(v)
	for _, r := range v.Reactions {
		m.Reactions = react(m.Reactions, r.Emoji, p.name(v, r.Author), r.Author == p.self)
	}
	return m
}

// shown is a message of the open conversation, with what is known of its files.
func (m *Model) shown(v messaging.Message) chat.Message {
	shown := m.people().shown(v)
	m.moves.add(&shown)
	return shown
}

// react adds what one person put to a message to what others did.
func react(list []chat.Reaction, emoji, who string, own bool) []chat.Reaction {
	for i := range list {
		if list[i].Emoji == emoji {
			list[i].Who, list[i].Own = append(list[i].Who, who), list[i].Own || own
			return list
		}
	}
	return append(list, chat.Reaction{Emoji: emoji, Who: []string{who}, Own: own})
}

func (p people) all(list []messaging.Message) []chat.Message {
	out := make([]chat.Message, len(list))
	for i, v := range list {
		out[i] = p.shown(v)
	}
	return out
}
