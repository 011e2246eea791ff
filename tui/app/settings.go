package app

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/tui/edit"
	"seance/tui/render"
)

// aWhile is how long something is muted that is not muted for good.
const aWhile = 8 * time.Hour

// settingActions change what all devices of the account know of a conversation.
func settingActions() []*Action {
	list := func(key string) map[Context][]string { return map[Context][]string{InList: {key}} }
	when := func(f func(*Model, messaging.Conversation) bool) func(*Model) bool {
		return func(m *Model) bool { v, ok := m.chosen(); return ok && f(m, v) }
	}
	contact := func(_ *Model, v messaging.Conversation) bool { return v.Kind == id.KindContact }
	run := func(f func(*Model, messaging.Conversation) tea.Cmd) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd { v, _ := m.chosen(); return f(m, v) }
	}
	pin := func(pinned bool) func(*Model) tea.Cmd {
		return run(func(m *Model, v messaging.Conversation) tea.Cmd {
			return m.configure(v, messaging.Settings{Pinned: &pinned}, "")
		})
	}
	mute := func(said string, until func(*Model) time.Time) func(*Model) tea.Cmd {
		return run(func(m *Model, v messaging.Conversation) tea.Cmd {
			t := until(m)
			return m.configure(v, messaging.Settings{MutedUntil: &t}, said)
		})
	}
	return []*Action{
		{Name: "conversation.pin", Title: "Pin the conversation to the top", Keys: list("p"), Run: pin(true),
			When: when(func(_ *Model, v messaging.Conversation) bool { return v.Priority == 0 })},
		{Name: "conversation.unpin", Title: "Unpin the conversation", Keys: list("p"), Run: pin(false),
			When: when(func(_ *Model, v messaging.Conversation) bool { return v.Priority > 0 })},
		{Name: "conversation.mute", Title: "Mute the conversation for 8 hours", Keys: list("m"),
			When: when(func(m *Model, v messaging.Conversation) bool { return contact(m, v) && !m.muted(v) }),
			Run:  mute("Muted for 8 hours.", func(m *Model) time.Time { return m.now().Add(aWhile) })},
		{Name: "conversation.mute_forever", Title: "Mute the conversation for good", Keys: list("M"), When: when(contact),
			Run: mute("Muted for good.", func(*Model) time.Time { return messaging.Forever })},
		{Name: "conversation.unmute", Title: "Unmute the conversation", Keys: list("m"),
			When: when(func(m *Model, v messaging.Conversation) bool { return contact(m, v) && m.muted(v) }),
			Run:  mute("", func(*Model) time.Time { return time.Time{} })},
		{Name: "contact.nickname", Title: "Give this contact a nickname", Keys: list("e"), When: when(contact),
			Run: run(func(m *Model, v messaging.Conversation) tea.Cmd { m.showNickname(v); return nil })},
		{Name: "conversation.delete", Title: "Delete the conversation", Keys: list("d"),
			When: when(func(*Model, messaging.Conversation) bool { return true }),
			Run:  run(func(m *Model, v messaging.Conversation) tea.Cmd { m.askDeleteConversation(v); return nil })},
		{Name: "contact.delete", Title: "Delete this contact", Keys: list("D"), When: when(contact),
			Run: run(func(m *Model, v messaging.Conversation) tea.Cmd { m.askDeleteContact(v); return nil })},
	}
}

// chosen is the conversation that settings are about: the one under the cursor
// of the list, or the open one. Those that the engine does not know have none,
// and requests are answered first.
func (m *Model) chosen() (messaging.Conversation, bool) {
	if m.client == nil || m.page != nil {
		return messaging.Conversation{}, false
	}
	conv := m.open
	if m.focus == OnList {
		conv = id.Conversation(m.list.Selected())
	}
	v, ok := m.conversation(conv)
	return v, ok && !v.Request
}

func (m *Model) muted(v messaging.Conversation) bool { return v.MutedUntilMS > m.now().UnixMilli() }

// configure changes settings, and says something once that is done.
func (m *Model) configure(v messaging.Conversation, s messaging.Settings, said string) tea.Cmd {
	c := m.client
	return m.ask(func(ctx context.Context) result {
		if err := c.Configure(ctx, v.ID, s); err != nil {
			return failed(err)
		}
		return func(m *Model) tea.Cmd {
			m.say(said)
			return nil
		}
	})
}

func (m *Model) showNickname(v messaging.Conversation) {
	p := &formPage{
		name:  "Nickname",
		intro: "What you call " + render.Line(v.Title) + ". They do not learn it. An empty one takes it away.",
		hint:  render.Line(v.Name), buffer: edit.Single(v.Nickname),
	}
	p.submit = func(m *Model, text string) tea.Cmd {
		c, nickname := m.client, trimmed(text)
		return m.ask(func(ctx context.Context) result {
			err := c.Configure(ctx, v.ID, messaging.Settings{Nickname: &nickname})
			return func(m *Model) tea.Cmd {
				if err != nil {
					p.wrong = sentence(err)
				} else if m.page == p {
					m.page = nil
				}
				return nil
			}
		})
	}
	m.page = p
}

func (m *Model) askDeleteConversation(v messaging.Conversation) {
	hidden := true
	question := "Delete your messages with " + render.Line(v.Title) + " on all your devices? They stay a contact, and are not told."
	if v.Kind == id.KindSelf {
		question = "Delete all your notes on all your devices?"
	}
	m.confirm = &confirm{
		question: question, yes: "delete", no: "keep",
		run: func(m *Model) tea.Cmd {
			m.shut(v.ID)
			return m.configure(v, messaging.Settings{Hidden: &hidden}, "")
		},
	}
}

func (m *Model) askDeleteContact(v messaging.Conversation) {
	who, ok := v.ID.Account()
	if !ok {
		return
	}
	c := m.client
	m.confirm = &confirm{
		question: "Delete " + render.Line(v.Title) + " and your messages with them on all your devices? They are not told.",
		yes:      "delete", no: "keep",
		run: func(m *Model) tea.Cmd {
			m.shut(v.ID)
			m.drafts.drop(v.ID)
			return m.do(func(ctx context.Context) error { return c.Forget(ctx, who) })
		},
	}
}
