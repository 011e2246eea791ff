package messaging

import (
	"context"
	"sync"
	"time"

	"seance/messaging/id"
	"seance/network"
)

// Event is something that a front end may want to show. The concrete types
// are below; each says when it is emitted.
type Event interface{ event() }

// MessageAdded is emitted when a message is new on this device: received,
// written here, or copied from another device of the account.
type MessageAdded struct{ Message Message }

// MessageChanged is emitted when a known message has a new state, other
// reactions, or was deleted by its author.
type MessageChanged struct{ Message Message }

// MessageRemoved is emitted when a message is no longer there, not even as a
// line that says so.
type MessageRemoved struct {
	Conversation id.Conversation
	ID           string
}

// MessagesRemoved is emitted when many messages of a conversation, or all of them, are
// no longer there: what is shown of it has to be read anew.
type MessagesRemoved struct{ Conversation id.Conversation }

// Typing is emitted when somebody begins to type, goes on, or stops. A message
// of theirs ends it as well.
type Typing struct {
	Conversation id.Conversation
	Until        time.Time // when to take it for ended if nothing more is heard; zero: now
}

// ConversationChanged is emitted when anything in a conversation's row of the
// list changed: its last line, unread count, name, draft, approval.
type ConversationChanged struct{ Conversation Conversation }

// ConversationRemoved is emitted when a conversation left the list.
type ConversationRemoved struct{ ID id.Conversation }

// NetworkChanged is emitted when paths, nodes or reachability changed.
type NetworkChanged struct{ Status network.Status }

// OutboxEmpty is emitted when nothing waits to be sent any more.
type OutboxEmpty struct{}

// Synced is emitted when the first poll of the account's swarm has ended, and
// later when polls begin to fail or to succeed again.
type Synced struct{ Err error }

// Restoring is emitted while an account that was restored is filled with what
// the network has of it.
type Restoring struct {
	Contacts int // that are known so far
	Messages int // that came since the program was started
	Done     bool
}

// Missed is emitted in place of events that a slow subscriber did not take in
// time: what it shows has to be read anew.
type Missed struct{}

func (MessageAdded) event()        {}
func (MessageChanged) event()      {}
func (MessageRemoved) event()      {}
func (MessagesRemoved) event()     {}
func (Typing) event()              {}
func (ConversationChanged) event() {}
func (ConversationRemoved) event() {}
func (NetworkChanged) event()      {}
func (OutboxEmpty) event()         {}
func (Synced) event()              {}
func (Restoring) event()           {}
func (Missed) event()              {}

// backlog is how many events wait for a subscriber before it is told that it
// missed some. Nothing is lost by that: all of them stand in the database.
const backlog = 256

// Subscription is one front end's stream of events.
type Subscription struct {
	hub    *hub
	events chan Event
	missed bool // guarded by hub.mu: events were dropped since the last one taken
}

// Next waits for an event. It fails when ctx ends.
func (s *Subscription) Next(ctx context.Context) (Event, error) {
	select {
	case e := <-s.events:
		return e, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TryNext is an event that waits already; false if none does.
func (s *Subscription) TryNext() (Event, bool) {
	select {
	case e := <-s.events:
		return e, true
	default:
		return nil, false
	}
}

// Close ends the subscription. Next must not be called after it.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	delete(s.hub.subs, s)
}

// hub hands events to all subscriptions without ever waiting for one.
type hub struct {
	mu   sync.Mutex
	subs map[*Subscription]struct{}
}

func (h *hub) subscribe() *Subscription {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := &Subscription{hub: h, events: make(chan Event, backlog)}
	if h.subs == nil {
		h.subs = make(map[*Subscription]struct{})
	}
	h.subs[s] = struct{}{}
	return s
}

// idle reports that nobody would hear an event.
func (h *hub) idle() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.subs) == 0
}

func (h *hub) emit(events ...Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		for _, e := range events {
			s.offer(e)
		}
	}
}

// offer keeps the last place of the buffer for Missed, so that a subscriber
// which fell behind learns of it as soon as it reads on.
func (s *Subscription) offer(e Event) {
	if len(s.events) < backlog-1 {
		s.missed = false
		s.events <- e
		return
	}
	if !s.missed {
		s.missed = true
		s.events <- Missed{}
	}
}
