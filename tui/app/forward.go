package app

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
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
			return m.forward(v, store.Message{Row: sel.Key}.ID(), false)
		},
	}
}

// forward sends what a message says, with its files, to somebody. asIs sends along
// what a camera wrote into them, also where it cannot be removed.
func (m *Model) forward(to messaging.Conversation, messageID string, asIs bool) tea.Cmd {
	c := m.client
	return m.ask(func(ctx context.Context) result {
		draft, err := c.Forward(ctx, messageID)
		for i := range draft.Files {
			draft.Files[i].AsIs = asIs
		}
		if err == nil {
			_, err = c.Send(context.WithoutCancel(ctx), to.ID, draft)
		}
		if telling := new(messaging.TellingError); errors.As(err, &telling) {
			return func(m *Model) tea.Cmd {
				if m.page != nil || m.confirm != nil {
					m.complain(err)
					return nil
				}
				m.confirm = &confirm{
					question: telling.Error() + ". Send it with that?", yes: "send it as it is", no: "do not send it",
					run: func(m *Model) tea.Cmd { return m.forward(to, messageID, true) },
				}
				return nil
			}
		}
		if err != nil {
			return failed(err)
		}
		return func(m *Model) tea.Cmd {
			m.say("Forwarded to " + render.Line(to.Title) + ".")
			return nil
		}
	})
}
