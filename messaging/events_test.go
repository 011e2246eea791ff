package messaging

import (
	"context"
	"testing"
	"time"

	"seance/messaging/id"
	"seance/store"
)

func TestASlowSubscriberLearnsThatItMissedEvents(t *testing.T) {
	var h hub
	quick, slow := h.subscribe(), h.subscribe()
	for range 3 * backlog {
		h.emit(OutboxEmpty{})
		if e, err := quick.Next(t.Context()); err != nil || e != (OutboxEmpty{}) {
			t.Fatalf("the quick one got %v, %v", e, err)
		}
	}
	var missed int
	for range backlog {
		e, err := slow.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if e == (Missed{}) {
			missed++
		}
	}
	if missed != 1 {
		t.Errorf("the slow one was told %d times", missed)
	}
	h.emit(OutboxEmpty{})
	if e, err := slow.Next(t.Context()); err != nil || e != (OutboxEmpty{}) {
		t.Errorf("after catching up: %v, %v", e, err)
	}
	slow.Close()
	quick.Close()
	if !h.idle() {
		t.Error("closed subscriptions are kept")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.subscribe().Next(ended); err == nil {
		t.Error("Next outlived its context")
	}
}

// Whoever follows the log hears which message is gone, and of what disappeared.
func TestTheLogNamesWhatIsGone(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.person("Alice")
		self := id.With(alice.id())
		removed := alice.say(alice, "a note")
		timed, err := alice.Send(w.Context(), self, Draft{Text: "for an hour", Expire: &store.Timer{Mode: store.ExpireAfterSend, Seconds: 3600}})
		w.check(err)
		w.check(alice.Delete(w.Context(), removed.ID(), ForMe))
		w.settle(alice)
		alice.stop()
		time.Sleep(2 * time.Hour)
		alice.open()
		w.settle(alice)
		list, err := alice.Events(w.Context(), 0, 100)
		w.check(err)
		gone := map[string]string{}
		for _, e := range list {
			if e.Kind == EventDeleted || e.Kind == EventExpired {
				gone[e.MessageID] = e.Kind
				if e.Message != nil || e.Conversation != self {
					t.Errorf("%+v", e)
				}
			}
		}
		if len(gone) != 2 || gone[removed.ID()] != EventDeleted || gone[timed.ID()] != EventExpired {
			t.Errorf("%v, but %s was removed and %s had expired", gone, removed.ID(), timed.ID())
		}
	})
}
