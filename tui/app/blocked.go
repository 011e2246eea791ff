package app

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/tui/picker"
	"seance/tui/render"
)

// showBlocked lists who is blocked, to unblock them.
func (m *Model) showBlocked() tea.Cmd {
	c := m.client
	return m.ask(func(ctx context.Context) result {
		list, err := c.EveryConversation(ctx)
		if err != nil {
			return failed(err)
		}
		blocked := map[string]messaging.Conversation{}
		var items []picker.Item
		for _, v := range list {
			if v.Blocked {
				blocked[string(v.ID)] = v
				items = append(items, picker.Item{ID: string(v.ID), Title: v.Title})
			}
		}
		return quietly(func(m *Model) {
			m.page = &pickPage{
				name: "Blocked", picker: picker.New("Part of a name", "Nobody is blocked.", items),
				pick: func(m *Model, picked string) tea.Cmd {
					m.askUnblock(blocked[picked])
					return nil
				},
			}
		})
	})
}

func (m *Model) askUnblock(v messaging.Conversation) {
	who, ok := v.ID.Account()
	if !ok {
		return
	}
	m.confirm = &confirm{
		question: "Unblock " + render.Line(v.Title) + "? What they send from now on reaches you again.",
		yes:      "unblock", no: "cancel",
		run: func(m *Model) tea.Cmd {
			c := m.client
			return m.ask(func(ctx context.Context) result {
				if err := c.Unblock(ctx, who); err != nil {
					return failed(err)
				}
				return (*Model).showBlocked
			})
		},
	}
}
