package messaging

import (
	"context"
	"testing"
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
