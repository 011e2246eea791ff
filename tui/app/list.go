package app

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/sidebar"
)

// breath is the least time between two readings of the list, so that a flood of
// messages is not slowed down by showing it.
const breath = 100 * time.Millisecond

// readList reads the conversations anew. Only one such reading is under way at
// a time; what changes meanwhile is read after it.
func (m *Model) readList() tea.Cmd {
	if m.reading {
		m.outdated = true
		return nil
	}
	m.reading, m.outdated = true, false
	c, wait := m.client, breath-time.Since(m.readAt)
	return m.ask(func(ctx context.Context) result {
		if wait > 0 {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return nil
			}
		}
		list, err := c.Conversations(ctx)
		return func(m *Model) tea.Cmd {
			m.reading, m.readAt = false, time.Now()
			if err != nil {
				m.complain(err)
				return nil
			}
			m.showList(list)
			var cmds []tea.Cmd
			if m.filling == nil {
				if m.choose && m.open == "" && m.page == nil && m.list.Selected() != "" {
					cmds = append(cmds, m.show(id.Conversation(m.list.Selected())))
				}
				m.choose = false
			}
			if m.outdated {
				cmds = append(cmds, m.readList())
			}
			return tea.Batch(cmds...)
		}
	})
}

// showList shows the conversations that the engine has.
func (m *Model) showList(list []messaging.Conversation) {
	m.convs = list
	items := make([]sidebar.Item, 0, len(list))
	for _, v := range list {
		if v.Request || v.Blocked && v.ID != m.open {
			continue
		}
		items = append(items, m.item(v))
	}
	m.list.Set(items)
	if m.focus != OnList {
		m.list.Select(string(m.open))
	}
	if m.focus == OnComposer && barred(m.current()) != "" {
		m.focus = OnMessages
	}
	switch p := m.page.(type) {
	case *requestsPage:
		p.set(m.requests())
	case *pickPage:
		if p.fresh != nil {
			p.picker.Set(p.fresh(m))
		}
	}
}

func (m *Model) item(v messaging.Conversation) sidebar.Item {
	it := sidebar.Item{
		ID: string(v.ID), Title: v.Title, Preview: v.Last.Text, Unread: v.Unread,
		Own:    v.Last.Direction == store.Out && v.Kind != id.KindSelf,
		Failed: v.Last.State == store.StateFailed,
		Pinned: v.Priority > 0,
		Marked: v.MarkedUnread,
		Muted:  m.muted(v),
	}
	if v.Last.Row == 0 {
		it.Preview = about(v)
	}
	if ms := v.ActiveMS(); ms > 0 {
		it.When = time.UnixMilli(ms)
	}
	if d := m.drafts.of(v); d != "" && v.ID != m.open {
		it.Preview, it.Draft = d, true
	} else if n := m.enclosures(v); n > 0 && v.ID != m.open {
		it.Preview, it.Draft = plural(n, "file"), true
	}
	return it
}

// conversation is a row of the list, requests included.
func (m *Model) conversation(conv id.Conversation) (messaging.Conversation, bool) {
	for _, v := range m.convs {
		if v.ID == conv {
			return v, true
		}
	}
	return messaging.Conversation{}, false
}

// current is the open conversation. One that the engine does not know yet has
// nothing but its ID.
func (m *Model) current() messaging.Conversation {
	if v, ok := m.conversation(m.open); ok {
		return v
	}
	return messaging.Conversation{Conversation: store.Conversation{ID: m.open}, Title: id.Shorten(string(m.open))}
}

// requests are the strangers who wrote.
func (m *Model) requests() []messaging.Conversation {
	var list []messaging.Conversation
	for _, v := range m.convs {
		if v.Request {
			list = append(list, v)
		}
	}
	return list
}

// unread is how many messages wait in conversations that are neither muted nor
// requests.
func (m *Model) unread() int {
	n := 0
	for _, it := range m.list.Items() {
		if !it.Muted {
			n += it.Unread
		}
	}
	return n
}
