package app

import (
	tea "charm.land/bubbletea/v2"
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
