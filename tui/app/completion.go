package app

import (
	tea "charm.land/bubbletea/v2"
)

// emojiActions choose among the emoji that the composer offers.
func emojiActions() []*Action {
	offered := func(m *Model) bool { return writable(m) && m.compose.Offers() }
	key := func(keys ...string) map[Context][]string { return map[Context][]string{InComposer: keys} }
	choose := func(by int) func(*Model) tea.Cmd { return quietly(func(m *Model) { m.compose.Choose(by) }) }
	return []*Action{
		{Name: "emoji.accept", Title: "Complete the name of the emoji", Hint: "complete", Keys: key("tab"), Inner: true, When: offered,
			Run: func(m *Model) tea.Cmd { m.compose.Accept(); return m.edited() }},
		{Name: "emoji.dismiss", Title: "Leave the name of the emoji as it is", Hint: "leave", Keys: key("esc"), Inner: true, When: offered,
			Run: quietly(func(m *Model) { m.compose.Dismiss() })},
		{Name: "emoji.previous", Title: "Emoji above", Keys: key("up"), Inner: true, When: offered, Run: choose(-1)},
		{Name: "emoji.next", Title: "Emoji below", Keys: key("down"), Inner: true, When: offered, Run: choose(1)},
	}
}
