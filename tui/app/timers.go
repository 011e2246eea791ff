package app

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
)

// timers is the one wait for the moment when the screen tells something else of
// how long messages are there yet.
type timers struct {
	due  time.Time
	stop context.CancelFunc // nil: there is none
}

// networkTime is the time by which messages disappear.
func (m *Model) networkTime() time.Time {
	if m.client == nil {
		return m.now()
	}
	return time.UnixMilli(m.client.ExpiryMS())
}

// followTimers waits for the moment when what is left of a message on the screen
// is told otherwise, and for no other.
func (m *Model) followTimers() tea.Cmd {
	var after time.Duration
	if m.chatVisible() {
		after = m.chat.Changes()
	}
	now := time.Now()
	if after > 0 && m.timers.due.After(now) && !m.timers.due.After(now.Add(after)) {
		return nil // when that has come, the next moment is found
	}
	if m.timers.stop != nil {
		m.timers.stop()
	}
	if m.timers = (timers{}); after == 0 {
		return nil
	}
	ctx, stop := context.WithCancel(m.ctx)
	m.timers = timers{now.Add(after), stop}
	return m.ask(func(context.Context) result {
		select {
		case <-time.After(after):
		case <-ctx.Done():
			return nil
		}
		return func(*Model) tea.Cmd { return nil } // whatever came, the screen is drawn anew
	})
}
