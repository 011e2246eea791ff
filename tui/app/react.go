package app

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seance/store"
	"seance/tui/chat"
	"seance/tui/emoji"
	"seance/tui/picker"
	"seance/tui/render"
)

func reactActions() []*Action {
	return []*Action{
		{Name: "message.react", Title: "React to the message", Hint: "react",
			Keys: map[Context][]string{InMessages: {"e"}}, When: func(m *Model) bool { return onText(m) && writable(m) }, Run: (*Model).showReact},
	}
}

// showReact offers emoji for the selected message: those used last, then all.
// Choosing one that was given before takes it back.
func (m *Model) showReact() tea.Cmd {
	sel, _ := m.chat.Selected()
	p := &pickPage{
		name:   "React",
		picker: picker.New("Name of an emoji", "No emoji by that name.", m.emojis(sel)),
		fresh:  func(m *Model) []picker.Item { return m.emojis(sel) },
	}
	p.picker.Exact = true
	p.pick = func(m *Model, text string) tea.Cmd {
		m.page = nil
		c := m.client
		remove := slices.ContainsFunc(sel.Reactions, func(r chat.Reaction) bool { return r.Own && r.Emoji == text })
		return m.do(func(ctx context.Context) error {
			_, err := c.React(ctx, store.Message{Row: sel.Key}.ID(), text, remove)
			return err
		})
	}
	m.page = p
	c := m.client
	return m.ask(func(ctx context.Context) result {
		recent, err := c.RecentReactions(ctx)
		if err != nil {
			return failed(err)
		}
		return func(m *Model) tea.Cmd {
			if m.recent = recent; m.page == p {
				p.picker.Set(m.emojis(sel))
			}
			return nil
		}
	})
}

// emojis are all that a message can be given, with what it was given already.
func (m *Model) emojis(to chat.Message) []picker.Item {
	all := emoji.All()
	items := make([]picker.Item, 0, len(all)+len(m.recent)+len(to.Reactions))
	given := make(map[string]bool)
	add := func(text, note string) {
		if given[text] {
			return
		}
		given[text] = true
		e, ok := emoji.Of(text)
		if !ok {
			e = emoji.Emoji{Names: []string{"emoji"}}
		}
		items = append(items, picker.Item{
			ID: text, Sign: render.Line(text), Title: spelled(e.Names[0]), Note: note,
			Also: strings.Join(e.Names[1:], " ") + " " + strings.Join(e.About, " "),
		})
	}
	for _, r := range to.Reactions {
		if r.Own {
			add(r.Emoji, "yours: takes it back")
		}
	}
	for _, r := range to.Reactions {
		add(r.Emoji, strings.Join(r.Who, ", "))
	}
	for _, text := range m.recent {
		add(text, "")
	}
	for _, e := range all {
		add(e.Text, "")
	}
	return items
}

// spelled is a short name as people say it.
func spelled(name string) string { return strings.ReplaceAll(name, "_", " ") }
