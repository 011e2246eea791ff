package app

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/preview"
	"seance/store"
	"seance/tui/chat"
)

// outbox holds what was sent and not yet taken by the engine, which is asked
// for one at a time so that the order stays.
type outbox struct {
	held    []held // what can be taken back yet
	timer   bool   // the end of that is waited for
	waiting []written
	current *handover // nil if the engine has taken all before
}

type written struct {
	to      id.Conversation
	text    string
	replyTo *chat.Message // nil: none
	files   []enclosure
	preview *preview.Preview // nil: none
}

func (w written) draft() (messaging.Draft, error) {
	files, err := w.read()
	d := messaging.Draft{Text: w.text, Files: files, Preview: w.preview}
	if w.replyTo != nil {
		d.ReplyTo = store.Message{Row: w.replyTo.Key}.ID()
	}
	return d, err
}

// handover is a message on its way to the engine. Whoever claims it hands it
// over: the command made for that or, if that has not begun when the screen is
// left, the model itself.
type handover struct {
	written
	claimed atomic.Bool
	done    chan struct{} // closed when the engine has answered
	err     error         // what it answered
}

// run hands the message over, unless somebody else does.
func (h *handover) run(ctx context.Context, c *messaging.Client) {
	if !h.claimed.CompareAndSwap(false, true) {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			h.err = panicked(p)
		}
		close(h.done)
	}()
	// What was accepted from the keyboard is not given up because the screen is
	// being left.
	var d messaging.Draft
	if d, h.err = h.draft(); h.err == nil {
		_, h.err = c.Send(context.WithoutCancel(ctx), h.to, d)
	}
}

// send hands what was written to the engine.
func (m *Model) send() tea.Cmd {
	text := m.compose.Message()
	if strings.TrimSpace(text) == "" && len(m.enclosed[m.open]) == 0 {
		return nil
	}
	if over := m.compose.Over(); over > 0 {
		m.notice = notice{text: "The message is " + plural(over, "character") + " too long: shorten it, or send it in parts.", bad: true}
		return nil
	}
	w := written{to: m.open, text: text, files: m.enclosed[m.open], preview: m.takePreview()}
	m.compose.Sent()
	delete(m.enclosed, m.open)
	m.typing.told = time.Time{}
	return tea.Batch(m.post(w), m.saveDraft())
}

// post has something sent to the open conversation, as the answer to what is
// answered there.
func (m *Model) post(w written) tea.Cmd {
	m.chat.ClearUnread()
	if to, ok := m.answers[w.to]; ok {
		w.replyTo = &to
		delete(m.answers, w.to)
	}
	m.touch(w.to)
	m.peeked = ""
	if m.o.Undo > 0 {
		m.outbox.held = append(m.outbox.held, held{w, time.Now().Add(m.o.Undo)})
		return tea.Batch(m.toEnd(), m.release())
	}
	m.outbox.waiting = append(m.outbox.waiting, w)
	return tea.Batch(m.toEnd(), m.sendNext())
}

// sendNext hands over the oldest message that waits. What the engine refuses
// comes back into the composer.
func (m *Model) sendNext() tea.Cmd {
	if m.outbox.current != nil || len(m.outbox.waiting) == 0 {
		return nil
	}
	h := &handover{written: m.outbox.waiting[0], done: make(chan struct{})}
	m.outbox.waiting = m.outbox.waiting[1:]
	m.outbox.current = h
	c := m.client
	return m.ask(func(ctx context.Context) result {
		h.run(ctx, c)
		return func(m *Model) tea.Cmd {
			m.outbox.current = nil
			if h.err != nil {
				m.giveBack(h.written)
				m.refused(h.to, h.err)
			}
			return nil
		}
	})
}

// refused says why a message was given back. What a camera wrote into a file may be
// sent all the same.
func (m *Model) refused(to id.Conversation, err error) {
	var telling *messaging.TellingError
	if !errors.As(err, &telling) || m.open != to || m.page != nil || m.confirm != nil {
		m.complain(err)
		return
	}
	m.confirm = &confirm{
		question: telling.Error() + ". Send it with that?", yes: "send it as it is", no: "do not send it",
		run: func(m *Model) tea.Cmd {
			for i, a := range m.enclosed[to] {
				m.enclosed[to][i].asIs = a.asIs || filepath.Base(a.path) == telling.Name
			}
			return m.send()
		},
	}
}

// sendAll hands over everything that waits, as the screen is left.
func (m *Model) sendAll(ctx context.Context) {
	m.letGo(len(m.outbox.held))
	for h := m.outbox.current; ; {
		if h != nil {
			h.run(ctx, m.client)
			select {
			case <-h.done:
			case <-ctx.Done():
				return
			}
			if h.err != nil {
				m.giveBack(h.written)
			}
		}
		if len(m.outbox.waiting) == 0 {
			return
		}
		h = &handover{written: m.outbox.waiting[0], done: make(chan struct{})}
		m.outbox.waiting = m.outbox.waiting[1:]
	}
}

// giveBack puts what could not be sent where it can be sent again.
func (m *Model) giveBack(w written) {
	if _, other := m.answers[w.to]; w.replyTo != nil && !other {
		m.answers[w.to] = *w.replyTo
	}
	if len(w.files) > 0 {
		m.enclosed[w.to] = append(w.files, m.enclosed[w.to]...)
	}
	if w.preview != nil {
		m.previews.know(writtenLink{w.to, w.preview.URL}, w.preview)
	}
	m.touch(w.to)
	if begun := m.drafts.texts[w.to]; begun != "" {
		w.text += "\n" + begun
	}
	m.drafts.texts[w.to] = w.text
	if m.open == w.to {
		m.compose.Load(w.text)
	}
}

// retry sends a message again that failed.
func (m *Model) retry(messageID string) tea.Cmd {
	c := m.client
	return m.do(func(ctx context.Context) error { return c.Retry(ctx, messageID) })
}
