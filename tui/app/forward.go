package app

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"seance/messaging/id"
	"seance/store"
	"seance/tui/picker"
	"seance/tui/render"
)

func forwardActions() []*Action {
	return []*Action{
		{Name: "message.forward", Title: "Forward the message", Hint: "forward",
			Keys: map[Context][]string{InMessages: {"f"}}, When: onText, Run: quietly((*Model).showForward)},
	}
}

// showForward asks for the conversation to send the selected message to.
func (m *Model) showForward() {
	sel, _ := m.chat.Selected()
	var items []picker.Item
	for _, v := range m.convs {
		if barred(v) == "" && !v.Request && !v.Blocked {
			items = append(items, picker.Item{ID: string(v.ID), Title: render.Line(v.Title), Also: string(v.ID)})
		}
	}
	m.page = &pickPage{
		name:   "Forward to",
		picker: picker.New("Part of a name", "Nobody by that name.", items),
		pick: func(m *Model, to string) tea.Cmd {
			m.page = nil
			v, _ := m.conversation(id.Conversation(to))
			c, messageID := m.client, store.Message{Row: sel.Key}.ID()
			return m.ask(func(ctx context.Context) result {
				draft, err := c.Forward(ctx, messageID)
				if err == nil {
					_, err = c.Send(context.WithoutCancel(ctx), v.ID, draft)
				}
				if err != nil {
					return failed(err)
				}
				return func(m *Model) tea.Cmd {
					m.say("Forwarded to " + render.Line(v.Title) + ".")
					return nil
				}
			})
		},
	}
}
