package app

import (
	"cmp"
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seance/store"
	"seance/tui/composer"
)

// emojiActions choose among the emoji, or the people, that the composer offers.
func emojiActions() []*Action {
	offered := func(m *Model) bool { return writable(m) && m.compose.Offers() }
	key := func(keys ...string) map[Context][]string { return map[Context][]string{InComposer: keys} }
	choose := func(by int) func(*Model) tea.Cmd { return quietly(func(m *Model) { m.compose.Choose(by) }) }
	return []*Action{
		{Name: "emoji.accept", Title: "Complete the name of the emoji, or of who is mentioned", Hint: "complete", Keys: key("tab"), Inner: true, When: offered,
			Run: func(m *Model) tea.Cmd { m.compose.Accept(); return m.edited() }},
		{Name: "emoji.dismiss", Title: "Leave the name as it is", Hint: "leave", Keys: key("esc"), Inner: true, When: offered,
			Run: quietly(func(m *Model) { m.compose.Dismiss() })},
		{Name: "emoji.previous", Title: "Name above", Keys: key("up"), Inner: true, When: offered, Run: choose(-1)},
		{Name: "emoji.next", Title: "Name below", Keys: key("down"), Inner: true, When: offered, Run: choose(1)},
	}
}

// readPeople asks who can be mentioned in the open conversation.
func (m *Model) readPeople() tea.Cmd {
	c, conv := m.client, m.open
	if _, group := conv.Group(); !group || c == nil {
		return nil
	}
	return m.ask(func(ctx context.Context) result {
		members, err := c.Members(ctx, conv)
		if err != nil {
			return failed(err)
		}
		var list []composer.Person
		for _, v := range members {
			if v.Account.Sender() != m.self && v.State != store.MemberRemoved {
				list = append(list, composer.Person{ID: v.Account.String(), Name: v.Name})
			}
		}
		slices.SortStableFunc(list, func(a, b composer.Person) int {
			return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		})
		return quietly(func(m *Model) {
			if m.open == conv {
				m.compose.SetPeople(list)
			}
		})
	})
}
