package messaging

import (
	"bytes"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/store"
)

// keysOf are a group's keys as a device keeps them, with their times.
func (d *device) keysOf(conv id.Conversation) (dump []byte) {
	d.w.Helper()
	d.withGroup(conv, func(_ *store.Tx, g *group.Group) error {
		dump = g.Dump(d.net.Now()).Keys
		return nil
	})
	return dump
}

// Keys are ordered by the time that stands beside them in the swarm, also on the device
// that made them.
func TestAKeyHasTheTimeOfTheSwarm(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.person("Alice")
		laptop := w.second(alice)
		g := w.garden(alice, laptop)
		alice.lag.Store(int64(50 * time.Millisecond))
		for range 3 {
			alice.withGroup(g.ID, func(_ *store.Tx, g *group.Group) error { return g.Rekey() })
			w.round(alice, laptop)
		}
		alice.lag.Store(0)
		w.round(alice, laptop)
		if made, found := alice.keysOf(g.ID), laptop.keysOf(g.ID); !bytes.Equal(made, found) {
			t.Errorf("made  %q\nfound %q", made, found)
		}
	})
}

// What a push to a group replaces is deleted, also if the program ended in between.
func TestWhatAGroupReplacesIsDeleted(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.person("Alice")
		g, err := alice.CreateGroup(w.Context(), NewGroup{Name: "Garden"})
		w.check(err)
		name, _ := g.ID.Group()
		w.settle(alice)
		rename := func(c *Client, to string) error {
			return c.ConfigureGroup(w.Context(), g.ID, GroupChange{Name: &to})
		}
		alice.offline(func(c *Client) error {
			if err := rename(c, "Park"); err != nil {
				return err
			}
			return c.edit(w.Context(), func(tx *store.Tx) error {
				g, err := c.group(tx, name)
				if err != nil {
					return err
				}
				push, err := g.Info.Push(c.net.Now())
				if err != nil || len(push.Obsolete) == 0 {
					return fmt.Errorf("nothing is obsolete: %v", err)
				}
				_, err = retire(tx, groupRetiredKey(name), push.Obsolete)
				return err
			})
		})
		w.settle(alice)
		info := config.KindGroupInfo.Namespace()
		auth, err := alice.groupAuth(name)
		w.check(err)
		reply, err := alice.retrieveAs(w.Context(), auth, []space{{info, -1}}, nil)
		w.check(err)
		if n := len(reply.answers[info]); n > 1 {
			t.Errorf("the swarm has %d versions of the group", n)
		}
		alice.hasRetired(name)
	})
}

// Who becomes an admin while they visit the group tells the others so as an admin: as
// members they could not delete what that replaces.
func TestMadeAdminDuringAVisit(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		g := w.garden(alice, bob)
		name, _ := g.ID.Group()

		bob.lag.Store(int64(time.Second))
		visited := make(chan error, 1)
		go func() {
			_, err := bob.visit(w.Context(), name, nil)
			visited <- err
		}()
		synctest.Wait() // the answer to it is on its way
		bob.lag.Store(0)
		w.check(alice.Promote(w.Context(), g.ID, []id.Account{bob.id()}))
		w.check(alice.Flush(w.Context()))
		w.check(bob.receiveOwn(w.Context()))
		w.check(<-visited)

		if auth, err := bob.groupAuth(name); err != nil || auth.Member != nil {
			t.Fatalf("Bob is no admin: %v", err)
		}
		bob.hasRetired(name)
	})
}

// hasRetired checks that of a group nothing is left to be deleted from its swarm.
func (d *device) hasRetired(name id.Group) {
	d.w.Helper()
	d.w.check(d.edit(d.w.Context(), func(tx *store.Tx) error {
		left, err := retired(tx, groupRetiredKey(name))
		if len(left) > 0 {
			d.w.Errorf("still to be deleted: %v", left)
		}
		return err
	}))
}
