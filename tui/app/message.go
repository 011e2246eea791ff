package app

import (
	"strconv"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"seance/messaging/id"
	"seance/tui/chat"
	"seance/tui/render"
)

// copyText puts text into the clipboard of the terminal's user, by OSC 52.
func (m *Model) copyText(text, said string) tea.Cmd {
	m.say(said)
	m.painter.Copy(text)
	return nil
}

func (m *Model) copyMessage() tea.Cmd {
	sel, ok := m.chat.Selected()
	if !ok {
		return nil
	}
	return m.copyText(sel.Text, "Copied the message.")
}

// showMessageInfo shows what is known of the selected message.
func (m *Model) showMessageInfo() {
	sel, ok := m.chat.Selected()
	if !ok {
		return
	}
	m.page = &textPage{name: "About the message", text: func(m *Model, width int) []string {
		return m.infoRows(sel, width)
	}}
}

func (m *Model) infoRows(sel chat.Message, width int) []string {
	author := render.Line(sel.Name)
	if sel.Own {
		author = "You"
	}
	rows := []string{m.fact("From", author, width)}
	if len(sel.Author) == id.Size {
		whole := id.Account([]byte(sel.Author)).String()
		rows = append(rows, m.fact("Account ID", whole[:id.Size], width), m.fact("", whole[id.Size:], width))
	}
	rows = append(rows,
		m.fact("Written", time.UnixMilli(sel.MS).In(m.clock().Location()).Format("Monday 2 January 2006, 15:04:05"), width),
		m.fact("Length", strconv.Itoa(utf8.RuneCountInString(sel.Text))+" characters", width))
	switch sel.State {
	case chat.Sending:
		rows = append(rows, m.fact("State", "in the outbox; it goes out when the network can be reached", width))
	case chat.Sent:
		rows = append(rows, m.fact("State", "stored in the recipient's swarm", width))
	case chat.Read:
		rows = append(rows, m.fact("State", "read", width))
	case chat.Failed:
		rows = append(rows, m.fact("State", "not sent: "+render.Line(sel.Failure), width))
	}
	rows = append(rows, "")
	for _, row := range render.Wrap(render.Text(sel.Text), textWidth(width)) {
		rows = append(rows, indent+row)
	}
	return rows
}
