package app

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/chat"
)

// pageSize is how many messages are read at a time.
const pageSize = 80

// openConversation shows a conversation, at its unread line or its end, and
// gives the composer the focus. What is typed from now on goes there.
func (m *Model) openConversation(conv id.Conversation) tea.Cmd {
	m.page, m.focus = nil, OnComposer
	m.list.Select(string(conv))
	if conv == m.open {
		return nil
	}
	save := m.saveDraft()
	m.open, m.readTo = conv, 0
	m.chat.Reset(nil, true, true)
	m.compose.Load(m.drafts.of(m.current()))
	m.showList(m.convs)
	return tea.Batch(save, m.loadPage())
}

// loadPage reads the part of the open conversation that is looked at first.
func (m *Model) loadPage() tea.Cmd {
	c, conv := m.client, m.open
	if c == nil {
		return nil
	}
	m.loading, m.stale = true, false
	return m.ask(func(ctx context.Context) result {
		first, some, err := c.FirstUnread(ctx, conv)
		if err != nil {
			return loadFailed(conv, err)
		}
		list, err := c.Messages(ctx, conv, messaging.Page{Limit: pageSize})
		if err != nil {
			return loadFailed(conv, err)
		}
		end := true
		if some && len(list) == pageSize && after(list[0], first) {
			if list, err = c.Messages(ctx, conv, messaging.Page{Around: &first, Limit: pageSize}); err != nil {
				return loadFailed(conv, err)
			}
			end = false
		}
		return func(m *Model) tea.Cmd {
			if m.open != conv {
				return nil
			}
			m.chat.Reset(shownAll(list), len(list) < pageSize && end, end)
			if some {
				m.chat.MarkUnread(place(first))
				m.chat.ToUnread()
			}
			return m.loaded()
		}
	})
}

// loaded is called when what was read of the open conversation is shown. What
// happened in it meanwhile may have been too late to be read and too early to
// be shown.
func (m *Model) loaded() tea.Cmd {
	m.loading = false
	if !m.stale {
		return nil
	}
	return m.reload()
}

// after reports whether a message stands behind a position.
func after(m messaging.Message, p store.Position) bool {
	return shown(m).Place().Compare(place(p)) > 0
}

func loadFailed(conv id.Conversation, err error) result {
	return func(m *Model) tea.Cmd {
		if m.open == conv {
			m.loading, m.broken = false, true
		}
		m.complain(err)
		return nil
	}
}

// loadMore reads on where the end of what is loaded comes near.
func (m *Model) loadMore() tea.Cmd {
	want, from := m.chat.Wants()
	if want == chat.Nothing || m.loading || m.broken || m.open == "" {
		return nil
	}
	position, ok := position(from)
	if !ok {
		return nil
	}
	p := messaging.Page{Limit: pageSize, Before: &position}
	if want == chat.NewerPage {
		p = messaging.Page{Limit: pageSize, After: &position}
	}
	m.loading, m.stale = true, false
	c, conv := m.client, m.open
	return m.ask(func(ctx context.Context) result {
		list, err := c.Messages(ctx, conv, p)
		if err != nil {
			return loadFailed(conv, err)
		}
		return func(m *Model) tea.Cmd {
			if m.open != conv {
				return nil
			}
			if want == chat.NewerPage {
				m.chat.Newer(shownAll(list), len(list) < pageSize)
			} else {
				m.chat.Older(shownAll(list), len(list) < pageSize)
			}
			return m.loaded()
		}
	})
}

// reload reads the open conversation anew where it is looked at, after events
// were missed.
func (m *Model) reload() tea.Cmd {
	page, end := messaging.Page{Limit: pageSize}, true
	if top, ok := m.chat.Top(); ok {
		if at, ok := position(top); ok {
			page.Around, end = &at, false
		}
	}
	c, conv := m.client, m.open
	m.loading, m.stale = true, false
	return m.ask(func(ctx context.Context) result {
		list, err := c.Messages(ctx, conv, page)
		if err != nil {
			return loadFailed(conv, err)
		}
		return func(m *Model) tea.Cmd {
			if m.open != conv {
				return nil
			}
			m.chat.Refresh(shownAll(list), end && len(list) < pageSize, end)
			return m.loaded()
		}
	})
}

// toEnd goes to the newest message, wherever one is.
func (m *Model) toEnd() tea.Cmd {
	if m.chat.Whole() {
		m.chat.ToEnd()
		return nil
	}
	c, conv := m.client, m.open
	m.loading, m.stale = true, false
	return m.ask(func(ctx context.Context) result {
		list, err := c.Messages(ctx, conv, messaging.Page{Limit: pageSize})
		if err != nil {
			return loadFailed(conv, err)
		}
		return func(m *Model) tea.Cmd {
			if m.open != conv {
				return nil
			}
			m.chat.Reset(shownAll(list), len(list) < pageSize, true)
			return m.loaded()
		}
	})
}

// markRead tells the engine what was read: the messages on the screen while
// somebody looks at it. Reading a stranger's request tells nothing.
func (m *Model) markRead() tea.Cmd {
	if m.open == "" || m.away || !m.chatVisible() {
		return nil
	}
	v := m.current()
	if v.Unread == 0 || v.Request {
		return nil
	}
	seen, ok := m.chat.Seen()
	if !ok || seen.MS <= m.readTo || seen.MS <= v.LastReadMS {
		return nil
	}
	m.readTo = seen.MS
	c, conv := m.client, m.open
	return m.do(func(ctx context.Context) error { return c.MarkRead(ctx, conv, seen.MS) })
}

// shown is a message as the chat draws it.
func shown(v messaging.Message) chat.Message {
	return chat.Message{
		Key: v.Row, MS: v.TimestampMS, Author: string(v.Author[:]), Name: v.Name,
		Own: v.Direction == store.Out, Info: v.Kind == store.KindInfo,
		Text: v.Text, State: chat.State(v.State), Failure: v.Failure,
	}
}

func shownAll(list []messaging.Message) []chat.Message {
	out := make([]chat.Message, len(list))
	for i, v := range list {
		out[i] = shown(v)
	}
	return out
}

func place(p store.Position) chat.Place {
	return chat.Place{MS: p.TimestampMS, Author: string(p.Author[:])}
}

// position is place the other way round; false for an author that is none.
func position(p chat.Place) (store.Position, bool) {
	at := store.Position{TimestampMS: p.MS}
	return at, copy(at.Author[:], p.Author) == len(at.Author)
}
