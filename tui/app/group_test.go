package app_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
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
			carol := w.client("Carol")
			s.run("Create a group")
			s.shows("What is the group called?")
			s.vt.Paste("Garden")
			s.press("enter")
			s.shows("Whom do you want to invite?", "Alice")
			s.press("enter")
			s.shows("Invite Alice", "picked")
			s.press("enter")
			time.Sleep(10 * time.Second)
			s.settle()
			s.shows("Garden   2 members", "You invited Alice to the group.", "Type a message")
			group := s.group(bob)
			for range 3 {
				w.check(alice.Receive(w.Context()))
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
			w.check(bob.ConfigureGroup(w.Context(), group, messaging.GroupChange{DeleteBefore: &now}))
			s.wait()
			s.hides("Yes.", "So this is the garden.")

			s.press("esc")
			s.run("About the group")
			s.shows("Garden", "You are", "an admin", "2, 1 admin", "disappear never")
			s.press("e")
			s.vt.Paste("Weeds and bees")
			s.press("enter")
			s.wait()
			s.shows("Weeds and bees")
			s.press("n")
			s.press("ctrl+u")
			s.vt.Paste("Park")
			s.press("enter")
			s.wait()
			s.shows("Park", "You are")
			s.press("p")
			s.vt.Paste(somePicture(t))
			s.press("enter")
			s.wait()
			s.shows("The group has a new picture.")
			if v, err := bob.Conversation(w.Context(), group); err != nil || v.Picture.URL == "" {
				t.Errorf("the picture is %v, %v", v.Picture, err)
			}
			s.press("D")
			s.shows("Delete for everybody", "Only messages with files")
			s.press("enter")
			s.shows("Delete all messages in Park so far")
			s.press("n")
			s.press("i")
			s.shows("Nobody else among your contacts.")
			s.vt.Paste(carol.Self().Account.String())
			s.press("enter")
			s.shows("picked", "Invite "+carol.Self().Account.Short())
			s.press("enter")
			s.shows("What may they read?", "last two weeks")
			s.press("down", "enter")
			s.wait()
			s.shows("2, 1 admin, 1 invited")

			s.press("m")
			s.shows("Members of Park", "You", "Alice", "admin", "invited")
			s.vt.Paste("Alice")
			s.press("enter")
			s.shows("About this member", "Alice", string(with(alice))[:33])
			if height < 20 {
				s.press("G", "pgdown")
			}
			s.shows("Write to them", "Make them an admin", "Remove them")
			s.press("p")
			s.shows("Make Alice an admin?")
			s.press("y")
			s.wait()
			s.press("pgup")
			s.shows("Role       admin")
			s.hides("Remove them")
			s.press("esc", "ctrl+u")
			s.shows("Members of Park")
			s.vt.Paste(carol.Self().Account.String())
			s.press("enter")
			s.shows("invited, and has not answered yet")
			s.press("x", "y")
			s.wait()
			s.shows("They are not in the group any more.")
			s.hides("copy")
			s.press("esc", "esc")
			s.shows("2, 2 admins")
			s.press("esc")
			s.shows("You renamed the group to \"Park\".", "You made Alice an admin.")
			s.hides("You: You")

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

// TestInvitationBesideList: the keys that answer an invitation are told where they do,
// and answering it touches nothing of the conversation that the list marks.
func TestInvitationBesideList(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		online(t, func(w *world) {
			alice, bob, carol := w.client("Alice"), w.client("Bob"), w.client("Carol")
			w.say(bob, carol, "hello Carol")
			garden := messaging.NewGroup{Name: "Garden", Members: []id.Account{bob.Self().Account}}
			if _, err := alice.CreateGroup(w.Context(), garden); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			w.check(bob.Receive(w.Context()))
			s := w.open(width, height, app.Options{Client: bob})
			if width == 120 {
				s.press("tab") // a conversation is open beside the list
			}
			s.press("R", "enter")
			s.shows("Press a to join it")
			s.press("esc")
			s.hides("Press a to join it")
			if width == 120 {
				s.shows("You are invited to this group. Press Tab to answer.")
			}
			s.press("tab")
			s.shows("Press a to join it")
			s.press("d")
			s.shows("Turn the invitation to Garden away?")
			s.press("y")
			s.wait()
			s.hides("Garden")
			if c, err := bob.Conversation(w.Context(), with(carol)); err != nil || c.Last.Text != "hello Carol" {
				t.Errorf("%q, %v", c.Last.Text, err)
			}
		})
	})
}

// TestAboutFromLines: on a line about a group, the key for more about a message tells
// about the group. The foot of a page says that there is more below.
func TestAboutFromLines(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		online(t, func(w *world) {
			alice, bob := w.client("Alice"), w.client("Bob")
			v, err := alice.CreateGroup(w.Context(), messaging.NewGroup{Name: "Garden", Members: []id.Account{bob.Self().Account}})
			w.check(err)
			s := w.open(width, height, app.Options{Client: alice, Open: v.ID})
			s.press("esc")
			s.shows("i group")
			s.press("i")
			s.shows("You are", "an admin")
			more := func() {
				t.Helper()
				if height < 20 {
					s.shows("PgDn more")
				} else {
					s.hides("PgDn more")
				}
			}
			more()
			s.press("m", "down", "enter")
			s.shows("About this member")
			more()
			s.press("esc", "esc", "esc", "esc", "A")
			s.shows("Your account")
			more()
		})
	})
}

