package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/network"
	"seance/store"
)

// ask runs f on a goroutine of its own and hands what it returns back to the
// model. A panic becomes a notice: it must not end the screen.
func (m *Model) ask(f func(context.Context) result) tea.Cmd {
	ctx := m.ctx
	return func() (msg tea.Msg) {
		defer func() {
			if p := recover(); p != nil {
				msg = result(func(m *Model) tea.Cmd {
					m.reading, m.loading, m.broken = false, false, true
					if m.search != nil {
						m.search.busy, m.search.whole = false, true
					}
					m.complain(panicked(p))
					return nil
				})
			}
		}()
		if r := f(ctx); r != nil {
			return r
		}
		return nil
	}
}

// guarded runs what reads a file of somebody else: a panic of it is an error.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	return f()
}

// panicked is an error in place of a panic. Its value is left out, for it may
// hold what a message said.
func panicked(p any) error { return fmt.Errorf("internal error: panic of type %T", p) }

// do is ask for what has no answer but its error.
func (m *Model) do(f func(context.Context) error) tea.Cmd {
	return m.ask(func(ctx context.Context) result { return failed(f(ctx)) })
}

// failed tells of an error, if it is one. The end of the program is none.
func failed(err error) result {
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	return func(m *Model) tea.Cmd {
		m.complain(err)
		return nil
	}
}

// complain shows an error in the bottom line.
func (m *Model) complain(err error) { m.notice = notice{text: sentence(err), bad: true} }

// say shows something in the bottom line.
func (m *Model) say(text string) { m.notice = notice{text: text} }

// sentence is an error for people.
func sentence(err error) string {
	switch {
	case errors.Is(err, network.ErrOffline):
		return "The network cannot be reached. What you write is kept and goes out later."
	case errors.Is(err, store.ErrFull):
		return "The disk is full: make room and try again."
	case errors.Is(err, context.DeadlineExceeded):
		return "That took too long. Try again."
	}
	text := err.Error()
	for _, kind := range []error{id.ErrMalformed, messaging.ErrInvalid} {
		// What kind of error it is, the rest of the sentence says better.
		text = strings.TrimPrefix(text, kind.Error()+": ")
	}
	for _, kind := range []error{messaging.ErrUnknown, messaging.ErrAmbiguous} {
		text = strings.TrimSuffix(text, ": "+kind.Error())
	}
	if text == "" {
		return "Something went wrong."
	}
	return capital(text)
}

// most is how many events are taken at once, so that a burst of them costs one
// frame.
const most = 128

// listen waits for events of the engine. It is asked again with every answer.
func (m *Model) listen() tea.Cmd {
	events := m.events
	return m.ask(func(ctx context.Context) result {
		first, err := events.Next(ctx)
		if err != nil {
			return nil
		}
		batch := []messaging.Event{first}
		for len(batch) < most {
			e, ok := events.TryNext()
			if !ok {
				break
			}
			batch = append(batch, e)
		}
		return func(m *Model) tea.Cmd { return tea.Batch(m.happened(batch), m.listen()) }
	})
}

// happened shows what the engine told of.
func (m *Model) happened(batch []messaging.Event) tea.Cmd {
	var cmds []tea.Cmd
	changed := false // the group that pages are about
	for _, e := range batch {
		switch e := e.(type) {
		case messaging.MessageAdded:
			if e.Message.Conversation == m.open {
				m.stale = m.stale || m.loading
				m.chat.Add(m.shown(e.Message))
			}
			if e.Message.Direction == store.In {
				delete(m.typing.until, e.Message.Conversation)
			}
		case messaging.MessageChanged:
			if e.Message.Conversation == m.open {
				m.stale = m.stale || m.loading
				m.chat.Change(m.shown(e.Message))
			}
			if e.Message.Deleted {
				m.forgetPictures(e.Message.Row)
				cmds = append(cmds, m.forgetVoices(e.Message.Row))
				m.forgetAnswer(e.Message.Row)
			}
			cmds = append(cmds, m.changedStory(e.Message.Conversation, e.Message.Row))
		case messaging.MessageRemoved:
			if row, err := store.ParseMessageID(e.ID); err == nil {
				m.stale = m.stale || m.loading && e.Conversation == m.open
				cmds = append(cmds, m.vanished(e.Conversation, row))
			}
		case messaging.MessagesRemoved:
			cmds = append(cmds, m.emptied(e.Conversation))
		case messaging.Typing:
			cmds = append(cmds, m.types(e))
		case messaging.Transfer:
			m.moved(e)
		case messaging.ConversationChanged:
			m.outdated = true
			changed = changed || e.Conversation.ID == m.group.ID
		case messaging.ConversationRemoved:
			m.outdated = true
			m.shut(e.ID)
			m.forgetContents("") // what is still to be seen is made again
		case messaging.Restoring:
			m.restores(e)
		case messaging.NetworkChanged:
			if e.Status.State == network.Ready && m.net.State != network.Ready {
				m.tryAgain()
			}
			m.net = e.Status
			m.rtt = steady(m.rtt, e.Status)
		case messaging.Missed:
			m.outdated, changed = true, m.group.ID != ""
			if !m.client.Restoring() {
				m.filling = nil
			}
			if m.open != "" {
				cmds = append(cmds, m.reload())
			}
		}
	}
	if m.outdated {
		cmds = append(cmds, m.readList())
	}
	if changed && m.page != nil {
		cmds = append(cmds, m.readGroup(m.group.ID, nil))
	}
	return tea.Batch(cmds...)
}
