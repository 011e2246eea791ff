package app

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
)

// drafts are what was begun to be written, by conversation. The engine keeps
// them on disk; here stands what it has not been told yet, and what belongs to
// conversations that it does not know.
type drafts struct {
	texts map[id.Conversation]string
	whole map[id.Conversation]bool // what goes with the text was read: what it answers, and files
	dirty map[id.Conversation]bool
	timer bool // the next saving is under way
}

// pause is how long after a change a draft is saved.
const pause = 3 * time.Second

func (d *drafts) init() {
	d.texts = make(map[id.Conversation]string)
	d.whole, d.dirty = make(map[id.Conversation]bool), make(map[id.Conversation]bool)
}

func (d *drafts) set(conv id.Conversation, text string) {
	if old, known := d.texts[conv]; !known || old != text {
		d.texts[conv] = text
		d.dirty[conv] = true
	}
}

// of is the draft of a conversation.
func (d *drafts) of(v messaging.Conversation) string {
	if text, ok := d.texts[v.ID]; ok {
		return text
	}
	return v.Draft
}

// dropDraft forgets the draft of a conversation that goes away.
func (m *Model) dropDraft(conv id.Conversation) {
	delete(m.drafts.texts, conv)
	delete(m.drafts.whole, conv)
	delete(m.drafts.dirty, conv)
	delete(m.answers, conv)
	delete(m.enclosed, conv)
}

// unsaved is what the engine does not know: the whole of a draft, or the text of
// one of which nothing else is known here.
type unsaved struct {
	whole bool
	draft store.Draft
}

// unsaved takes what is to be told to the engine.
func (m *Model) unsaved() map[id.Conversation]unsaved {
	list := make(map[id.Conversation]unsaved)
	for conv := range m.drafts.dirty {
		u := unsaved{m.drafts.whole[conv], store.Draft{Text: m.drafts.texts[conv], Answers: m.answers[conv].Key}}
		for _, f := range m.enclosed[conv] {
			u.draft.Files = append(u.draft.Files, store.DraftFile{Path: f.path, Size: f.size, Voice: f.voice})
		}
		list[conv] = u
	}
	clear(m.drafts.dirty)
	return list
}

// save tells the engine of drafts. A conversation that it has not got yet keeps
// its draft on the screen alone.
func save(ctx context.Context, c *messaging.Client, list map[id.Conversation]unsaved) {
	for conv, u := range list {
		if u.whole {
			_ = c.SetDraft(ctx, conv, u.draft)
		} else {
			_ = c.SetDraftText(ctx, conv, u.draft.Text)
		}
	}
}

// readDraft reads what goes with the text of the open conversation's draft. It is
// added to what was done meanwhile.
func (m *Model) readDraft() tea.Cmd {
	c, conv := m.client, m.open
	if c == nil || conv == "" || m.drafts.whole[conv] {
		return nil
	}
	people := m.people()
	// The list of conversations, which has the text, may not be read yet.
	_, listed := m.conversation(conv)
	return m.ask(func(ctx context.Context) result {
		d, err := c.Draft(ctx, conv)
		var answered messaging.Message
		if err == nil && d.Answers != 0 {
			answered, err = c.Message(ctx, store.Message{Row: d.Answers}.ID())
		}
		if err != nil && !errors.Is(err, messaging.ErrUnknown) {
			return failed(err)
		}
		return func(m *Model) tea.Cmd {
			if m.drafts.whole[conv] {
				return nil
			}
			m.drafts.whole[conv] = true
			if _, known := m.drafts.texts[conv]; !known && !listed && conv == m.open && d.Text != "" {
				m.compose.Load(d.Text + m.compose.Outgoing())
			}
			if _, other := m.answers[conv]; !other && answered.Row != 0 && !answered.Deleted {
				m.answers[conv] = people.shown(answered)
			}
			files := make([]enclosure, 0, len(d.Files))
			for _, f := range d.Files {
				files = append(files, enclosure{path: f.Path, size: f.Size, voice: f.Voice})
			}
			if len(files) > 0 {
				m.enclosed[conv] = append(files, m.enclosed[conv]...)
			}
			return nil
		}
	})
}

// enclosures is how many files go with the draft of a conversation.
func (m *Model) enclosures(v messaging.Conversation) int {
	n := len(m.enclosed[v.ID])
	if !m.drafts.whole[v.ID] {
		n += v.DraftFiles
	}
	return n
}

// touch notes that what goes with the text of a draft has changed.
func (m *Model) touch(conv id.Conversation) {
	if conv == m.open {
		m.drafts.texts[conv] = m.compose.Outgoing()
	} else if v, known := m.conversation(conv); known {
		m.drafts.texts[conv] = m.drafts.of(v)
	}
	m.drafts.dirty[conv] = true
}

// goesWith has it saved soon for the open conversation.
func (m *Model) goesWith() tea.Cmd {
	if m.open != "" {
		m.touch(m.open)
	}
	return m.draftChanged()
}

// keepDraft takes what stands in the composer as the conversation's draft. Before
// that was read an empty composer means nothing.
func (m *Model) keepDraft() {
	if !m.drafts.whole[m.open] && m.compose.Empty() {
		return
	}
	if m.open != "" && m.drafts.of(m.current()) != m.compose.Outgoing() {
		m.drafts.set(m.open, m.compose.Outgoing())
	}
}

// saveDraft keeps the draft on disk.
func (m *Model) saveDraft() tea.Cmd {
	m.keepDraft()
	if len(m.drafts.dirty) == 0 || m.client == nil {
		return nil
	}
	list, c := m.unsaved(), m.client
	return m.ask(func(ctx context.Context) result {
		save(ctx, c, list)
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
