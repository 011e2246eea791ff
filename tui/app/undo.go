package app

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"seance/tui/render"
)

// held is what was sent and can be taken back until it is due.
type held struct {
	written
	due time.Time
}

func undoActions() []*Action {
	return []*Action{
		{Name: "message.take_back", Title: "Take back what is about to be sent", Hint: "take back",
			Keys: map[Context][]string{InComposer: {"ctrl+z"}, InMessages: {"ctrl+z"}, InList: {"ctrl+z"}},
			When: func(m *Model) bool { return len(m.outbox.held) > 0 }, Run: (*Model).takeBack},
	}
}

// release sends what cannot be taken back any more, and waits for the rest.
func (m *Model) release() tea.Cmd {
	now, n := time.Now(), 0
	for n < len(m.outbox.held) && !m.outbox.held[n].due.After(now) {
		n++
	}
	m.letGo(n)
	if len(m.outbox.held) == 0 || m.outbox.timer {
		return m.sendNext()
	}
	m.outbox.timer = true
	due := time.After(m.outbox.held[0].due.Sub(now))
	return tea.Batch(m.sendNext(), m.ask(func(ctx context.Context) result {
		select {
		case <-due:
		case <-ctx.Done():
			return nil
		}
		return func(m *Model) tea.Cmd {
			m.outbox.timer = false
			return m.release()
		}
	}))
}

// letGo has the oldest of what is held back sent.
func (m *Model) letGo(n int) {
	for _, h := range m.outbox.held[:n] {
		m.outbox.waiting = append(m.outbox.waiting, h.written)
	}
	m.outbox.held = m.outbox.held[n:]
}

// takeBack puts what was sent last back into the composer of its conversation,
// which is shown.
func (m *Model) takeBack() tea.Cmd {
	last := len(m.outbox.held) - 1
	w := m.outbox.held[last].written
	m.outbox.held = m.outbox.held[:last]
	m.giveBack(w)
	return tea.Batch(m.openConversation(w.to), m.draftChanged())
}

// heldRow shows above the composer what can be taken back.
func (m *Model) heldRow(width int) []string {
	n := len(m.outbox.held)
	if n == 0 || m.outbox.held[n-1].to != m.open {
		return nil
	}
	w, th := m.outbox.held[n-1].written, m.theme
	text, _, _ := strings.Cut(strings.TrimLeft(render.Text(m.compose.Readable(w.text)), " \n"), "\n")
	if text == "" && len(w.files) > 0 {
		text = m.metrics.Name(render.Line(filepath.Base(w.files[0].path)))
	}
	tail := "  " + m.named("message.take_back").key(InComposer) + " takes it back"
	line := m.metrics.Cut("Going out: "+text, width-2*len(indent)-2-len(tail), th.Glyphs.Ellipsis)
	return []string{indent + th.Accent.Render(th.Glyphs.Divider) + " " + th.Muted.Render(line+tail)}
}
