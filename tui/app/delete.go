package app

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/chat"
	"seance/tui/picker"
)

func deleteActions() []*Action {
	return []*Action{
		{Name: "message.delete", Title: "Delete the message", Hint: "delete",
			Keys: map[Context][]string{InMessages: {"d"}}, When: onMessage, Run: (*Model).askDeleteMessage},
	}
}

// askDeleteMessage asks where the selected message is to be deleted, as far as there
// is a choice. Whether oneself is an admin of a group has to be read first.
func (m *Model) askDeleteMessage() tea.Cmd {
	sel, _ := m.chat.Selected()
	v := m.current()
	if sel.Info || sel.Deleted || sel.State == chat.Failed {
		what := "this line"
		if sel.State == chat.Failed {
			what = "this message, which was not sent"
		}
		m.confirm = &confirm{
			question: "Delete " + what + "?", yes: "delete", no: "keep",
			run: func(m *Model) tea.Cmd { return m.delete(sel, messaging.ForMe) },
		}
		return nil
	}
	if inGroup(v) {
		return m.readGroup(v.ID, func(m *Model) tea.Cmd {
			m.chooseDelete(v, sel, sel.Own || m.group.Admin)
			return nil
		})
	}
	m.chooseDelete(v, sel, sel.Own && v.Kind == id.KindContact)
	return nil
}

// chooseDelete has it chosen where a message is deleted; everyone is whether that can be
// for everyone.
func (m *Model) chooseDelete(v messaging.Conversation, sel chat.Message, everyone bool) {
	scopes := map[string]messaging.Scope{"here": messaging.ForMe, "devices": messaging.MyDevices, "everyone": messaging.Everyone}
	items := []picker.Item{{ID: "here", Title: "On this device", Note: "other devices keep it"}}
	if v.Kind == id.KindContact || v.Kind == id.KindSelf {
		note := ""
		if !sel.Own && v.Kind == id.KindContact {
			note = "official desktops keep it" // they obey the author alone
		}
		items = append(items, picker.Item{ID: "devices", Title: "On all my devices", Note: note})
	}
	if everyone {
		note := "their app is asked to"
		if v.Kind == id.KindGroup {
			note = "their apps are asked to"
		}
		items = append(items, picker.Item{ID: "everyone", Title: "For everyone", Note: note})
	}
	m.page = &pickPage{
		name:   "Delete the message",
		picker: picker.New("Where?", "Esc keeps the message.", items),
		pick: func(m *Model, where string) tea.Cmd {
			m.page = nil
			return m.delete(sel, scopes[where])
		},
	}
}

// delete deletes a message. The one below it, or above, is selected then.
func (m *Model) delete(sel chat.Message, scope messaging.Scope) tea.Cmd {
	c := m.client
	return m.do(func(ctx context.Context) error { return c.Delete(ctx, store.Message{Row: sel.Key}.ID(), scope) })
}
