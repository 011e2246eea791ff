package app

import (
	"strconv"

	"seance/messaging"
	"seance/network"
	"seance/tui/render"
)

// filling is how far an account that was restored has come.
type filling struct {
	messaging.Restoring
	begun bool // the network has answered
}

// restores shows how far the account has come; its list is read once all is here.
func (m *Model) restores(e messaging.Restoring) {
	m.filling = &filling{e, true}
	if e.Done {
		m.filling = nil
		m.outdated = true
	}
}

// fillingRows say how far the account has come, in place of what is not there yet.
func (m *Model) fillingRows(width int) []string {
	f, strong := m.filling, func(n int) string { return m.theme.Strong.Render(strconv.Itoa(n)) }
	var rows []string
	add := func(text string) {
		for _, row := range render.Wrap(text, width) {
			rows = append(rows, m.theme.Muted.Render(row))
		}
	}
	add("Restoring your account.")
	if f.begun {
		const column = 10
		rows = append(rows, "", m.theme.Muted.Render(m.metrics.Fit("Contacts", column, ""))+strong(f.Contacts),
			m.theme.Muted.Render(m.metrics.Fit("Messages", column, ""))+strong(f.Messages))
	}
	rows = append(rows, "")
	switch {
	case m.net.State == network.Offline:
		add("The network cannot be reached. This goes on by itself once it can.")
	case !f.begun:
		add("Asking the network for your contacts, settings and messages.")
	default:
		add("Older messages come in a few at a time.")
	}
	return rows
}

// fillingFoot is one row below the list, while it fills.
func (m *Model) fillingFoot() string {
	if m.net.State == network.Offline {
		return "Restoring: waiting for the network"
	}
	return "Restoring: " + plural(m.filling.Messages, "message")
}
