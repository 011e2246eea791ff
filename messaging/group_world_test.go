package messaging

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"seance/messaging/group"
	"seance/messaging/id"
	"seance/store"
)

// garden is a group that somebody makes with others, who have heard of it.
func (w *world) garden(admin *device, others ...*device) Conversation {
	w.Helper()
	var members []id.Account // devices may be of the same one
	for _, account := range idsOf(others...) {
		if account != admin.id() && !slices.Contains(members, account) {
			members = append(members, account)
		}
	}
	g, err := admin.CreateGroup(w.Context(), NewGroup{Name: "Garden", Members: members})
	w.check(err)
	w.round(append([]*device{admin}, others...)...)
	return g
}

func idsOf(devices ...*device) (list []id.Account) {
	for _, d := range devices {
		list = append(list, d.id())
	}
	return list
}

// round lets devices push and poll until they have nothing more to say.
func (w *world) round(devices ...*device) {
	w.Helper()
	for range 4 {
		for _, d := range devices {
			time.Sleep(pushDelay + time.Second) // what was edited is pushed
			d.receive()
		}
	}
}

// inGroup are the texts that a device has of a group, as device.texts.
func (d *device) inGroup(conv id.Conversation) (list []string) {
	d.w.Helper()
	page, err := d.Messages(d.w.Context(), conv, Page{Limit: 1000})
	d.w.check(err)
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

func (w *world) hasLast(what string, d *device, conv id.Conversation, want string) {
	w.Helper()
	texts := d.inGroup(conv)
	if len(texts) == 0 || texts[len(texts)-1] != want {
		w.Errorf("%s: the last of %q, want %q", what, last(texts, 4), want)
	}
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

// is checks what a device is in a group.
func (d *device) is(conv id.Conversation, want store.Membership) {
	d.w.Helper()
	if v, err := d.Conversation(d.w.Context(), conv); err != nil || v.Membership != want {
		d.w.Fatalf("%s is %q, want %q, %v", d.Self().Name, v.Membership, want, err)
	}
}

// withGroup has f read and change what a device knows of a group.
func (d *device) withGroup(conv id.Conversation, f func(tx *store.Tx, g *group.Group) error) {
	d.w.Helper()
	name, _ := conv.Group()
	d.w.check(d.edit(d.w.Context(), func(tx *store.Tx) error {
		g, err := d.Client.group(tx, name)
		if err != nil {
			return err
		}
		return f(tx, g)
	}))
}

// groupSwarm is all that the swarm of a group has in a namespace.
func (d *device) groupSwarm(conv id.Conversation, s space) retrieved {
	d.w.Helper()
	name, _ := conv.Group()
	auth, err := d.authFor(d.w.Context(), name.Pubkey())
	d.w.check(err)
	d.w.check(d.db.Update(d.w.Context(), func(tx *store.Tx) error { return tx.ForgetCursors(name.Pubkey(), s.namespace) }))
	reply, err := d.retrieveAs(d.w.Context(), auth, []space{s}, nil)
	d.w.check(err)
	return reply
}
