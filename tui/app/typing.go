package app

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
)

// typing is who types, as far as they tell, and what they are told.
type typing struct {
	until map[id.Conversation]time.Time // by whom one is written to
	told  time.Time                     // when the open conversation was told of it last; zero: it was not
	typed time.Time                     // when something was typed last
	rests bool                          // it is waited for that nothing is typed for a while
}

// types shows that somebody types, until they are done.
func (m *Model) types(e messaging.Typing) tea.Cmd {
	delete(m.typing.until, e.Conversation)
	left := time.Until(e.Until)
	if e.Until.IsZero() || left <= 0 {
		return nil
	}
	m.typing.until[e.Conversation] = e.Until
	return m.ask(func(ctx context.Context) result {
		select {
		case <-time.After(left):
		case <-ctx.Done():
			return nil
		}
		return func(m *Model) tea.Cmd {
			if m.typing.until[e.Conversation].Equal(e.Until) {
				delete(m.typing.until, e.Conversation)
			}
			return nil
		}
	})
}

// typists says who types in the open conversation, "" if nobody does.
func (m *Model) typists(room int) string {
	if _, is := m.typing.until[m.open]; !is {
		return ""
	}
	const does = " is typing"
	return m.metrics.Cut(m.metrics.Name(m.current().Title), room-len(does), m.theme.Glyphs.Ellipsis) + does
}

// sometimes is how long the engine is not told again that something is typed.
const sometimes = 3 * time.Second

// tellTyping tells the other side that something is written to them, or is not
// any more. Whether they learn of it is the engine's.
func (m *Model) tellTyping() tea.Cmd {
	if m.compose.Empty() {
		return m.stopTyping()
	}
	now := m.now()
	m.typing.typed = now
	if m.client == nil || m.open == "" || now.Sub(m.typing.told) < sometimes {
		return nil
	}
	m.typing.told = now
	return tea.Batch(m.signalTyping(true), m.awaitRest())
}

// rest is for how long nothing is typed until that is told.
// session-desktop: ts/models/conversation.ts, setTypingPauseTimer.
const rest = 10 * time.Second

// awaitRest tells the other side that nothing is written when that is so for a
// while, though the text stays.
func (m *Model) awaitRest() tea.Cmd {
	if m.typing.rests {
		return nil
	}
	m.typing.rests = true
	after := time.After(rest - m.now().Sub(m.typing.typed))
	return m.ask(func(ctx context.Context) result {
		select {
		case <-after:
		case <-ctx.Done():
			return nil
		}
		return func(m *Model) tea.Cmd {
			m.typing.rests = false
			switch {
			case m.typing.told.IsZero():
				return nil
			case m.now().Sub(m.typing.typed) < rest:
				return m.awaitRest()
			}
			return m.stopTyping()
		}
	})
}

// stopTyping tells the other side that nothing is written, if they were told
// the contrary.
func (m *Model) stopTyping() tea.Cmd {
	if m.typing.told.IsZero() || m.client == nil {
		return nil
	}
	m.typing.told = time.Time{}
	return m.signalTyping(false)
}

func (m *Model) signalTyping(on bool) tea.Cmd {
	c, conv := m.client, m.open
	return m.ask(func(ctx context.Context) result {
		// What cannot be told is no news to anybody a moment later.
		_ = c.Typing(ctx, conv, on)
		return nil
	})
}
