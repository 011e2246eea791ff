package messaging

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"seance/messaging/config"
	"seance/messaging/id"
	"seance/store"
)

// offline opens the profile of a device that was stopped, without a network.
func (d *device) offline(f func(c *Client) error) {
	d.w.Helper()
	d.stop()
	c, err := Open(d.w.Context(), Options{Dir: d.dir, Holder: "test", Dial: unplugged})
	d.w.check(err)
	d.w.check(f(c))
	d.w.check(c.Close())
	d.open()
}

// What was done on a device that was offline while the others went many versions
// ahead is not deleted for that the swarm never heard of it.
func TestEditsOfADeviceThatFellBehind(t *testing.T) {
	inWorld(t, func(w *world) {
		first, bob := w.person("Alice"), w.person("Bob")
		first.say(bob, "hello")
		w.settle(first)
		second := w.device(first.seed, "")
		w.settle(second)
		carol := mustSeed(w.T, "Carol").Keys().Account()
		first.offline(func(c *Client) error {
			if err := c.Block(w.Context(), bob.id()); err != nil {
				return err
			}
			if err := c.edit(w.Context(), func(tx *store.Tx) error {
				v, err := c.conversationWith(tx, carol)
				if err != nil {
					return err
				}
				if err := c.put(tx, v); err != nil {
					return err
				}
				_, _, err = tx.InsertMessage(store.Message{Conversation: v.ID, Author: carol.Sender(), Direction: store.In, TimestampMS: 1, ReceivedMS: 1, Kind: store.KindMessage, Text: "hello"})
				return err
			}); err != nil {
				return err
			}
			for n := range 9 {
				if err := second.Configure(w.Context(), second.with(bob), Settings{Nickname: pointer(fmt.Sprint("Bob ", n))}); err != nil {
					return err
				}
				time.Sleep(2 * pushDelay)
			}
			return nil
		})
		w.settle(first, second)
		w.agree(first, second)
		if v, err := first.Conversation(w.Context(), id.With(carol)); err != nil || v.Last.Row == 0 {
			w.Errorf("Carol: %+v, %v", v, err)
		}
		if v := second.conversation(bob); !v.Blocked || v.Nickname != "Bob 8" {
			w.Errorf("Bob: %+v", v)
		}
	})
}

// What is hidden, and whom nobody approved, can be unblocked on all devices.
func TestHideAndUnblockAStranger(t *testing.T) {
	inWorld(t, func(w *world) {
		first := w.person("Alice")
		second := w.second(first)
		eve := mustSeed(w.T, "Eve").Keys().Account()
		for _, f := range []func(context.Context) error{
			func(ctx context.Context) error { return first.Block(ctx, eve) },
			func(ctx context.Context) error {
				return first.Configure(ctx, id.With(eve), Settings{Hidden: pointer(true)})
			},
			func(ctx context.Context) error { return first.Unblock(ctx, eve) },
		} {
			w.check(f(w.Context()))
			w.settle(first, second)
		}
		for i, d := range []*device{first, second} {
			if v, err := d.Conversation(w.Context(), id.With(eve)); err != nil || v.Blocked || !v.Hidden {
				w.Errorf("device %d: %+v, %v", i, v, err)
			}
		}
	})
}

// A name that was set by a clock which is ahead can be changed.
func TestANameFromTheFuture(t *testing.T) {
	inWorld(t, func(w *world) {
		first := w.person("Alice")
		w.settle(first)
		second := w.device(first.seed, "")
		third := w.device(first.seed, "")
		w.settle(second, third)
		err := first.edit(w.Context(), func(*store.Tx) error {
			return first.configs.profile.SetName(time.Now().Add(1000*time.Hour), "Ahead")
		})
		w.check(err)
		w.settle(first, second, third)
		w.check(second.SetName(w.Context(), "Now"))
		w.settle(second, third, first)
		if third.Self().Name != "Now" || first.Self().Name != "Now" || second.Self().Name != "Now" {
			w.Errorf("%q, %q", first.Self().Name, second.Self().Name)
		}
	})
}

// A note that is written before the first merge outlives that another device
// hides the conversation.
func TestANoteBeforeTheFirstMerge(t *testing.T) {
	inWorld(t, func(w *world) {
		first := w.person("Alice")
		w.check(first.Configure(w.Context(), first.with(first), Settings{Hidden: pointer(true)}))
		w.settle(first)
		second := w.profile(NewAccount{Seed: first.seed})
		c := second.Client
		err := c.db.Update(w.Context(), func(tx *store.Tx) error {
			v, err := c.conversationWith(tx, c.Self().Account)
			if err == nil {
				err = tx.PutConversation(v)
			}
			if err == nil {
				_, _, err = tx.InsertMessage(store.Message{Conversation: v.ID, Author: c.Self().Account.Sender(), Direction: store.Out, TimestampMS: 1, ReceivedMS: 1, Kind: store.KindMessage, Text: "a note", State: store.StateSent})
			}
			return err
		})
		w.check(err)
		second.run()
		w.settle(second, first)
		if texts := second.texts(second); len(texts) != 1 {
			w.Errorf("%q", texts)
		}
	})
}

// The address of a picture that is longer than ours may be is no reason to stop
// receiving.
func TestALongAddressOfAPicture(t *testing.T) {
	keys := mustSeed(t, "Alice").Keys()
	contacts, err := config.OpenContacts(keys, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := config.Contact{ID: mustSeed(t, "Bob").Keys().Account(), Picture: config.Picture{URL: "http://" + strings.Repeat("a", 200)}}
	if err := contacts.Set(c); err != nil {
		t.Fatal(err)
	}
	dump := contacts.Dump(time.Now())
	long := strings.Replace(string(dump), "207:http://", "307:http://"+strings.Repeat("b", 100), 1)
	length := strings.Index(long, "1:$") + len("1:$")
	colon := length + strings.Index(long[length:], ":")
	n, err := strconv.Atoi(long[length:colon])
	if err != nil {
		t.Fatal(err)
	}
	if contacts, err = config.OpenContacts(keys, []byte(long[:length]+strconv.Itoa(n+100)+long[colon:])); err != nil {
		t.Fatal(err)
	}
	c, _ = contacts.Get(c.ID)
	if len(c.Picture.URL) != 307 {
		t.Fatal(c.Picture.URL)
	}
	c.Approved = true
	if err := contacts.Set(c); err != nil {
		t.Error(err)
	}
}
