package app

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"seance/messaging/id"
	"seance/tui/chat"
	"seance/tui/render"
)

// answers are the messages that what is being written answers, by conversation.
type answers map[id.Conversation]chat.Message

func replyActions() []*Action {
	return []*Action{
		{Name: "message.reply", Title: "Reply to the message", Hint: "reply",
			Keys: map[Context][]string{InMessages: {"r"}}, When: func(m *Model) bool { return onText(m) && writable(m) },
			Run: func(m *Model) tea.Cmd {
				sel, _ := m.chat.Selected()
				m.answers[m.open] = sel
				m.focus = OnComposer
				m.chat.Select(0)
				return m.goesWith()
			}},
		{Name: "message.reply_not", Title: "Reply to no message", Hint: "no reply",
			Keys: map[Context][]string{InComposer: {"esc"}}, When: answering, Run: func(m *Model) tea.Cmd {
				delete(m.answers, m.open)
				return m.goesWith()
			}},
		{Name: "message.original", Title: "Go to the message that this one replies to",
			Keys: map[Context][]string{InMessages: {"g r"}},
			When: func(m *Model) bool { sel, ok := m.chat.Selected(); return ok && onMessage(m) && sel.Quote != nil },
			Run:  (*Model).toOriginal},
		{Name: "message.return", Title: "Go back to the reply",
			Keys: map[Context][]string{InMessages: {"g b"}},
			When: func(m *Model) bool { return opened(m) && len(m.trail) > 0 }, Run: (*Model).toAnswer},
	}
}

// onText reports whether a message of a person is selected.
func onText(m *Model) bool {
	sel, ok := m.chat.Selected()
	return ok && onMessage(m) && !sel.Info && !sel.Deleted
}

func answering(m *Model) bool {
	_, is := m.answers[m.open]
	return is && m.page == nil
}

// maxTrail is how many jumps are remembered.
const maxTrail = 50

// toOriginal goes to the message that the selected one answers.
func (m *Model) toOriginal() tea.Cmd {
	sel, _ := m.chat.Selected()
	from, ok := position(sel.Place())
	to, there := position(sel.Quote.At)
	if sel.Quote.Key == 0 || !ok || !there {
		m.say("The original message is not here.")
		return nil
	}
	m.trail = append(m.trail, spot{conv: m.open, at: from, row: sel.Key})
	m.trail = m.trail[max(len(m.trail)-maxTrail, 0):]
	return m.openAt(spot{conv: m.open, at: to, row: sel.Quote.Key})
}

// toAnswer goes back to where the last jump to an original began.
func (m *Model) toAnswer() tea.Cmd {
	back := m.trail[len(m.trail)-1]
	m.trail = m.trail[:len(m.trail)-1]
	return m.openAt(back)
}

// answerRow shows above the composer which message is answered.
func (m *Model) answerRow(width int) []string {
	to, ok := m.answers[m.open]
	if !ok {
		return nil
	}
	th := m.theme
	name := render.Line(to.Name)
	if to.Own {
		name = "yourself"
	}
	name = m.metrics.Cut(name, max(width/3, 8), th.Glyphs.Ellipsis)
	text, _, _ := strings.Cut(strings.TrimLeft(to.Shown(), " \n"), "\n")
	if n := len(to.Files); text == "" && n > 0 {
		text = render.Files(n, to.Files[0].Name, to.Files[0].Voice, to.Files[0].Picture)
	}
	line := m.metrics.Cut("Reply to "+name+": "+text, width-2*len(indent)-2, th.Glyphs.Ellipsis)
	return []string{indent + th.Accent.Render(th.Glyphs.Divider) + " " + th.Muted.Render(line)}
}

// forgetAnswer answers a message no more that is gone.
func (m *Model) forgetAnswer(key int64) {
	for conv, to := range m.answers {
		if to.Key == key {
			delete(m.answers, conv)
		}
	}
}
