package app

import (
	"context"
	"math"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/chat"
)

// toEnd goes to the newest message, wherever one is.
func (m *Model) toEnd() tea.Cmd {
	if m.chat.Whole() {
		m.chat.ToEnd()
		m.selectVisible()
		return m.arrived()
	}
	return m.readPage(messaging.Page{Limit: pageSize}, func(m *Model, page []chat.Message) {
		m.chat.Reset(page, len(page) < pageSize, true)
		m.selectVisible()
	})
}

// toStart goes to the oldest message there is.
func (m *Model) toStart() tea.Cmd {
	if m.chat.Begun() {
		m.chat.ToStart()
		m.selectVisible()
		return m.arrived()
	}
	before := store.Position{TimestampMS: math.MinInt64}
	return m.readPage(messaging.Page{Limit: pageSize, After: &before}, func(m *Model, page []chat.Message) {
		m.chat.Reset(page, true, len(page) < pageSize)
		m.chat.ToStart()
		m.selectVisible()
	})
}

// arrived gives up what is being read, which may be for a place that one wanted
// to go to before.
func (m *Model) arrived() tea.Cmd {
	if !m.loading {
		return nil
	}
	m.reads++
	return m.loaded()
}

// selectVisible keeps a message selected while keys act on one.
func (m *Model) selectVisible() {
	if m.focus == OnMessages {
		m.layOut()
		m.chat.SelectLast()
	}
}

// spot is a message to be shown: where it stands in which conversation, its
// row, and what to mark in its text.
type spot struct {
	conv  id.Conversation
	at    store.Position
	row   int64
	marks []chat.Mark
}

// openAt shows a message with what is around it, and selects it.
func (m *Model) openAt(s spot) tea.Cmd {
	m.page, m.focus = nil, OnMessages
	m.list.Select(string(s.conv))
	if s.conv == m.open {
		m.layOut()
		if m.chat.ToMessage(s.row) {
			m.chat.SetHit(s.row, s.marks)
			return m.arrived()
		}
		return m.loadAround(s)
	}
	return tea.Batch(m.change(s.conv), m.loadAround(s))
}

func (m *Model) loadAround(s spot) tea.Cmd {
	var unread store.Position
	var some bool
	return m.read(func(ctx context.Context, c *messaging.Client, conv id.Conversation) (list []messaging.Message, err error) {
		if unread, some, err = c.FirstUnread(ctx, conv); err != nil {
			return nil, err
		}
		return c.Messages(ctx, conv, messaging.Page{Around: &s.at, Limit: pageSize})
	}, func(m *Model, page []chat.Message) {
		m.showAround(page, place(s.at))
		if some {
			m.chat.MarkUnread(place(unread))
		}
		m.layOut()
		if m.chat.ToMessage(s.row) {
			m.chat.SetHit(s.row, s.marks)
			return
		}
		m.chat.ToPlace(place(s.at))
		m.say("That message is gone. This is where it stood.")
	})
}
