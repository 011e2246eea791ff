package app_test

import (
	"testing"
	"time"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/app"
)

// TestGroup: a group is created on the screen, and lived in.
func TestGroup(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		talking(t, width, height, func(w *world, s *screen, alice, bob *messaging.Client) {
			s.run("Create a group")
			s.shows("What is the group called?")
			s.vt.Paste("Garden")
			s.press("enter")
			s.shows("Whom do you want to invite?", "Alice")
			s.press("enter")
			s.shows("Whom do you want to invite?", "invited")
			s.press("esc")
			time.Sleep(10 * time.Second)
			s.settle()
			s.shows("Garden", "You invited Alice to the group.", "Type a message")
			group := s.group(bob)
			for range 3 {
				if err := alice.Receive(w.Context()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(5 * time.Second)
			}
			if _, err := alice.Send(w.Context(), group, messaging.Draft{Text: "So this is the garden."}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(30 * time.Second)
			s.settle()
			s.shows("Alice", "So this is the garden.")
			s.vt.Paste("Yes.")
			s.press("enter")
			s.wait()
			s.shows("Yes.")
			now := time.Now()
			if err := bob.ConfigureGroup(w.Context(), group, messaging.GroupChange{DeleteBefore: &now}); err != nil {
				t.Fatal(err)
			}
			s.wait()
			s.hides("Yes.", "So this is the garden.")

			s.press("esc")
			s.run("Members of the group")
			s.shows("Members of Garden", "You", "Alice", "admin")
			s.vt.Paste("Alice")
			s.press("enter")
			s.shows("Make them admin", "Remove them")
			s.vt.Paste("Make them")
			s.press("enter")
			s.wait()
			s.shows("Members of Garden", "becoming admin")
			s.press("esc")
			s.run("Rename the group")
			s.press("ctrl+u")
			s.vt.Paste("Park")
			s.press("enter")
			s.wait()
			s.shows("Park", `You renamed the group to "Park".`)

			// And the end: only one's own.
			s.run("Leave the group")
			s.shows("Leave Park?")
			s.press("y")
			s.wait()
			s.hides("Park")
			if _, err := bob.Conversation(w.Context(), group); err == nil {
				t.Error("Bob still has the group")
			}
		})
	})
}

// TestInvitation: an invitation of a stranger waits to be answered.
func TestInvitation(t *testing.T) {
	for _, join := range []bool{true, false} {
		online(t, func(w *world) {
			alice, bob := w.client("Alice"), w.client("Bob")
			v, err := alice.CreateGroup(w.Context(), messaging.NewGroup{Name: "Garden", Members: []id.Account{bob.Self().Account}})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			if err := bob.Receive(w.Context()); err != nil {
				t.Fatal(err)
			}
			s := w.open(120, 36, app.Options{Client: bob, Open: v.ID})
			s.shows("Alice invited you to the group", "Press a to join it, or d to decline")
			if join {
				s.press("a")
				time.Sleep(30 * time.Second)
				s.settle()
				s.shows("Type a message")
				if v, err := bob.Conversation(w.Context(), v.ID); err != nil || v.Membership != store.Member {
					t.Errorf("%v, %v", v.Membership, err)
				}
				return
			}
			s.press("d")
			s.shows("Turn the invitation to Garden away?")
			s.press("y")
			s.wait()
			s.hides("Garden")
			if _, err := bob.Conversation(w.Context(), v.ID); err == nil {
				t.Error("the invitation is still there")
			}
		})
	}
}

// group is the only group that a client has.
func (s *screen) group(c *messaging.Client) id.Conversation {
	s.Helper()
	list, err := c.Conversations(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	for _, v := range list {
		if v.Kind == id.KindGroup {
			return v.ID
		}
	}
	s.Fatal("no group")
	return ""
}

// run chooses an action from the palette.
func (s *screen) run(title string) {
	s.press("ctrl+p")
	s.vt.Paste(title)
	s.press("enter")
}
