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
		ID: string(v.ID), Title: v.Title, Preview: said(v.Last.Text, v.Last.Files), Unread: v.Unread,
		Own:    v.Last.Direction == store.Out && v.Last.Kind == store.KindMessage && v.Kind != id.KindSelf,
		Failed: v.Last.State == store.StateFailed,
		Pinned: v.Priority > 0,
		Marked: v.MarkedUnread,
		Muted:  m.muted(v), Quiet: v.Told(m.now().UnixMilli()) == 0, Mentioned: v.Mentions > 0,
	}
	if v.LastName != "" {
		it.Preview = v.LastName + ": " + it.Preview
	}
	if v.Last.Row == 0 {
		it.Preview = about(v)
	}
	if ms := v.ActiveMS(); ms > 0 {
		it.When = time.UnixMilli(ms)
	}
	if d := m.drafts.of(v); d != "" && v.ID != m.open {
		it.Preview, it.Draft = messaging.Readable(d, m.called), true
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

// called is what somebody is called wherever they are.
func (m *Model) called(who id.Sender) string {
	if account, ok := who.Account(); ok {
		if v, known := m.conversation(id.With(account)); known {
			return v.Title
		}
	}
	return id.Shorten(who.String())
}

// unread is how many messages wait that the user wants to be told of.
func (m *Model) unread() int {
	n, now := 0, m.now().UnixMilli()
	for _, v := range m.convs {
		n += v.Told(now)
	}
	return n
}
