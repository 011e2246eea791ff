package app

import (
	"context"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seance/messaging/id"
	"seance/tui/edit"
	"seance/tui/picker"
	"seance/tui/render"
)

// showJump lists all conversations to choose one by typing part of its name.
func (m *Model) showJump() {
	var items []picker.Item
	for _, v := range m.convs {
		note := ""
		switch {
		case v.Request:
			note = "request"
		case v.Blocked:
			note = "blocked"
		case v.Unread > 0:
			note = strconv.Itoa(v.Unread) + " unread"
		}
		items = append(items, picker.Item{ID: string(v.ID), Title: render.Line(v.Title), Note: note, Also: string(v.ID)})
	}
	m.page = &pickPage{
		name:   "Jump to",
		picker: picker.New("Part of a name", "Nobody by that name. "+m.named("conversation.new").anyKey()+" writes to an Account ID.", items),
		pick: func(m *Model, conv string) tea.Cmd {
			return m.openConversation(id.Conversation(conv))
		},
	}
}

// showPalette lists all actions that make sense now, with their keys.
func (m *Model) showPalette() {
	var items []picker.Item
	for _, a := range m.actions {
		if !a.Inner && a.possible(m) && a.Name != "app.palette" {
			items = append(items, picker.Item{ID: a.Name, Title: a.Title, Note: a.anyKey(), Also: a.Name})
		}
	}
	back := m.page
	m.page = &pickPage{
		name:   "Actions",
		picker: picker.New("What do you want to do?", "No action by that name.", items),
		pick: func(m *Model, name string) tea.Cmd {
			m.page = back
			return m.named(name).Run(m)
		},
	}
}

// picked does what was chosen.
func (m *Model) picked() tea.Cmd {
	p, ok := m.page.(*pickPage)
	if !ok {
		return nil
	}
	it, ok := p.picker.Picked()
	if !ok {
		return nil
	}
	m.page = nil
	return p.pick(m, it.ID)
}

// submitted takes what was entered into a form.
func (m *Model) submitted() tea.Cmd {
	if p, ok := m.page.(*formPage); ok {
		return p.submit(m, p.buffer.Text())
	}
	return nil
}

// showNew asks for an Account ID to write to.
func (m *Model) showNew() {
	p := &formPage{
		name:  "New conversation",
		intro: "The Account ID of the person you want to write to: 66 digits and letters that start with 05, or what their QR code says. A Session name will do, too. They see your first message as a request.",
		hint:  "Account ID", buffer: edit.Single(""),
	}
	p.submit = func(m *Model, text string) tea.Cmd {
		text = strings.Join(strings.Fields(text), "") // it is shown in two rows
		account, err := id.ParseAccount(text)
		switch {
		case err == nil:
			return m.openConversation(id.With(account))
		case strings.HasPrefix(text, "05") || len(text) >= 2*id.Size: // it is meant to be one
			p.wrong = sentence(err) + "."
			return nil
		}
		m.say("Asking whose name that is.")
		c := m.client
		return m.ask(func(ctx context.Context) result {
			account, err := c.Lookup(ctx, text)
			return func(m *Model) tea.Cmd {
				m.notice = notice{}
				switch {
				case m.page != p:
				case err != nil:
					p.wrong = sentence(err) + "."
				default:
					return m.openConversation(id.With(account))
				}
				return nil
			}
		})
	}
	m.page = p
}

func (m *Model) openSelected() tea.Cmd {
	if to := m.list.Selected(); to != "" {
		return m.openConversation(id.Conversation(to))
	}
	return nil
}
