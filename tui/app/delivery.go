package app

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/chat"
	"seance/tui/render"
)

// story is all that is known of the message on the page about it.
type story struct {
	message  messaging.Message
	attempts []store.Attempt
	gone     bool
}

func deliveryActions() []*Action {
	return []*Action{
		{Name: "delivery.retry", Title: "Try to send this message again", Hint: "try again", Inner: true,
			Keys: map[Context][]string{InDelivery: {"t"}},
			When: func(m *Model) bool { return m.story != nil && m.story.message.State == store.StateFailed },
			Run:  func(m *Model) tea.Cmd { return m.retry(m.story.message.ID()) }},
	}
}

// showMessageInfo shows what is known of the selected message.
func (m *Model) showMessageInfo() tea.Cmd {
	sel, ok := m.chat.Selected()
	if !ok {
		return nil
	}
	s := &story{message: messaging.Message{Message: store.Message{Row: sel.Key}}}
	m.story = s
	m.page = &textPage{name: "About the message", in: []Context{InDelivery}, text: func(m *Model, width int) []string { return m.storyRows(s, width) }}
	return m.tellStory()
}

// tellStory reads the message on the page about it, and how it was delivered.
func (m *Model) tellStory() tea.Cmd {
	s, c := m.story, m.client
	messageID := s.message.ID()
	return m.ask(func(ctx context.Context) result {
		v, err := c.Message(ctx, messageID)
		var attempts []store.Attempt
		if err == nil {
			attempts, err = c.Delivery(ctx, messageID)
		}
		if err != nil && !errors.Is(err, messaging.ErrUnknown) {
			return failed(err)
		}
		return func(*Model) tea.Cmd {
			if s.gone = err != nil; !s.gone {
				s.message, s.attempts = v, attempts
			}
			return nil
		}
	})
}

func (m *Model) storyRows(s *story, width int) []string {
	v := s.message
	if s.gone || v.Conversation == "" {
		text := "Reading."
		if s.gone {
			text = "This message is gone."
		}
		return m.paragraph(text, width)
	}
	var rows []string
	fact := func(label, value string) {
		for _, row := range render.Wrap(render.Line(value), max(textWidth(width)-11, 16)) {
			rows = append(rows, m.fact(label, row, width))
			label = ""
		}
	}
	fact("From", m.authorOf(v))
	if account, ok := v.Author.Account(); ok {
		whole := account.String()
		fact("Account ID", whole[:id.Size])
		fact("", whole[id.Size:])
	}
	fact("Written", m.exactly(v.TimestampMS))
	if v.Direction == store.In && v.ReceivedMS > 0 {
		fact("Received", m.exactly(v.ReceivedMS))
	}
	if v.Kind == store.KindMessage {
		fact("Length", plural(utf8.RuneCountInString(v.Text), "character"))
	}
	if state := stateText(v); state != "" {
		fact("State", state)
	}
	if e := v.Expire; e.Mode != store.ExpireNever {
		when := timerText(store.Timer{Mode: e.Mode, Seconds: e.Seconds})
		if e.AtMS > 0 {
			when += ", on " + m.exactly(e.AtMS)
		}
		fact("Disappears", when)
	}
	if v.Hash != "" {
		fact("Hash", string(v.Hash))
	}
	if len(v.Reactions) > 0 {
		rows = append(rows, "")
		for i, r := range v.Reactions {
			label := ""
			if i == 0 {
				label = "Reactions"
			}
			who := m.metrics.Cut(render.Line(m.people().name(v, r.Author)), max(textWidth(width)-36, 8), m.theme.Glyphs.Ellipsis)
			rows = append(rows, m.fact(label, who+", "+m.exactly(r.AtMS)+"  "+render.Line(r.Emoji), width))
		}
	}
	for _, a := range s.attempts {
		rows = append(rows, "")
		rows = append(rows, m.attemptRows(v.Conversation, a, width)...)
	}
	rows = append(rows, "")
	text := render.Text(v.Readable())
	if v.Kind == store.KindInfo {
		text = render.Line(text)
	}
	for _, row := range render.Wrap(text, textWidth(width)) {
		rows = append(rows, indent+row)
	}
	return rows
}

// swarmOf names the swarm that a message goes to.
func swarmOf(conv id.Conversation) string {
	if _, ok := conv.Group(); ok {
		return "the group's swarm"
	}
	return "the recipient's swarm"
}

// attemptRows is one try to bring a message into a swarm.
func (m *Model) attemptRows(conv id.Conversation, a store.Attempt, width int) []string {
	to := "To " + swarmOf(conv)
	if a.Kind == store.OutgoingCopy {
		to = "To your own swarm, for your other devices"
	}
	rows := []string{indent + m.theme.Strong.Render(to) + m.theme.Muted.Render("   "+time.UnixMilli(a.AtMS).In(m.clock().Location()).Format("15:04:05"))}
	fact := func(label, value string) {
		for _, row := range render.Wrap(render.Line(value), max(textWidth(width)-11, 16)) {
			rows = append(rows, m.fact(label, row, width))
			label = ""
		}
	}
	if len(a.Path) > 0 {
		fact("Path", "you "+m.theme.Glyphs.Hop+" "+strings.Join(a.Path, " "+m.theme.Glyphs.Hop+" "))
	}
	if a.Error != "" {
		fact("Failed", a.Error)
		return rows
	}
	stored := plural(a.Stored, "node")
	if a.Failed > 0 {
		stored += ", not by " + strconv.Itoa(a.Failed)
	}
	fact("Stored by", stored)
	if len(a.Nodes) > 0 {
		fact("", strings.Join(a.Nodes, "  "))
	}
	return rows
}

// authorOf names who wrote a message.
func (m *Model) authorOf(v messaging.Message) string {
	if v.Direction == store.Out {
		return "You"
	}
	return v.Name
}

// exactly is a time to the second.
func (m *Model) exactly(ms int64) string {
	return time.UnixMilli(ms).In(m.clock().Location()).Format("Mon 2 Jan 2006, 15:04:05")
}

// stateText says what became of a message.
func stateText(v messaging.Message) string {
	switch chat.State(v.State) {
	case chat.Sending:
		return "in the outbox; it goes out when the network can be reached"
	case chat.Sent:
		if account, ok := v.Conversation.Account(); ok && account.Sender() == v.Author {
			return "stored in your swarm"
		}
		return "stored in " + swarmOf(v.Conversation)
	case chat.Read:
		return "read"
	case chat.Failed:
		return "not sent: " + v.Failure
	}
	return ""
}

// changedStory has the page about a message say what is new of it.
func (m *Model) changedStory(conv id.Conversation, row int64) tea.Cmd {
	if m.story == nil || m.page == nil || m.story.message.Row != row || conv != m.open {
		return nil
	}
	return m.tellStory()
}