// TestInvitation: an invitation of a stranger waits to be answered.
func TestInvitation(t *testing.T) {
	for _, join := range []bool{true, false} {
		online(t, func(w *world) {
			alice, bob := w.client("Alice"), w.client("Bob")
			v, err := alice.CreateGroup(w.Context(), messaging.NewGroup{Name: "Garden", Members: []id.Account{bob.Self().Account}})
			w.check(err)
			time.Sleep(time.Minute)
			w.check(bob.Receive(w.Context()))
			s := w.open(120, 36, app.Options{Client: bob, Open: v.ID})
			s.shows("Alice invited you to the group", "Press a to join it, d to decline")
			s.press("R")
			s.shows("Message requests", "Garden", `Alice invited you to the group "Garden".`, "1 message request")
			s.press("enter")
			if join {
				s.press("a")
				time.Sleep(30 * time.Second)
				s.settle()
				s.shows("Type a message")
				s.hides("1 message request")
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
	s.check(err)
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

// somePicture is the path of an image.
func somePicture(t *testing.T) string {
	t.Helper()
	f := photo(t, 40, 30)
	data, err := io.ReadAll(f.Content)
	path := filepath.Join(t.TempDir(), f.Name)
	if err = errors.Join(err, os.WriteFile(path, data, 0o600)); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestMention: somebody is mentioned by their name, and everybody reads names.
func TestMention(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		talking(t, width, height, func(w *world, s *screen, alice, bob *messaging.Client) {
			g, err := alice.CreateGroup(w.Context(), messaging.NewGroup{Name: "Garden", Members: []id.Account{bob.Self().Account}})
			w.check(err)
			time.Sleep(10 * time.Second)
			s.wait()
			if _, err := alice.Send(w.Context(), g.ID, messaging.Draft{Text: "@" + string(with(bob)) + " or @" + string(with(alice)) + "?"}); err != nil {
				t.Fatal(err)
			}
			if time.Sleep(10 * time.Second); bob.Receive(w.Context()) != nil {
				t.Fatal("Bob does not receive")
			}
			s.press("ctrl+k")
			s.typed("garden")
			s.press("enter")
			s.shows("@You or @Alice?")
			s.hides("@05")
			s.typed("not me, @al")
			s.shows("› not me, @al", "@Alice")
			s.press("tab")
			s.typed("it is")
			s.shows("› not me, @Alice it is")
			s.press("enter")
			s.wait()
			s.shows("not me, @Alice it is")
			list, err := alice.Messages(w.Context(), g.ID, messaging.Page{Limit: 1})
			if err != nil || len(list) != 1 || list[0].Text != "not me, @"+string(with(alice))+" it is" || !list[0].Mentioned {
				t.Fatalf("Alice has %+v, %v", list, err)
			}

			// A draft is kept as it would be sent, and shown with names.
			s.typed("perhaps @Alice")
			s.press("tab")
			s.shows("perhaps @Alice")
			s.press("ctrl+k")
			s.typed("alice")
			s.press("enter")
			if v, err := bob.Conversation(w.Context(), g.ID); err != nil || v.Draft != "perhaps @"+string(with(alice))+" " {
				t.Errorf("the draft is %q, %v", v.Draft, err)
			}
			s.press("ctrl+k")
			s.typed("garden")
			s.press("enter")
			s.shows("› perhaps @Alice")

			// An answer shows names too.
			s.press("ctrl+u", "esc", "k", "r")
			s.shows("Reply to Alice: @You or @Alice?")
			s.typed("well")
			s.press("enter")
			s.wait()
			s.shows("Alice: @You or @Alice?", "well")
		})
	})
}

// TestDeleteInGroup: for everyone one deletes what is one's own, and as an admin what
// others wrote.
func TestDeleteInGroup(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		talking(t, width, height, func(w *world, s *screen, alice, bob *messaging.Client) {
			heard := func(c *messaging.Client) {
				t.Helper()
				for range 2 {
					time.Sleep(20 * time.Second)
					if err := c.Receive(w.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			found := func(c, other *messaging.Client, name string) id.Conversation {
				t.Helper()
				g, err := c.CreateGroup(w.Context(), messaging.NewGroup{Name: name, Members: []id.Account{other.Self().Account}})
				if err != nil {
					t.Fatal(err)
				}
				heard(alice)
				heard(bob)
				if _, err := alice.Send(w.Context(), g.ID, messaging.Draft{Text: "I was here."}); err != nil {
					t.Fatal(err)
				}
				heard(bob)
				s.press("ctrl+k")
				s.typed(name)
				s.press("enter")
				s.shows("I was here.")
				return g.ID
			}
			texts := func(c *messaging.Client, g id.Conversation) (all string) {
				t.Helper()
				list, err := c.Messages(w.Context(), g, messaging.Page{Limit: 9})
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range list {
					all += m.Text + "\n"
				}
				return all
			}

			g := found(bob, alice, "Garden")
			s.press("esc", "G", "d")
			s.shows("On this device", "For everyone")
			s.press("down", "enter")
			s.wait()
			s.hides("I was here.")
			s.shows("This message was deleted.")
			if heard(alice); strings.Contains(texts(alice, g), "I was here.") {
				t.Errorf("Alice has %q", texts(alice, g))
			}

			found(alice, bob, "Park")
			s.press("esc", "G", "d")
			s.shows("On this device")
			s.hides("For everyone")
			s.press("esc", "enter")
			s.typed("So was I.")
			s.press("enter")
			s.wait()
			s.press("esc", "G", "d")
			s.shows("For everyone")
			s.press("down", "enter")
			s.wait()
			s.hides("So was I.")
		})
	})
}
