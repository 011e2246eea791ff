package app

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
)

// outbox holds what was sent and not yet taken by the engine, which is asked
// for one at a time so that the order stays.
type outbox struct {
	waiting []written
	busy    bool
}

type written struct {
	to   id.Conversation
	text string
}

// send hands what was written to the engine.
func (m *Model) send() tea.Cmd {
	text := m.compose.Text()
	if strings.TrimSpace(text) == "" {
		return nil
	}
	if over := m.compose.Over(); over > 0 {
		m.notice = notice{text: "The message is too long: shorten it, or send it in parts.", bad: true}
		return nil
	}
	m.compose.Sent()
	m.chat.ClearUnread()
	m.outbox.waiting = append(m.outbox.waiting, written{m.open, text})
	return tea.Batch(m.toEnd(), m.saveDraft(), m.sendNext())
}

// sendNext hands over the oldest message that waits. What the engine refuses
// comes back into the composer.
func (m *Model) sendNext() tea.Cmd {
	if m.outbox.busy || len(m.outbox.waiting) == 0 {
		return nil
	}
	next := m.outbox.waiting[0]
	m.outbox.waiting = m.outbox.waiting[1:]
	m.outbox.busy = true
	c := m.client
	return m.ask(func(ctx context.Context) result {
		_, err := c.Send(ctx, next.to, messaging.Draft{Text: next.text})
		return func(m *Model) tea.Cmd {
			m.outbox.busy = false
			if err != nil {
				m.giveBack(next)
				m.complain(err)
			}
			return nil
		}
	})
}

// giveBack puts what could not be sent where it can be sent again.
func (m *Model) giveBack(w written) {
	if m.open == w.to {
		if !m.compose.Empty() {
			w.text += "\n" + m.compose.Text()
		}
		m.compose.Load(w.text)
		return
	}
	m.drafts.set(w.to, w.text)
}

// retry sends a message again that failed.
func (m *Model) retry() tea.Cmd {
	sel, ok := m.chat.Selected()
	if !ok {
		return nil
	}
	c := m.client
	return m.do(func(ctx context.Context) error { return c.Retry(ctx, store.Message{Row: sel.Key}.ID()) })
}
