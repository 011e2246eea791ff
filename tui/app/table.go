package app

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"seance/store"
)

// table is every action there is. Their order is that of hints and of help.
func table() []*Action {
	return slices.Concat(listActions(), emojiActions(), pictureActions(), offerActions(), replyActions(), composerActions(), attachActions(), previewActions(), undoActions(), deliveryActions(), voiceActions(), recorderActions(), requestActions(), groupActions(), groupPageActions(), memberActions(), reactActions(), messageActions(),
		fileActions(), linkActions(), deleteActions(), forwardActions(), privacyActions(), searchActions(), pageActions(), conversationActions(), contactActions(), settingActions(), onboardingActions(), appActions(), fieldActions())
}

// The conditions of actions.

func attached(m *Model) bool { return m.client != nil }
func opened(m *Model) bool   { return m.client != nil && m.open != "" }
func writable(m *Model) bool { return m.open != "" && barred(m.current()) == "" }
func onMessage(m *Model) bool {
	_, ok := m.chat.Selected()
	return ok && m.page == nil && m.open != ""
}

// quietly wraps what needs no command.
func quietly(f func(*Model)) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd {
		f(m)
		return nil
	}
}

func composerActions() []*Action {
	return []*Action{
		{Name: "message.send", Title: "Send the message", Hint: "send",
			Keys: map[Context][]string{InComposer: {"enter"}}, When: writable, Run: (*Model).send},
		{Name: "message.newline", Title: "Start a new line in the message",
			Keys:  map[Context][]string{InComposer: {"alt+enter", "ctrl+j", "shift+enter"}},
			Inner: true, Run: func(m *Model) tea.Cmd { return m.insert("\n") }},
		{Name: "message.editor", Title: "Write the message in your editor",
			Keys: map[Context][]string{InComposer: {"ctrl+o"}}, When: writable, Run: (*Model).openEditor},
		{Name: "composer.up", Title: "Line above, or the message sent before",
			Keys:  map[Context][]string{InComposer: {"up"}},
			Inner: true, Run: quietly(func(m *Model) { m.compose.Previous(m.metrics, m.frame().width) })},
		{Name: "composer.down", Title: "Line below, or the message sent after",
			Keys:  map[Context][]string{InComposer: {"down"}},
			Inner: true, Run: quietly(func(m *Model) { m.compose.Next(m.metrics, m.frame().width) })},
		{Name: "focus.messages", Title: "Go to the messages", Hint: "messages",
			Keys: map[Context][]string{InComposer: {"esc"}},
			When: opened, Run: quietly((*Model).focusMessages)},
	}
}

func (m *Model) focusMessages() {
	m.page, m.focus = nil, OnMessages
	if _, ok := m.chat.Selected(); !ok {
		m.layOut()
		m.chat.SelectLast()
	}
}

func messageActions() []*Action {
	move := func(by int) func(*Model) tea.Cmd {
		return quietly(func(m *Model) { m.chat.Move(by) })
	}
	page := func(by int) func(*Model) tea.Cmd {
		return quietly(func(m *Model) {
			m.chat.Page(by)
			if m.focus == OnMessages {
				m.chat.SelectLast()
			}
		})
	}
	return []*Action{
		{Name: "focus.composer", Title: "Write a message", Hint: "write",
			Keys: map[Context][]string{InMessages: {"enter", "tab", "c"}, InList: {"tab", "esc"}},
			When: writable, Run: quietly(func(m *Model) { m.page, m.focus = nil, OnComposer; m.chat.Select(0) })},
		{Name: "focus.reading", Title: "Go to the messages of the conversation", Hint: "messages", Inner: true,
			Keys: map[Context][]string{InList: {"tab", "esc"}},
			When: func(m *Model) bool { return opened(m) && !writable(m) }, Run: quietly((*Model).focusMessages)},
		{Name: "message.retry", Title: "Try to send the message again", Hint: "try again",
			Keys: map[Context][]string{InMessages: {"t"}},
			When: func(m *Model) bool { sel, ok := m.chat.Selected(); return ok && sel.State == "failed" },
			Run:  func(m *Model) tea.Cmd { sel, _ := m.chat.Selected(); return m.retry(store.Message{Row: sel.Key}.ID()) }},
		{Name: "message.copy", Title: "Copy the message", Hint: "copy",
			Keys: map[Context][]string{InMessages: {"y"}}, When: onMessage, Run: (*Model).copyMessage},
		{Name: "message.info", Title: "About the message", Hint: "info",
			Keys: map[Context][]string{InMessages: {"i"}}, When: onMessage, Run: (*Model).showMessageInfo},
		{Name: "messages.previous", Title: "Message above",
			Keys: map[Context][]string{InMessages: {"k", "up"}}, Inner: true, Run: move(-1)},
		{Name: "messages.next", Title: "Message below",
			Keys: map[Context][]string{InMessages: {"j", "down"}}, Inner: true, Run: move(1)},
		{Name: "messages.page_up", Title: "Scroll up",
			Keys:  map[Context][]string{InMessages: {"pgup", "ctrl+u", "b"}, InComposer: {"pgup"}},
			Inner: true, Run: page(-1)},
		{Name: "messages.page_down", Title: "Scroll down",
			Keys:  map[Context][]string{InMessages: {"pgdown", "ctrl+d", "space"}, InComposer: {"pgdown"}},
			Inner: true, Run: page(1)},
		{Name: "messages.start", Title: "Go to the oldest message",
			Keys: map[Context][]string{InMessages: {"g g", "home"}}, When: opened, Run: (*Model).toStart},
		{Name: "messages.date", Title: "Go to a date",
			Keys: map[Context][]string{InMessages: {"g d"}}, When: opened, Run: quietly((*Model).showDate)},
		{Name: "messages.end", Title: "Go to the newest message",
			Keys: map[Context][]string{InMessages: {"G", "end"}, InComposer: {"ctrl+end"}}, When: opened, Run: (*Model).toEnd},
		{Name: "messages.unread", Title: "Go to the unread line",
			Keys: map[Context][]string{InMessages: {"U"}}, When: func(m *Model) bool { return opened(m) && m.chat.Marked() },
			Run: quietly(func(m *Model) { m.chat.ToUnread() })},
		{Name: "focus.list", Title: "Go to the conversations", Hint: "list",
			Keys: map[Context][]string{InMessages: {"esc", "h", "left", "shift+tab"}, InComposer: {"tab", "shift+tab"}},
			When: attached, Run: quietly(func(m *Model) { m.page, m.focus = nil, OnList; m.chat.Select(0) })},
	}
}

