package app

import (
	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/render"
)

// contactActions are about the person of a conversation.
func contactActions() []*Action {
	who := func(m *Model) (messaging.Conversation, bool) {
		if p, ok := m.page.(*textPage); ok && p.about != "" {
			v, ok := m.conversation(p.about)
			return v, ok && isPerson(v)
		}
		v, ok := m.chosen()
		return v, ok && isPerson(v)
	}
	with := func(do func(*Model, messaging.Conversation) tea.Cmd) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd {
			if v, ok := who(m); ok {
				return do(m, v)
			}
			return nil
		}
	}
	return []*Action{
		{Name: "contact.show", Title: "About this contact", Keys: map[Context][]string{InList: {"i"}},
			When: func(m *Model) bool { _, ok := who(m); return ok && m.page == nil },
			Run:  with(func(m *Model, v messaging.Conversation) tea.Cmd { m.showContact(v.ID); return nil })},
		{Name: "contact.copy_id", Title: "Copy the Account ID", Hint: "copy", Inner: true, Keys: map[Context][]string{InContact: {"y"}},
			Run: with(func(m *Model, v messaging.Conversation) tea.Cmd {
				return m.copyText(string(v.ID), "Copied the Account ID.")
			})},
		{Name: "contact.code", Title: "Show the Account ID as a QR code", Hint: "QR code", Inner: true, Keys: map[Context][]string{InContact: {"c"}},
			Run: with(func(m *Model, v messaging.Conversation) tea.Cmd {
				m.showCode("Account ID of "+v.Title, "Scan it with the app of whoever wants to write to them.", string(v.ID),
					m.copyInstead("contact.copy_id", InContact))
				return nil
			})},
	}
}

// showContact shows who a conversation is with.
func (m *Model) showContact(conv id.Conversation) {
	face := &portrait{of: func(m *Model) store.Picture {
		if v, ok := m.conversation(conv); ok && trusts(v) {
			return v.Picture
		}
		return store.Picture{}
	}}
	m.page = &textPage{name: "About this contact", in: []Context{InContact}, about: conv, portrait: face, text: func(m *Model, width int) []string {
		v, ok := m.conversation(conv)
		if !ok {
			return m.paragraph("This contact is gone.", width)
		}
		rows := []string{m.fact("Name", render.Line(orNone(v.Name)), width)}
		if v.Nickname != "" {
			rows = append(rows, m.fact("Nickname", render.Line(v.Nickname), width))
		}
		rows = append(rows, m.fact("Standing", standing(v), width), "")
		for _, half := range render.Wrap(string(conv), min(textWidth(width), 33)) {
			rows = append(rows, indent+m.theme.Strong.Render(half))
		}
		return m.withPortrait(face, append(append(rows, ""), m.keyRows(InContact, width)...))
	}}
}

func orNone(name string) string {
	if name == "" {
		return "none: they are shown by their Account ID"
	}
	return name
}

// standing says how the user and a contact stand to each other.
func standing(v messaging.Conversation) string {
	switch {
	case v.Blocked:
		return "blocked: nothing they send reaches you"
	case !v.Approved:
		return "they asked to write to you"
	case !v.ApprovedMe:
		return "they have not answered yet"
	}
	return "you can write to each other"
}
