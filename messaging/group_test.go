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

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func TestAGroupOfThree(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, carol := w.person("Alice"), w.person("Bob"), w.person("Carol")
		all := []*device{alice, bob, carol}
		defer func() {
			for _, d := range all {
				d.stop()
			}
		}()
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
		w.equal("Alice", alice.inGroup(g.ID), []string{fmt.Sprintf("(You invited Bob and %s to the group.)", carol.id().Short()), "> one", "Bob: two", "Carol: three"})
		w.equal("Carol", carol.inGroup(g.ID), []string{"(Alice invited Bob and you to the group.)", `(Alice invited you to the group "Garden".)`, "Alice: one", "Bob: two", "> three"})
	})
}
