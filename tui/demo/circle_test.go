package demo

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
)

// visit has a test take part in a world that runs, for a minute at most.
func visit(t *testing.T, f func(ctx context.Context, w *World, events *messaging.Subscription)) {
	t.Helper()
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
	f(ctx, w, events)
}

// heard waits until a message of a conversation is as it should be.
func heard(ctx context.Context, t *testing.T, events *messaging.Subscription, in id.Conversation, what string, is func(messaging.Message) bool) {
	t.Helper()
	for {
		e, err := events.Next(ctx)
		if err != nil {
			t.Fatalf("no %s: %v", what, err)
		}
		var m messaging.Message
		switch e := e.(type) {
		case messaging.MessageAdded:
			m = e.Message
		case messaging.MessageChanged:
			m = e.Message
		}
		if m.Conversation == in && is(m) {
			return
		}
	}
}

// welcomed reports whether a message of the circle names you.
func welcomed(m messaging.Message) bool { return len(m.Mentions) == 1 && m.Mentions[0].Own }

// TestTheCircle has you welcomed in the group of the demo, made an admin, and answered.
func TestTheCircle(t *testing.T) {
	visit(t, func(ctx context.Context, w *World, events *messaging.Subscription) {
		circle := w.contacts[0].circle
		mina := w.contacts[0].client.Self().Account.Sender()
		heard(ctx, t, events, circle, "welcome by name", func(m messaging.Message) bool { return m.Author == mina && welcomed(m) })
		if _, err := w.You.Send(ctx, circle, messaging.Draft{Text: "hello"}); err != nil {
			t.Fatal(err)
		}
		answered, liked := false, false
		heard(ctx, t, events, circle, "answer and reaction", func(m messaging.Message) bool {
			answered = answered || m.Text == minaDiscusses[0]
			liked = liked || m.Direction == store.Out && len(m.Reactions) == 1
			return answered && liked
		})
		admin(ctx, t, w, events)
	})
}

// admin waits until you are an admin of the circle.
func admin(ctx context.Context, t *testing.T, w *World, events *messaging.Subscription) {
	t.Helper()
	for {
		g, err := w.You.Group(ctx, w.contacts[0].circle)
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

// TestTheCircleEnds: you may end it while the others have something to say there.
func TestTheCircleEnds(t *testing.T) {
	visit(t, func(ctx context.Context, w *World, events *messaging.Subscription) {
		circle := w.contacts[0].circle
		heard(ctx, t, events, circle, "welcome by name", welcomed)
		admin(ctx, t, w, events)
		if err := w.You.Leave(ctx, circle, true); err != nil {
			t.Fatal(err)
		}
		late := messaging.Message{Message: store.Message{
			Conversation: circle, Author: w.You.Self().Account.Sender(), Direction: store.In, Kind: store.KindMessage, Row: 1 << 40,
		}}
		for _, c := range w.contacts {
			theirs := c.client.Subscribe()
			for {
				if v, err := c.client.Conversation(ctx, circle); err == nil && v.Membership == store.Destroyed {
					break
				}
				if _, err := theirs.Next(ctx); err != nil {
					t.Fatalf("%s has not heard of the end: %v", c.role.name, err)
				}
			}
			theirs.Close()
			if err := c.notice(ctx, messaging.MessageAdded{Message: late}, 0); err != nil {
				t.Errorf("%s: %v", c.role.name, err)
			}
		}
		if _, err := w.You.Send(ctx, w.Friend, messaging.Draft{Text: "ping"}); err != nil {
			t.Fatal(err)
		}
		heard(ctx, t, events, w.Friend, "answer", func(m messaging.Message) bool { return strings.HasPrefix(m.Text, "pong") })
	})
}
