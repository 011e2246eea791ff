package app

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/picker"
	"seance/tui/render"
)

func privacyActions() []*Action {
	return []*Action{
		{Name: "privacy.open", Title: "Read receipts and typing indicators", Keys: map[Context][]string{InList: {"P"}}, When: attached,
			Run: func(m *Model) tea.Cmd {
				if isContact(m) && m.current().ID != "" {
					return m.showPrivacy(m.current(), m.page)
				}
				return m.showPrivacy(messaging.Conversation{}, m.page)
			}},
		{Name: "conversation.peek", Title: "Look into the conversation without marking it as read",
			Keys: map[Context][]string{InList: {"v"}},
			When: func(m *Model) bool {
				return attached(m) && m.focus == OnList && m.page == nil && m.list.Selected() != ""
			},
			Run: func(m *Model) tea.Cmd {
				m.peeked = id.Conversation(m.list.Selected())
				return m.show(m.peeked)
			}},
	}
}

// privacy is what others learn of what the user does: everywhere and, with a
// person, in one conversation.
type privacy struct {
	everywhere messaging.Preferences
	with       messaging.Conversation // the zero value: nobody
	here       store.Preference
}

func readPrivacy(ctx context.Context, c *messaging.Client, with messaging.Conversation) (p privacy, err error) {
	p.with = with
	if p.everywhere, err = c.Preferences(ctx); err == nil && with.ID != "" {
		p.here, err = c.Preference(ctx, with.ID)
	}
	return p, err
}

// showPrivacy lists what others learn, to change it: also one of them, unless
// that is the zero value.
func (m *Model) showPrivacy(with messaging.Conversation, back page) tea.Cmd {
	c := m.client
	return m.ask(func(ctx context.Context) result {
		p, err := readPrivacy(ctx, c, with)
		if err != nil {
			return failed(err)
		}
		return quietly(func(m *Model) {
			page := &pickPage{name: "Read receipts and typing", picker: picker.New("What to change", "Nothing by that name.", p.items()), back: back}
			page.pick = func(m *Model, name string) tea.Cmd {
				m.page = page
				return m.changePrivacy(page, with, name)
			}
			m.page = page
		})
	})
}

func (p privacy) items() []picker.Item {
	items := []picker.Item{
		{ID: "receipts", Title: "Read receipts", Note: onOff(p.everywhere.ReadReceipts)},
		{ID: "typing", Title: "Typing indicators", Note: onOff(p.everywhere.Typing)},
	}
	if p.with.ID != "" {
		title := render.Line(p.with.Title)
		items = append(items,
			picker.Item{ID: "receipts here", Title: "Read receipts for " + title, Note: own(p.here.ReadReceipts)},
			picker.Item{ID: "typing here", Title: "Typing indicators for " + title, Note: own(p.here.Typing)})
	}
	return items
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func own(setting *bool) string {
	if setting == nil {
		return "as everywhere"
	}
	return onOff(*setting)
}

// changePrivacy changes one setting to what comes next: on and off, and in one
// conversation as everywhere.
func (m *Model) changePrivacy(page *pickPage, with messaging.Conversation, name string) tea.Cmd {
	c := m.client
	return m.ask(func(ctx context.Context) result {
		p, err := readPrivacy(ctx, c, with)
		if err == nil {
			switch name {
			case "receipts":
				p.everywhere.ReadReceipts = !p.everywhere.ReadReceipts
				err = c.SetPreferences(ctx, p.everywhere)
			case "typing":
				p.everywhere.Typing = !p.everywhere.Typing
				err = c.SetPreferences(ctx, p.everywhere)
			case "receipts here":
				p.here.ReadReceipts = after(p.here.ReadReceipts)
				err = c.SetPreference(ctx, with.ID, p.here)
			case "typing here":
				p.here.Typing = after(p.here.Typing)
				err = c.SetPreference(ctx, with.ID, p.here)
			}
		}
		if err != nil {
			return failed(err)
		}
		return quietly(func(m *Model) {
			page.picker.Set(p.items())
			m.say("Who does not tell it is not told either.")
		})
	})
}

// after is the setting of a conversation that comes after another: on, off, as
// everywhere.
func after(setting *bool) *bool {
	on, off := true, false
	switch {
	case setting == nil:
		return &on
	case *setting:
		return &off
	}
	return nil
}
