package messaging

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"seance/messaging/id"
	"seance/store"
)

// inGroup are the texts that a device has of a group, as device.texts.
func (d *device) inGroup(conv id.Conversation) (list []string) {
	d.w.Helper()
	page, err := d.Messages(d.w.Context(), conv, Page{Limit: 1000})
	if err != nil {
		d.w.Fatal(err)
	}
	for _, m := range page {
		text := m.Text
		if m.Direction == store.Out {
			text = "> " + text
		} else if m.Kind == store.KindMessage {
			text = m.Name + ": " + text
		}
		if m.Kind == store.KindInfo {
			text = "(" + m.Text + ")"
		}
		list = append(list, text)
	}
	return list
}

// group is what a device knows of one, in one line.
func (d *device) group(conv id.Conversation) string {
	d.w.Helper()
	g, err := d.Group(d.w.Context(), conv)
	if err != nil {
		return err.Error()
	}
	var members []string
	for _, m := range g.Members {
		who := m.Account.Short()
		if m.Admin {
			who += "*"
		}
		if m.State != "" {
			who += " " + string(m.State)
		}
		members = append(members, who)
	}
	slices.Sort(members)
	return fmt.Sprintf("%q %q %s %v: %s", g.Title, g.Description, g.Membership, g.Timer, strings.Join(members, ", "))
}

// write sends a message and waits until it is stored.
func (d *device) write(conv id.Conversation, text string) Message {
	d.w.Helper()
	m, err := d.Send(d.w.Context(), conv, Draft{Text: text})
	if err != nil {
		d.w.Fatal(err)
	}
	m, err = d.Wait(d.w.Context(), m.ID())
	if err != nil || m.State != store.StateSent {
		d.w.Fatalf("%q is %s %s, %v", text, m.State, m.Failure, err)
	}
	time.Sleep(time.Second)
	return m
}

// round lets devices push and poll until they have nothing more to say.
func (w *world) round(devices ...*device) {
	w.Helper()
	for range 4 {
		for _, d := range devices {
			time.Sleep(pushDelay + time.Second)
			d.receive()
		}
	}
}

func (w *world) acquaint(devices ...*device) {
	w.Helper()
	for i, a := range devices {
		for _, b := range devices[i+1:] {
			a.say(b, "hello")
			b.receive()
			b.say(a, "hello too")
			a.receive()
		}
	}
}

func TestAGroupOfThree(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, carol := w.person("Alice"), w.person("Bob"), w.person("Carol")
		all := []*device{alice, bob, carol}
		w.acquaint(alice, bob)
		g, err := alice.CreateGroup(w.Context(), NewGroup{Name: "Garden", Description: "Weeds", Members: []id.Account{bob.id(), carol.id()}})
		w.check(err)
		w.round(all...)
		// Bob knows Alice and is in, Carol does not and is asked.
		if got := bob.group(g.ID); !strings.Contains(got, `"Garden" "Weeds"`) {
			t.Errorf("Bob: %s", got)
		}
		if v, err := carol.Conversation(w.Context(), g.ID); err != nil || v.Membership != store.Invited {
			t.Fatalf("Carol: %+v, %v", v, err)
		}
		w.check(carol.AcceptInvitation(w.Context(), g.ID))
		w.round(all...)
		want := alice.group(g.ID)
		if strings.Contains(want, "invite") {
			t.Error(want)
		}
		for i, d := range all {
			if got := d.group(g.ID); got != want {
				t.Errorf("device %d: %s, want %s", i, got, want)
			}
		}
		alice.write(g.ID, "one")
		w.round(bob, carol)
		bob.write(g.ID, "two")
		w.round(alice, carol)
		carol.write(g.ID, "three")
		w.round(alice, bob)
		w.equal("Alice", alice.inGroup(g.ID), []string{"(You invited Bob and Carol to the group.)", "> one", "Bob: two", "Carol: three"})
		w.equal("Carol", carol.inGroup(g.ID), []string{"(Alice invited you and Bob to the group.)", `(Alice invited you to the group "Garden".)`, "Alice: one", "Bob: two", "> three"})
	})
}

