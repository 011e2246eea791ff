package app

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
)

// drafts are what was begun to be written, by conversation. The engine keeps
// them on disk; here stands what it has not been told yet, and what belongs to
// conversations that it does not know.
type drafts struct {
	texts map[id.Conversation]string
	dirty map[id.Conversation]bool
	timer bool // the next saving is under way
}

// pause is how long after a change a draft is saved.
const pause = 3 * time.Second

func (d *drafts) init() {
	d.texts, d.dirty = make(map[id.Conversation]string), make(map[id.Conversation]bool)
}

func (d *drafts) set(conv id.Conversation, text string) {
	if old, known := d.texts[conv]; !known || old != text {
		d.texts[conv] = text
		d.dirty[conv] = true
	}
}

// drop forgets the draft of a conversation that goes away.
func (d *drafts) drop(conv id.Conversation) {
	delete(d.texts, conv)
	delete(d.dirty, conv)
}

// of is the draft of a conversation.
func (d *drafts) of(v messaging.Conversation) string {
	if text, ok := d.texts[v.ID]; ok {
		return text
	}
	return v.Draft
}

// flush tells the engine what it does not know. A conversation that it has not
// got yet keeps its draft here alone.
func (d *drafts) flush(ctx context.Context, c *messaging.Client) {
	for conv := range d.dirty {
		_ = c.SetDraft(ctx, conv, d.texts[conv])
	}
	clear(d.dirty)
}

// keepDraft takes what stands in the composer as the conversation's draft.
func (m *Model) keepDraft() {
	if m.open != "" && m.drafts.of(m.current()) != m.compose.Text() {
		m.drafts.set(m.open, m.compose.Text())
	}
}

// saveDraft keeps the draft on disk.
func (m *Model) saveDraft() tea.Cmd {
	m.keepDraft()
	if len(m.drafts.dirty) == 0 || m.client == nil {
		return nil
	}
	saved := drafts{texts: make(map[id.Conversation]string), dirty: make(map[id.Conversation]bool)}
	for conv := range m.drafts.dirty {
		saved.texts[conv], saved.dirty[conv] = m.drafts.texts[conv], true
	}
	clear(m.drafts.dirty)
	c := m.client
	return m.ask(func(ctx context.Context) result {
		saved.flush(ctx, c)
		return nil
	})
}

// draftChanged has the draft saved soon, once for many changes.
func (m *Model) draftChanged() tea.Cmd {
	if m.drafts.timer || m.open == "" {
		return nil
	}
	m.drafts.timer = true
	return m.ask(func(ctx context.Context) result {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
		return func(m *Model) tea.Cmd {
			m.drafts.timer = false
			return m.saveDraft()
		}
	})
}
