package app

import (
	tea "charm.land/bubbletea/v2"

	"seance/messaging/id"
	"seance/tui/edit"
)

func conversationActions() []*Action {
	step := func(by int) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd {
			if to := m.list.Neighbour(string(m.open), by); to != "" {
				return m.openConversation(id.Conversation(to))
			}
			return nil
		}
	}
	return []*Action{
		{Name: "conversation.jump", Title: "Jump to a conversation", Hint: "jump",
			Keys: map[Context][]string{Everywhere: {"ctrl+k"}}, When: attached, Run: quietly((*Model).showJump)},
		{Name: "search.open", Title: "Search the messages", Hint: "search",
			Keys: map[Context][]string{InList: {"/"}, InMessages: {"/"}, Everywhere: {"ctrl+f"}},
			When: func(m *Model) bool { return attached(m) && !searching(m) }, Run: (*Model).showSearch},
		{Name: "conversation.unread", Title: "Next conversation with something unread",
			Keys: map[Context][]string{Everywhere: {"alt+a"}, InList: {"u"}, InMessages: {"u"}}, When: attached,
			Run: func(m *Model) tea.Cmd {
				if to := m.list.Unread(string(m.open)); to != "" {
					return m.openConversation(id.Conversation(to))
				}
				m.say("Nothing is unread.")
				return nil
			}},
		{Name: "conversation.next", Title: "Next conversation",
			Keys: map[Context][]string{Everywhere: {"ctrl+down", "alt+down"}, InMessages: {"]"}, InList: {"]"}}, When: attached, Run: step(1)},
		{Name: "conversation.previous", Title: "Previous conversation",
			Keys: map[Context][]string{Everywhere: {"ctrl+up", "alt+up"}, InMessages: {"["}, InList: {"["}}, When: attached, Run: step(-1)},
		{Name: "conversation.new", Title: "Write to an Account ID",
			Keys: map[Context][]string{Everywhere: {"ctrl+n"}, InList: {"n"}}, When: attached, Run: quietly((*Model).showNew)},
		{Name: "conversation.self", Title: "Open the note to self", When: attached,
			Run: func(m *Model) tea.Cmd { return m.openConversation(id.With(m.client.Self().Account)) }},
		{Name: "contact.block", Title: "Block this contact",
			When: func(m *Model) bool { return isContact(m) && !m.current().Blocked }, Run: quietly((*Model).askBlock)},
		{Name: "contact.unblock", Title: "Unblock this contact",
			When: func(m *Model) bool { return isContact(m) && m.current().Blocked }, Run: (*Model).unblock},
		{Name: "contact.blocked", Title: "Who is blocked", Keys: map[Context][]string{InList: {"B"}}, When: attached, Run: (*Model).showBlocked},
		{Name: "contact.copy", Title: "Copy this contact's Account ID",
			When: isContact, Run: func(m *Model) tea.Cmd { return m.copyText(string(m.open), "Copied the Account ID.") }},
	}
}

// isContact reports whether the open conversation is with another person.
func isContact(m *Model) bool {
	if !opened(m) {
		return false
	}
	account, ok := m.open.Account()
	return ok && account != m.client.Self().Account
}