// five are five people who know the first one, and a second device of the second.
func (w *world) five() (people []*device, laptop *device) {
	for _, name := range []string{"Alice", "Bob", "Carol", "Dave", "Erin"} {
		people = append(people, w.person(name))
	}
	for _, other := range people[1:] {
		w.acquaint(people[0], other)
	}
	w.settle(people[1])
	laptop = w.restore(people[1])
	laptop.receive()
	return people, laptop
}

func idsOf(devices ...*device) (list []id.Account) {
	for _, d := range devices {
		list = append(list, d.id())
	}
	return list
}

// unanimous checks that all devices know the same of a group.
func (w *world) unanimous(conv id.Conversation, devices ...*device) string {
	w.Helper()
	want := devices[0].group(conv)
	for i, d := range devices {
		if got := d.group(conv); got != want {
			w.Fatalf("device %d: %s\nthe first one: %s", i, got, want)
		}
	}
	return want
}

func (w *world) hasLast(what string, d *device, conv id.Conversation, want string) {
	w.Helper()
	texts := d.inGroup(conv)
	if len(texts) == 0 || texts[len(texts)-1] != want {
		w.Errorf("%s: the last of %q, want %q", what, last(texts, 4), want)
	}
}

// Five people, and two devices of one of them, live in a group.
func TestLifeOfAGroup(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		people, laptop := w.five()
		alice, bob, carol, dave, erin := people[0], people[1], people[2], people[3], people[4]
		all := append(people, laptop)
		ctx := w.Context()
		g, err := alice.CreateGroup(ctx, NewGroup{Name: "Garden", Members: idsOf(bob, carol)})
		w.check(err)
		w.round(alice, bob, carol, laptop)
		w.unanimous(g.ID, alice, bob, carol, laptop)

		// What is written on one device stands on the other, and no copy goes elsewhere.
		bob.write(g.ID, "from the phone")
		w.round(laptop, alice)
		w.hasLast("laptop", laptop, g.ID, "> from the phone")
		laptop.write(g.ID, "from the laptop")
		w.round(bob, alice)
		w.hasLast("phone", bob, g.ID, "> from the laptop")
		w.hasLast("Alice", alice, g.ID, "Bob: from the laptop")

		// Bob becomes an admin, on both devices, and adds Dave with the history.
		w.check(alice.Promote(ctx, g.ID, idsOf(bob)))
		w.round(alice, bob, laptop, carol)
		if got := w.unanimous(g.ID, alice, bob, carol, laptop); strings.Count(got, "*") != 2 || strings.Contains(got, "promot") {
			w.Errorf("promoted: %s", got)
		}
		w.acquaint(bob, dave)
		w.check(laptop.Invite(ctx, g.ID, idsOf(dave), true))
		w.round(laptop, bob, alice, dave, carol)
		w.unanimous(g.ID, alice, bob, carol, laptop, dave)
		if texts := dave.inGroup(g.ID); !slices.Contains(texts, "Bob: from the phone") {
			w.Errorf("Dave has no history: %q", texts)
		}
		// Erin comes without it.
		w.check(alice.Invite(ctx, g.ID, idsOf(erin), false))
		w.round(alice, erin, bob, laptop, carol, dave)
		w.unanimous(g.ID, all...)
		if texts := erin.inGroup(g.ID); slices.Contains(texts, "Bob: from the phone") {
			w.Errorf("Erin has the history: %q", texts)
		}
		m := erin.write(g.ID, "I am here")
		w.round(alice, carol)
		w.hasLast("Carol", carol, g.ID, "Erin: I am here")

		// Name, description, timer.
		name, about, hour := "Park", "Trees", time.Hour
		w.check(bob.ConfigureGroup(ctx, g.ID, GroupChange{Name: &name, Description: &about, Timer: &hour}))
		w.round(bob, alice, carol, dave, erin, laptop)
		if got := w.unanimous(g.ID, all...); !strings.HasPrefix(got, `"Park" "Trees"  {after_send 3600}`) {
			w.Error(got)
		}
		if texts := carol.inGroup(g.ID); !slices.Contains(texts, `(Bob renamed the group to "Park".)`) {
			w.Errorf("%q", last(texts, 3))
		}
		never := time.Duration(0)
		w.check(alice.ConfigureGroup(ctx, g.ID, GroupChange{Timer: &never}))
		w.round(all...)

		// Reactions, and deleting one's own and another's.
		texts := alice.inGroup(g.ID)
		page, err := alice.Messages(ctx, g.ID, Page{Limit: len(texts)})
		w.check(err)
		at := slices.IndexFunc(page, func(m Message) bool { return m.Text == "I am here" })
		_, err = alice.React(ctx, page[at].ID(), "🌱", false)
		w.check(err)
		w.round(alice, erin, bob)
		got, err := erin.Message(ctx, m.ID())
		w.check(err)
		if len(got.Reactions) != 1 {
			w.Errorf("reactions: %v", got.Reactions)
		}
		w.check(bob.Delete(ctx, messageNamed(w, bob, g.ID, "I am here"), Everyone))
		carols := carol.write(g.ID, "a slip")
		w.round(alice, bob, erin)
		w.check(carol.Delete(ctx, carols.ID(), Everyone))
		w.round(carol, bob, alice, erin, dave, laptop)
		for i, d := range all {
			if texts := d.inGroup(g.ID); slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, "I am here") || strings.Contains(s, "a slip") }) {
				w.Errorf("device %d still has what was deleted: %q", i, last(texts, 5))
			}
		}
		if err := dave.Delete(ctx, messageNamed(w, dave, g.ID, "from the phone"), Everyone); err == nil {
			w.Error("a member deleted what another wrote")
		}

		// Dave is removed, with what he wrote, and reads nothing that comes after.
		dave.write(g.ID, "before I go")
		w.round(alice, erin)
		w.check(alice.RemoveMembers(ctx, g.ID, idsOf(dave), true))
		w.round(alice, bob, erin, carol, laptop)
		dave.receive()
		if v, err := dave.Conversation(ctx, g.ID); err != nil || v.Membership != store.Kicked {
			w.Errorf("Dave: %+v, %v", v.Membership, err)
		}
		if _, err := dave.Send(ctx, g.ID, Draft{Text: "still here?"}); err == nil {
			w.Error("Dave writes")
		}
		alice.write(g.ID, "among us")
		w.round(alice, bob, erin, carol, laptop, dave)
		w.unanimous(g.ID, alice, bob, carol, erin, laptop)
		if texts := erin.inGroup(g.ID); slices.Contains(texts, "Dave: before I go") {
			w.Errorf("%q", last(texts, 4))
		}
		if texts := dave.inGroup(g.ID); len(texts) > 0 {
			w.Errorf("Dave has %q", texts)
		}

		// He is invited again.
		w.check(alice.Invite(ctx, g.ID, idsOf(dave), false))
		w.round(alice, dave, bob, carol, erin, laptop)
		w.unanimous(g.ID, all...)
		dave.write(g.ID, "back")
		w.round(alice)
		w.hasLast("Alice", alice, g.ID, "Dave: back")

		// Carol leaves: the admins see to it.
		w.check(carol.Leave(ctx, g.ID, false))
		w.round(alice, bob, dave, erin, laptop)
		if _, err := carol.Conversation(ctx, g.ID); err == nil {
			w.Error("Carol still has the group")
		}
		if got := w.unanimous(g.ID, alice, bob, dave, erin, laptop); strings.Contains(got, carol.id().Short()) {
			w.Errorf("Carol is still in: %s", got)
		}
		if texts := erin.inGroup(g.ID); !slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, "left the group") }) {
			w.Errorf("%q", last(texts, 3))
		}

		// The end.
		w.check(alice.Leave(ctx, g.ID, true))
		w.round(bob, dave, erin, laptop)
		for i, d := range []*device{bob, dave, erin, laptop} {
			if v, err := d.Conversation(ctx, g.ID); err != nil || v.Membership != store.Destroyed {
				w.Errorf("device %d: %v, %v", i, v.Membership, err)
			}
		}
	})
}

// messageNamed is the ID of the message with a text.
func messageNamed(w *world, d *device, conv id.Conversation, text string) string {
	w.Helper()
	page, err := d.Messages(w.Context(), conv, Page{Limit: 1000})
	w.check(err)
	for _, m := range page {
		if m.Text == text {
			return m.ID()
		}
	}
	w.Fatalf("no message %q", text)
	return ""
}
