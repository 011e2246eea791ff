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

// openConversation shows the conversation that the user wants to read.
func (m *Model) openConversation(conv id.Conversation) tea.Cmd {
	m.peeked = ""
	return tea.Batch(m.show(conv), m.visited(conv))
}

// show shows a conversation, at its unread line or its end, and gives the
// composer the focus if one can write. What is typed from now on goes there.
func (m *Model) show(conv id.Conversation) tea.Cmd {
	m.page, m.focus = nil, OnComposer
	if v, ok := m.conversation(conv); ok && barred(v) != "" {
		m.focus = OnMessages
	}
	m.list.Select(string(conv))
	if conv == m.open {
		return nil
	}
	return tea.Batch(m.change(conv), m.loadPage())
}

// change makes a conversation the open one. Its messages are still to be read.
func (m *Model) change(conv id.Conversation) tea.Cmd {
	save := tea.Batch(m.stopTyping(), m.saveDraft())
	m.open, m.readTo = conv, 0
	m.chat.Reset(nil, false, false)
	m.compose.SetPeople(nil)
	m.compose.Load(m.drafts.of(m.current()))
	m.showList(m.convs)
	return tea.Batch(save, m.readDraft(), m.readPeople())
}

// read has messages of the open conversation read. What came back is shown
// unless something else was asked for meanwhile: a page that was read for
// another place would leave a gap.
func (m *Model) read(fetch func(context.Context, *messaging.Client, id.Conversation) ([]messaging.Message, error), show func(*Model, []chat.Message)) tea.Cmd {
	c, conv := m.client, m.open
	if c == nil {
		return nil
	}
	m.reads++
	mine := m.reads
	m.loading, m.stale = true, false
	people := m.people()
	return m.ask(func(ctx context.Context) result {
		list, err := fetch(ctx, c, conv)
		if v, err := c.Conversation(ctx, conv); err == nil {
			people.title = v.Title // the list of conversations may not be read yet
		}
		page := people.all(list)
		return func(m *Model) tea.Cmd {
			if m.reads != mine {
				return nil
			}
			if err != nil {
				m.loading, m.broken = false, true
				m.complain(err)
				return nil
			}
			for i := range page {
				m.moves.add(&page[i])
			}
			show(m, page)
			return m.loaded()
		}
	})
}

// readPage is read for one page.
func (m *Model) readPage(p messaging.Page, show func(*Model, []chat.Message)) tea.Cmd {
	return m.read(func(ctx context.Context, c *messaging.Client, conv id.Conversation) ([]messaging.Message, error) {
		return c.Messages(ctx, conv, p)
	}, show)
}

// loadPage reads the part of the open conversation that is looked at first.
func (m *Model) loadPage() tea.Cmd {
	var first store.Position
	var some, around bool
	return m.read(func(ctx context.Context, c *messaging.Client, conv id.Conversation) (list []messaging.Message, err error) {
		if first, some, err = c.FirstUnread(ctx, conv); err != nil {
			return nil, err
		}
		list, err = c.Messages(ctx, conv, messaging.Page{Limit: pageSize})
		if err == nil && some && len(list) == pageSize && place(list[0].Position()).Compare(place(first)) > 0 {
			around = true
			return c.Messages(ctx, conv, messaging.Page{Around: &first, Limit: pageSize})
		}
		return list, err
	}, func(m *Model, page []chat.Message) {
		if around {
			m.showAround(page, place(first))
		} else {
			m.chat.Reset(page, len(page) < pageSize, true)
		}
		if some {
			m.chat.MarkUnread(place(first))
			m.chat.ToUnread()
		}
	})
}

// showAround shows a page that was read around a place.
func (m *Model) showAround(page []chat.Message, at chat.Place) {
	start, end := edges(page, at)
	m.chat.Reset(page, start, end)
}

// edges tells whether a page around a place holds the beginning of the history
// and its end: fewer messages than were asked for are all there are.
func edges(page []chat.Message, at chat.Place) (start, end bool) {
	before := 0
	for before < len(page) && page[before].Place().Compare(at) < 0 {
		before++
	}
	return before < pageSize/2, len(page)-before < pageSize-pageSize/2
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

// loadMore reads on where the end of what is loaded comes near.
func (m *Model) loadMore() tea.Cmd {
	if m.loading || m.broken || m.open == "" {
		return nil
	}
	if m.chat.Empty() && !m.chat.Whole() {
		return m.loadPage() // it has failed before
	}
	want, from := m.chat.Wants()
	if want == chat.Nothing {
		return nil
	}
	at, ok := position(from)
	if !ok {
		return nil
	}
	if want == chat.NewerPage {
		return m.readPage(messaging.Page{Limit: pageSize, After: &at}, func(m *Model, page []chat.Message) {
			m.chat.Newer(page, len(page) < pageSize)
		})
	}
	return m.readPage(messaging.Page{Limit: pageSize, Before: &at}, func(m *Model, page []chat.Message) {
		m.chat.Older(page, len(page) < pageSize)
	})
}

// reload reads the open conversation anew where it is looked at, after events
// were missed. What is being read just now is read to its end first.
func (m *Model) reload() tea.Cmd {
	if m.loading {
		m.stale = true
		return nil
	}
	if top, ok := m.chat.Top(); ok {
		if at, ok := position(top); ok {
			return m.readPage(messaging.Page{Limit: pageSize, Around: &at}, func(m *Model, page []chat.Message) {
				start, end := edges(page, top)
				m.chat.Refresh(page, start, end)
			})
		}
	}
	return m.readPage(messaging.Page{Limit: pageSize}, func(m *Model, page []chat.Message) {
		m.chat.Refresh(page, len(page) < pageSize, true)
	})
}

// emptied has a conversation read anew from which many messages were deleted: until
// then nothing of it is shown.
func (m *Model) emptied(conv id.Conversation) tea.Cmd {
	delete(m.answers, conv)
	m.forgetContents("") // what is still to be seen is made again
	var silent tea.Cmd
	if p := m.voices.playing; p != nil && p.conv == conv {
		silent = m.stopVoice()
	}
	if conv != m.open {
		return silent
	}
	if _, shown := m.page.(*picturePage); shown {
		m.page = nil
	}
	m.chat.Reset(nil, false, false)
	return tea.Batch(silent, m.loadPage())
}

// markRead tells the engine what was read: the messages on the screen while
// somebody looks at it, unless the user wants it otherwise. Reading a stranger's
// request tells nothing.
func (m *Model) markRead() tea.Cmd {
	if m.open == "" || m.open == m.peeked || !m.chatVisible() || m.o.MarkRead == WhenTold {
		return nil
	}
	if m.away && m.o.MarkRead != WhenVisible && m.o.MarkRead != WhenOpened {
		return nil
	}
	v := m.current()
	if v.Unread == 0 || v.Request {
		return nil
	}
	seen, ok := m.chat.Seen()
	upTo := seen.MS
	if m.o.MarkRead == WhenOpened {
		upTo = max(upTo, v.Last.TimestampMS)
	}
	if !ok || upTo <= m.readTo || upTo <= v.LastReadMS {
		return nil
	}
	m.readTo = upTo
	c, conv := m.client, m.open
	return m.do(func(ctx context.Context) error { return c.MarkRead(ctx, conv, upTo) })
}

func place(p store.Position) chat.Place {
	return chat.Place{MS: p.TimestampMS, Author: string(p.Author[:])}
}

// position is place the other way round; false for an author that is none.
func position(p chat.Place) (store.Position, bool) {
	at := store.Position{TimestampMS: p.MS}
	return at, copy(at.Author[:], p.Author) == len(at.Author)
}
