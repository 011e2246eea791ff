package demo

import (
	"context"
	"errors"
	"testing"
	"time"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
)

// TestTheCircle has you welcomed in the group of the demo, made an admin, and answered.
func TestTheCircle(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w, err := Start(ctx, Options{Parent: t.TempDir(), Nodes: 6})
	if err != nil {
		t.Fatal(err)
	}
	events := w.You.Subscribe()
	living, end := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.Run(living) }()
	defer func() {
		events.Close()
		end()
		if err := errors.Join(<-ended, w.Close()); err != nil {
			t.Error(err)
		}
	}()

	circle := w.contacts[0].circle
	// heard waits until something of the circle is as it should be.
	heard := func(what string, is func(messaging.Message) bool) {
		t.Helper()
		for {
			e, err := events.Next(ctx)
			if err != nil {
				t.Fatalf("no %s: %v", what, err)
			}
			switch e := e.(type) {
			case messaging.MessageAdded:
				if e.Message.Conversation == circle && is(e.Message) {
					return
				}
			case messaging.MessageChanged:
				if e.Message.Conversation == circle && is(e.Message) {
					return
				}
			}
		}
	}
	mina := id.With(w.contacts[0].client.Self().Account)
	heard("welcome by name", func(m messaging.Message) bool {
		return id.Conversation(m.Author.String()) == mina && len(m.Mentions) == 1 && m.Mentions[0].Own
	})
	if _, err := w.You.Send(ctx, circle, messaging.Draft{Text: "hello"}); err != nil {
		t.Fatal(err)
	}
	answered, liked := false, false
	heard("answer and reaction", func(m messaging.Message) bool {
		answered = answered || m.Text == minaDiscusses[0]
		liked = liked || m.Direction == store.Out && len(m.Reactions) == 1
		return answered && liked
	})
	for {
		g, err := w.You.Group(ctx, circle)
		if err != nil || len(g.Members) != 4 {
			t.Fatalf("%d members, %v", len(g.Members), err)
		}
		if g.Admin {
			return
		}
		if _, err := events.Next(ctx); err != nil {
			t.Fatalf("you are no admin: %v", err)
		}
	}
}