func listActions() []*Action {
	move := func(by int) func(*Model) tea.Cmd {
		return quietly(func(m *Model) { m.list.Move(by) })
	}
	return []*Action{
		{Name: "conversation.open", Title: "Open the conversation", Hint: "open",
			Keys: map[Context][]string{InList: {"enter", "right", "l"}}, Inner: true,
			When: func(m *Model) bool { return m.list.Selected() != "" },
			Run:  (*Model).openSelected},
		{Name: "list.previous", Title: "Conversation above", Keys: map[Context][]string{InList: {"k", "up"}}, Inner: true, Run: move(-1)},
		{Name: "list.next", Title: "Conversation below", Keys: map[Context][]string{InList: {"j", "down"}}, Inner: true, Run: move(1)},
		{Name: "list.page_up", Title: "A screen of conversations up", Keys: map[Context][]string{InList: {"pgup", "ctrl+u"}}, Inner: true, Run: move(-8)},
		{Name: "list.page_down", Title: "A screen of conversations down", Keys: map[Context][]string{InList: {"pgdown", "ctrl+d"}}, Inner: true, Run: move(8)},
		{Name: "list.first", Title: "First conversation", Keys: map[Context][]string{InList: {"g", "home"}}, Inner: true, Run: move(-1 << 20)},
		{Name: "list.last", Title: "Last conversation", Keys: map[Context][]string{InList: {"G", "end"}}, Inner: true, Run: move(1 << 20)},
	}
}

func pageActions() []*Action {
	scroll := func(by int, pages bool) func(*Model) tea.Cmd {
		return quietly(func(m *Model) {
			if p, ok := m.page.(*textPage); ok {
				n := by
				if pages {
					n *= max(p.room-2, 1)
				}
				p.scroll(n)
			}
		})
	}
	pick := func(by int) func(*Model) tea.Cmd {
		return quietly(func(m *Model) {
			if p, ok := m.page.(*pickPage); ok {
				p.picker.Move(by)
			}
		})
	}
	return []*Action{
		{Name: "picker.pick", Title: "Choose what is marked", Hint: "choose",
			Keys: map[Context][]string{InPicker: {"enter"}}, Inner: true, Run: (*Model).picked},
		{Name: "form.submit", Title: "Go on", Hint: "go on",
			Keys: map[Context][]string{InForm: {"enter"}}, Inner: true, Run: (*Model).submitted},
		{Name: "page.close", Title: "Back", Hint: "back",
			Keys:  map[Context][]string{InPage: {"esc", "q"}, InPicker: {"esc"}, InForm: {"esc"}, InSearch: {"esc"}, InRequests: {"esc", "q"}},
			Inner: true, Run: (*Model).closePage},
		{Name: "picker.previous", Title: "Line above", Keys: map[Context][]string{InPicker: {"up", "ctrl+p", "shift+tab"}}, Inner: true, Run: pick(-1)},
		{Name: "picker.next", Title: "Line below", Keys: map[Context][]string{InPicker: {"down", "ctrl+n", "tab"}}, Inner: true, Run: pick(1)},
		{Name: "picker.page_up", Title: "A screen up", Keys: map[Context][]string{InPicker: {"pgup"}}, Inner: true, Run: pick(-10)},
		{Name: "picker.page_down", Title: "A screen down", Keys: map[Context][]string{InPicker: {"pgdown"}}, Inner: true, Run: pick(10)},
		{Name: "page.up", Title: "Scroll up", Keys: map[Context][]string{InPage: {"k", "up"}}, Inner: true, Run: scroll(-1, false)},
		{Name: "page.down", Title: "Scroll down", Keys: map[Context][]string{InPage: {"j", "down"}}, Inner: true, Run: scroll(1, false)},
		{Name: "page.page_up", Title: "A screen up", Keys: map[Context][]string{InPage: {"pgup", "ctrl+u", "b"}}, Inner: true, Run: scroll(-1, true)},
		{Name: "page.page_down", Title: "A screen down", Hint: "more", Keys: map[Context][]string{InPage: {"pgdown", "ctrl+d", "space"}}, Inner: true,
			When: func(m *Model) bool { p, ok := m.page.(*textPage); return ok && p.top+p.room < p.rows }, Run: scroll(1, true)},
		{Name: "question.yes", Title: "Yes", Keys: map[Context][]string{InQuestion: {"y"}}, Inner: true,
			Run: func(m *Model) tea.Cmd { return m.answer(true) }},
		{Name: "question.no", Title: "No", Keys: map[Context][]string{InQuestion: {"n", "esc", "q"}}, Inner: true,
			Run: func(m *Model) tea.Cmd { return m.answer(false) }},
	}
}
