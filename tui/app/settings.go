package app

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/edit"
	"seance/tui/render"
)

// How long something is muted that is not muted for good.
const (
	aWhile = 8 * time.Hour
	aWeek  = 7 * 24 * time.Hour
)

// offerActions do what a line in the chat offers.
func offerActions() []*Action {
	return []*Action{
		{Name: "conversation.follow_timer", Title: "Have messages disappear as the other side has set it", Hint: "do the same",
			Keys: map[Context][]string{InMessages: {"t"}},
			When: func(m *Model) bool {
				sel, ok := m.chat.Selected()
				return ok && sel.Offer && onMessage(m) && personal(m.current())
			}, Run: (*Model).followTimer},
	}
}

// settingActions change what all devices of the account know of a conversation.
func settingActions() []*Action {
	list := func(key string) map[Context][]string { return map[Context][]string{InList: {key}} }
	when := func(f func(*Model, messaging.Conversation) bool) func(*Model) bool {
		return func(m *Model) bool { v, ok := m.chosen(); return ok && f(m, v) }
	}
	also := func(f func(messaging.Conversation) bool) func(*Model) bool {
		return when(func(_ *Model, v messaging.Conversation) bool { return f(v) })
	}
	run := func(f func(*Model, messaging.Conversation) tea.Cmd) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd { v, _ := m.chosen(); return f(m, v) }
	}
	mute := func(d time.Duration, said string) func(*Model) tea.Cmd {
		return run(func(m *Model, v messaging.Conversation) tea.Cmd { return m.mute(v, d, said) })
	}
	return []*Action{
		{Name: "conversation.settings", Title: "Settings of the conversation", Hint: "settings",
			Keys: map[Context][]string{InList: {"s"}, InMessages: {"S", "s"}}, When: also(changeable),
			Run: run(func(m *Model, v messaging.Conversation) tea.Cmd { m.showSettings(v.ID); return nil })},
		{Name: "conversation.pin", Title: "Pin the conversation to the top", Keys: list("p"),
			When: also(func(v messaging.Conversation) bool { return changeable(v) && v.Priority == 0 }), Run: run((*Model).togglePin)},
		{Name: "conversation.unpin", Title: "Unpin the conversation", Keys: list("p"),
			When: also(func(v messaging.Conversation) bool { return changeable(v) && v.Priority > 0 }), Run: run((*Model).togglePin)},
		{Name: "conversation.notify", Title: "Choose which messages you are told of", When: also(callable),
			Run: run(func(m *Model, v messaging.Conversation) tea.Cmd { m.showNotify(v, nil); return nil })},
		{Name: "conversation.mute", Title: "Mute the conversation for 8 hours", Keys: list("m"),
			When: when(func(m *Model, v messaging.Conversation) bool { return callable(v) && !m.muted(v) }),
			Run:  mute(aWhile, "Muted for 8 hours.")},
		{Name: "conversation.mute_week", Title: "Mute the conversation for a week", When: also(callable), Run: mute(aWeek, "Muted for a week.")},
		{Name: "conversation.mute_forever", Title: "Mute the conversation for good", Keys: list("M"), When: also(callable),
			Run: mute(forGood, "Muted for good.")},
		{Name: "conversation.unmute", Title: "Unmute the conversation", Keys: list("m"),
			When: when(func(m *Model, v messaging.Conversation) bool { return callable(v) && m.muted(v) }), Run: run((*Model).unmute)},
		{Name: "conversation.expire", Title: "Have messages disappear", Keys: list("t"), When: also(personal),
			Run: run(func(m *Model, v messaging.Conversation) tea.Cmd { m.showTimer(v, nil); return nil })},
		{Name: "conversation.mark_unread", Title: "Mark the conversation as unread", Keys: list("r"),
			When: also(func(v messaging.Conversation) bool { return changeable(v) && !unread(v) }), Run: run((*Model).toggleRead)},
		{Name: "conversation.mark_read", Title: "Mark the conversation as read", Keys: list("r"),
			When: also(func(v messaging.Conversation) bool { return changeable(v) && unread(v) }), Run: run((*Model).toggleRead)},
		{Name: "contact.nickname", Title: "Give this contact a nickname", Keys: list("e"), When: also(isPerson),
			Run: run(func(m *Model, v messaging.Conversation) tea.Cmd { m.showNickname(v, nil); return nil })},
		{Name: "conversation.delete", Title: "Delete the conversation", Keys: list("d"), When: also(personal),
			Run: run(func(m *Model, v messaging.Conversation) tea.Cmd { m.askDeleteConversation(v); return nil })},
		{Name: "contact.delete", Title: "Delete this contact", Keys: list("D"), When: also(isPerson),
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

// muted reports whether nobody is told of the messages of a conversation.
func (m *Model) muted(v messaging.Conversation) bool {
	return v.MutedUntilMS > m.now().UnixMilli() || v.Notify == store.NotifyNone
}

// unread reports whether anything is to be read, or is said to be.
func unread(v messaging.Conversation) bool { return v.Unread > 0 || v.MarkedUnread }

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

func (m *Model) togglePin(v messaging.Conversation) tea.Cmd {
	pinned := v.Priority == 0
	return m.configure(v, messaging.Settings{Pinned: &pinned}, "")
}

// forGood is as long as something can be muted.
const forGood time.Duration = -1

func (m *Model) mute(v messaging.Conversation, d time.Duration, said string) tea.Cmd {
	until := messaging.Forever
	if d != forGood {
		until = m.now().Add(d)
	}
	return m.configure(v, messaging.Settings{MutedUntil: &until}, said)
}

// unmute takes back whatever has silenced a conversation.
func (m *Model) unmute(v messaging.Conversation) tea.Cmd {
	s := messaging.Settings{MutedUntil: &time.Time{}}
	if v.Notify == store.NotifyNone {
		usual := store.NotifyDefault
		s.Notify = &usual
	}
	return m.configure(v, s, "")
}

// toggleRead marks a conversation to be read again, or everything in it as read.
func (m *Model) toggleRead(v messaging.Conversation) tea.Cmd {
	if unread(v) {
		c := m.client
		return m.do(func(ctx context.Context) error { return c.MarkRead(ctx, v.ID, max(v.Last.TimestampMS, v.LastReadMS)) })
	}
	marked := true
	return m.configure(v, messaging.Settings{Unread: &marked}, "")
}

// visited takes the mark away that a conversation is to be read again, since
// the user has come to do so.
func (m *Model) visited(conv id.Conversation) tea.Cmd {
	if v, ok := m.conversation(conv); ok && v.MarkedUnread {
		marked := false
		return m.configure(v, messaging.Settings{Unread: &marked}, "")
	}
	return nil
}

func (m *Model) showNickname(v messaging.Conversation, back page) {
	p := &formPage{
		name:  "Nickname",
		intro: "What you call " + render.Line(v.Title) + ". They do not learn it. An empty one takes it away.",
		hint:  render.Line(v.Name), buffer: edit.Single(v.Nickname), back: back,
	}
	p.submit = func(m *Model, text string) tea.Cmd {
		c, nickname := m.client, trimmed(text)
		return m.ask(func(ctx context.Context) result {
			err := c.Configure(ctx, v.ID, messaging.Settings{Nickname: &nickname})
			return func(m *Model) tea.Cmd {
				if err != nil {
					p.wrong = sentence(err)
				} else if m.page == p {
					m.back(p.back)
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
			m.page = nil
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
			m.page = nil
			m.shut(v.ID)
			m.dropDraft(v.ID)
			return m.do(func(ctx context.Context) error { return c.Forget(ctx, who) })
		},
	}
}