func appActions() []*Action {
	return []*Action{
		{Name: "app.palette", Title: "All actions", Hint: "actions",
			Keys: map[Context][]string{Everywhere: {"ctrl+p"}, InList: {":"}, InMessages: {":"}, InPage: {":"}, InRequests: {":"}},
			When: attached, Run: quietly((*Model).showPalette)},
		{Name: "app.help", Title: "Keys", Hint: "help",
			Keys: map[Context][]string{InList: {"?"}, InMessages: {"?"}, InRequests: {"?"}, Everywhere: {"f1"}},
			Run:  quietly((*Model).showHelp), When: attached},
		{Name: "requests.open", Title: "Message requests",
			Keys: map[Context][]string{InList: {"R"}, InMessages: {"R"}}, When: attached, Run: quietly((*Model).showRequests)},
		{Name: "network.open", Title: "The network and your paths through it",
			Keys: map[Context][]string{InList: {"N"}}, When: attached, Run: quietly((*Model).showNetwork)},
		{Name: "account.show", Title: "Your account",
			Keys: map[Context][]string{InList: {"A"}, InMessages: {"A"}}, When: attached, Run: (*Model).showAccount},
		{Name: "account.copy", Title: "Copy your Account ID", Hint: "copy", When: attached, Keys: map[Context][]string{InAccount: {"y"}},
			Run: func(m *Model) tea.Cmd {
				return m.copyText(m.client.Self().Account.String(), "Copied your Account ID.")
			}},
		{Name: "account.name", Title: "Change your name", Hint: "name", Keys: map[Context][]string{InAccount: {"n"}}, When: attached, Run: quietly((*Model).showRename)},
		{Name: "account.picture", Title: "Change your picture", Hint: "picture", Keys: map[Context][]string{InAccount: {"i"}}, When: attached, Run: quietly((*Model).showOwnPicture)},
		{Name: "account.phrase", Title: "Show your recovery phrase", Hint: "phrase", Keys: map[Context][]string{InAccount: {"p"}}, When: attached, Run: quietly((*Model).askPhrase)},
		{Name: "account.phrase_code", Title: "Show the recovery phrase as a QR code, to link a device", Hint: "QR code", Inner: true,
			Keys: map[Context][]string{InPhrase: {"c"}}, When: attached, Run: quietly((*Model).showPhraseCode)},
		{Name: "account.code", Title: "Show your Account ID as a QR code", Hint: "QR code", Keys: map[Context][]string{InAccount: {"c"}}, When: attached,
			Run: quietly(func(m *Model) {
				m.showCode("Your Account ID", "Scan it with the app of whoever wants to write to you.", m.client.Self().Account.String(),
					m.copyInstead("account.copy", InAccount))
			})},
		{Name: "account.requests", Title: "Let people of communities write to you, or stop them", Keys: map[Context][]string{InAccount: {"r"}}, When: attached,
			Run: (*Model).toggleRequests},
		{Name: "network.poll", Title: "Look for new messages now", When: attached,
			Run: quietly(func(m *Model) { m.client.PollSoon(); m.say("Asking the network for new messages.") })},
		{Name: "view.list", Title: "Show or hide the list beside the chat",
			Keys: map[Context][]string{Everywhere: {"ctrl+t"}, InList: {"\\"}, InMessages: {"\\"}}, When: attached,
			Run: quietly(func(m *Model) { m.noList = !m.noList })},
		{Name: "app.redraw", Title: "Draw the screen anew",
			Keys: map[Context][]string{Everywhere: {"ctrl+l"}}, Run: quietly(func(m *Model) { m.painter.Redraw() })},
		{Name: "app.quit", Title: "Quit",
			Keys: map[Context][]string{Everywhere: {"ctrl+c"}, InList: {"q"}, InQuestion: {"ctrl+c"}}, Run: (*Model).quit},
	}
}

// fieldActions are the motions and deletions in a field of text.
func fieldActions() []*Action {
	type operation struct {
		name, title string
		do          func(*edit.Buffer)
		keys        []string
	}
	var list []*Action
	for _, op := range []operation{
		{"left", "Character left", (*edit.Buffer).Left, []string{"left", "ctrl+b"}},
		{"right", "Character right", (*edit.Buffer).Right, []string{"right"}},
		{"word_left", "Word left", (*edit.Buffer).WordLeft, []string{"ctrl+left", "alt+left", "alt+b"}},
		{"word_right", "Word right", (*edit.Buffer).WordRight, []string{"ctrl+right", "alt+right", "alt+f"}},
		{"home", "Start of the line", (*edit.Buffer).Home, []string{"home", "ctrl+a"}},
		{"end", "End of the line", (*edit.Buffer).End, []string{"end", "ctrl+e"}},
		{"backspace", "Delete the character before", (*edit.Buffer).Backspace, []string{"backspace", "ctrl+h", "shift+backspace"}},
		{"delete", "Delete the character after", (*edit.Buffer).Delete, []string{"delete", "ctrl+d"}},
		{"kill_word", "Delete the word before", (*edit.Buffer).KillWord, []string{"ctrl+w", "alt+backspace", "ctrl+backspace"}},
		{"kill_word_after", "Delete the word after", (*edit.Buffer).KillWordAfter, []string{"alt+d", "ctrl+delete"}},
		{"kill_start", "Delete to the start of the line", (*edit.Buffer).KillToStart, []string{"ctrl+u"}},
		{"kill_end", "Delete to the end of the line", (*edit.Buffer).KillToEnd, []string{"alt+k"}},
		{"yank", "Put back what was deleted last", (*edit.Buffer).Yank, []string{"ctrl+y"}},
	} {
		list = append(list, &Action{
			Name: "field." + op.name, Title: op.title, Keys: map[Context][]string{InField: op.keys}, Inner: true,
			Run: func(m *Model) tea.Cmd {
				if e := m.editor(); e != nil {
					op.do(e)
					return m.edited()
				}
				return nil
			},
		})
	}
	return list
}
