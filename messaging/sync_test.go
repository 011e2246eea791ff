package messaging

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"seance/messaging/config"
	"seance/messaging/config/pack"
	"seance/messaging/id"
	"seance/network"
	"seance/network/snode"
	"seance/network/storage"
	"seance/store"
)

// state is what the devices of an account agree on, as text.
func (d *device) state() string {
	d.w.Helper()
	list, err := d.db.Conversations(d.w.Context())
	d.w.check(err)
	lines := []string{fmt.Sprintf("name %q", d.Self().Name)}
	for _, v := range list {
		if v.Kind == id.KindContact && !synced(v) || v.Kind == id.KindSelf && v.Hidden {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s name %q nick %q approved %v/%v blocked %v priority %d muted %d notify %q timer %v read %d unread %v", id.Shorten(string(v.ID)),
			v.Name, v.Nickname, v.Approved, v.ApprovedMe, v.Blocked, priority(v), v.MutedUntilMS, v.Notify, v.Timer, v.LastReadMS, v.MarkedUnread))
	}
	slices.Sort(lines) // two contacts without a message may be a part of a second apart
	return strings.Join(lines, "\n")
}

// settle is round, for devices that have more to say.
func (w *world) settle(devices ...*device) {
	w.Helper()
	w.round(devices...)
	w.round(devices...)
}

func (w *world) agree(devices ...*device) {
	w.Helper()
	want := devices[0].state()
	for i, d := range devices[1:] {
		if got := d.state(); got != want {
			w.Fatalf("device %d:\n%s\nthe first one:\n%s", i+1, got, want)
		}
	}
}

func pointer[T any](v T) *T { return &v }

// What an account is on one device it is on another that is restored: its name
// and contacts, whom it blocked, what it pinned, and how far it has read.
func TestARestoredAccountFindsItsSettings(t *testing.T) {
	inWorld(t, func(w *world) {
		first, bob, carol := w.person("Alice"), w.person("Bob"), w.person("Carol")
		first.say(bob, "hello")
		bob.receive()
		bob.say(first, "hello Alice")
		first.receive()
		w.check(first.MarkRead(w.Context(), first.with(bob), time.Now().UnixMilli()))
		w.check(first.Configure(w.Context(), first.with(bob), Settings{Nickname: pointer("Bobby"), Pinned: pointer(true), MutedUntil: pointer(time.Now().Add(time.Hour))}))
		w.check(first.Block(w.Context(), carol.id()))
		w.check(first.SetName(w.Context(), "Alice L"))
		w.check(first.Configure(w.Context(), first.with(first), Settings{Pinned: pointer(true)}))
		w.settle(first)

		second := w.device(first.seed, "")
		w.settle(second)
		w.agree(first, second)
		v := second.conversation(bob)
		if second.Self().Name != "Alice L" || v.Title != "Bobby" || v.Priority != 1 || !v.Approved || !v.ApprovedMe || v.Unread != 0 || v.LastReadMS == 0 {
			w.Errorf("restored: %+v, %+v", second.Self(), v)
		}
		second.say(second, "a note")
		if v := second.conversation(second); v.Priority != 1 {
			w.Errorf("notes: %+v", v)
		}
		if v := second.conversation(carol); !v.Blocked {
			w.Error("Carol is not blocked")
		}

		// And back.
		w.check(second.Configure(w.Context(), second.with(bob), Settings{Nickname: pointer(""), Pinned: pointer(false), MutedUntil: &time.Time{}}))
		w.check(second.Unblock(w.Context(), carol.id()))
		w.check(second.SetName(w.Context(), "Alice"))
		w.settle(second, first)
		w.agree(first, second)
		if v := first.conversation(bob); v.Title != "Bob" || v.Priority != 0 || v.MutedUntilMS != 0 || first.Self().Name != "Alice" {
			w.Errorf("changed on the other device: %+v", v)
		}
		w.check(second.Forget(w.Context(), bob.id()))
		w.settle(second, first)
		w.agree(first, second)
		if _, err := first.Conversation(w.Context(), first.with(bob)); err == nil {
			w.Error("Bob was deleted on the other device and is still here")
		}
		// What was pushed survives a restart, and nothing is lost by it.
		first.reopen()
		second.reopen()
		w.settle(first, second)
		w.agree(first, second)
	})
}

// A device that was restored and has not heard of the others yet pushes nothing,
// whatever is done on it: then it joins them.
func TestNothingIsPushedBeforeTheFirstPull(t *testing.T) {
	inWorld(t, func(w *world) {
		first, bob, carol := w.person("Alice"), w.person("Bob"), w.person("Carol")
		first.say(bob, "hello")
		w.settle(first)

		seed := first.seed
		c, err := Create(w.Context(), Options{Dir: w.TempDir(), Holder: "test", Dial: unplugged}, NewAccount{Seed: seed, Network: w.dev.NetworkFile()})
		w.check(err)
		dir := c.db.Attachments()[:len(c.db.Attachments())-len("/attachments")]
		w.check(c.Configure(w.Context(), id.With(carol.id()), Settings{Nickname: pointer("C")}))
		ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
		_ = c.Run(ctx)
		cancel()
		if c.synced.Load() {
			w.Error("synced without a network")
		}
		w.check(c.Close())
		second := &device{w: w, dir: dir, seed: seed}
		second.open()
		w.settle(second, first)
		w.agree(first, second)
		if v := first.conversation(carol); v.Nickname != "C" {
			w.Errorf("Carol: %+v", v)
		}
		if v := second.conversation(bob); !v.Approved {
			w.Errorf("Bob: %+v", v)
		}
	})
}

// Three devices of an account change contacts at the same time, on- and
// offline, restarted at any moment; in the end they agree, and one that is
// restored agrees with them. SEANCE_LONG=1 takes 1,000 steps, SEANCE_SEED
// chooses others.
func TestDevicesConverge(t *testing.T) {
	steps, seed := 120, uint64(1)
	if testing.Short() {
		steps = 30
	}
	if os.Getenv("SEANCE_LONG") != "" {
		steps = 1000
	}
	if s, err := strconv.ParseUint(os.Getenv("SEANCE_SEED"), 10, 64); err == nil {
		seed = s
	}
	t.Logf("%d steps, seed %d", steps, seed)
	inWorld(t, func(w *world) {
		random := rand.New(rand.NewPCG(seed, 0))
		devices := []*device{w.person("Alice")}
		w.settle(devices[0])
		for range 2 {
			d := w.restore(devices[0])
			d.receive()
			devices = append(devices, d)
		}
		var people []id.Account
		for i := range 8 {
			people = append(people, mustSeed(w.T, fmt.Sprintf("person %d", i)).Keys().Account())
		}
		for range steps {
			d, k := random.IntN(len(devices)), random.IntN(100)
			c, who := devices[d], people[random.IntN(len(people))]
			var err error
			ctx := w.Context()
			conv, yes := id.With(who), random.IntN(2) == 0
			switch {
			case k < 15:
				err = c.Configure(ctx, conv, Settings{Nickname: pointer(fmt.Sprint("nick ", random.IntN(1000)))})
			case k < 25:
				err = c.Configure(ctx, conv, Settings{Pinned: &yes})
			case k < 30:
				err = c.Configure(ctx, conv, Settings{MutedUntil: pointer(time.Unix(1_800_000_000+random.Int64N(1000), 0))})
			case k < 35:
				err = c.Configure(ctx, conv, Settings{Notify: pointer([]store.Notify{store.NotifyDefault, store.NotifyAll, store.NotifyNone}[random.IntN(3)])})
			case k < 40:
				err = c.Configure(ctx, conv, Settings{Timer: &store.Timer{Mode: store.ExpireAfterRead, Seconds: 1 + random.Int64N(1000)}})
			case k < 43:
				err = c.Configure(ctx, conv, Settings{Unread: &yes})
			case k < 46:
				err = c.Configure(ctx, conv, Settings{Hidden: &yes})
			case k < 53:
				err = c.Block(ctx, who)
			case k < 59:
				_ = c.Unblock(ctx, who) // this device may not know them
			case k < 65:
				_ = c.Forget(ctx, who)
			case k < 69:
				err = c.SetName(ctx, fmt.Sprint("Alice ", random.IntN(1000)))
			case k < 73:
				_, err = c.Send(ctx, id.With(c.id()), Draft{Text: fmt.Sprint("note ", random.IntN(1000))})
			case k < 78:
				_, _ = c.Send(ctx, conv, Draft{Text: fmt.Sprint("hello ", random.IntN(1000))}) // they may be blocked
			case k < 82:
				_ = c.MarkRead(ctx, conv, time.Now().UnixMilli())
			case k < 87:
				c.unplugged.Store(yes)
			case k < 91:
				c.reopen()
			case k == 91:
				time.Sleep(time.Duration(random.IntN(int(20 * time.Hour))))
			default:
				time.Sleep(time.Duration(random.IntN(5000)) * time.Millisecond)
			}
			if err != nil {
				w.Fatalf("device %d: %v", d, err)
			}
			if random.IntN(3) == 0 {
				time.Sleep(time.Duration(random.IntN(4000)) * time.Millisecond)
			}
		}
		for _, d := range devices {
			d.unplugged.Store(false)
		}
		time.Sleep(time.Hour) // what failed is tried again
		w.settle(devices...)
		w.settle(devices...)
		w.agree(devices...)
		fourth := w.restore(devices[0])
		devices = append(devices, fourth)
		w.settle(fourth)
		w.agree(devices...)
	})
}

// unplugged is a machine without a network.
func unplugged(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }

// A message that was accepted is sent, though another device has meanwhile
// deleted the contact.
func TestNoMessageIsLostWithAContact(t *testing.T) {
	inWorld(t, func(w *world) {
		first, bob := w.person("Alice"), w.person("Bob")
		first.say(bob, "hello")
		w.settle(first)
		second := w.device(first.seed, "")
		w.settle(second)
		for _, forget := range []bool{true, false} {
			// Bob's swarm cannot be reached from the first device, its own can.
			first.stop()
			c, err := Open(w.Context(), Options{Dir: first.dir, Holder: "test", Dial: unplugged})
			w.check(err)
			if _, err := c.Send(w.Context(), first.with(bob), Draft{Text: fmt.Sprint("written offline ", forget)}); err != nil {
				w.Fatal(err)
			}
			w.check(c.Close())
			if forget {
				err = second.Forget(w.Context(), bob.id())
			} else {
				err = second.Configure(w.Context(), second.with(bob), Settings{Hidden: pointer(true)})
			}
			w.check(err)
			w.settle(second)
			first.open()
			w.settle(first, second, bob)
			texts := bob.texts(first)
			if texts[len(texts)-1] != fmt.Sprint("written offline ", forget) {
				w.Errorf("Bob has %q", texts)
			}
			w.agree(first, second)
		}
	})
}

// What the network puts into the namespaces of configs, whatever it is, is
// skipped and changes nothing, and what is good among it is taken.
func TestHostileConfigs(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, eve := w.person("Alice"), w.person("Bob"), w.person("Eve")
		alice.say(bob, "hello")
		w.settle(alice, eve)
		before := alice.state()

		foreign, err := eve.configs.contacts.Push(time.Now())
		w.check(err)
		var bomb bytes.Buffer
		z, err := zstd.NewWriter(&bomb)
		w.check(err)
		if _, err := z.Write(make([]byte, 32<<20)); err != nil {
			w.Fatal(err)
		}
		w.check(z.Close())
		key := alice.seed.Keys().Seed()
		own := func(text []byte) []byte {
			return pack.Encrypt(key.Expose(), config.KindContacts.String(), pack.Pad(text))
		}
		bad := map[string][]byte{
			"nothing":        {},
			"rubbish":        bytes.Repeat([]byte{7}, 300),
			"too large":      make([]byte, storage.MaxData),
			"another's":      foreign.Messages[0],
			"a bomb":         own(append([]byte("z"), bomb.Bytes()...)),
			"no dictionary":  own([]byte("d1:#i1e")),
			"a newer format": own([]byte("x1:#i1e")),
			"not sorted":     own([]byte("d1:&de1:#i9e1:<le1:=dee")),
			"a great number": own([]byte("d1:#i9223372036854775807e1:&de1:<le1:=dee")),
		}
		ns := config.KindContacts.Namespace()
		auth := alice.auth()
		for name, data := range bad {
			_, err := alice.net.Batch(w.Context(), alice.id().Pubkey(), network.BatchOptions{}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
				return []storage.Request{auth.Store(storage.Message{Namespace: ns, Timestamp: now, TTL: time.Hour, Data: data}, now)}, nil
			})
			if err != nil {
				w.Logf("%s: %v", name, err) // nodes refuse some
			}
		}
		alice.receive()
		if after := alice.state(); after != before {
			w.Errorf("before:\n%s\nafter:\n%s", before, after)
		}
		restored := w.device(alice.seed, "")
		w.settle(restored)
		w.agree(alice, restored)
	})
}

// 1,000 contacts do not fit one message.
func TestAThousandContacts(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.person("Alice")
		w.settle(alice)
		random := rand.New(rand.NewPCG(1, 1))
		err := alice.edit(w.Context(), func(tx *store.Tx) error {
			for range 1000 {
				var account id.Account
				account[0] = id.PrefixAccount
				for i := 1; i < len(account); i++ {
					account[i] = byte(random.Uint32())
				}
				v := store.Conversation{ID: id.With(account), Kind: id.KindContact, Name: fmt.Sprintf("%x", random.Uint64()),
					Nickname: fmt.Sprintf("%x%x%x%x", random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64()), Approved: true, ProfileMS: 1_700_000_000_000, CreatedMS: 1_700_000_000_000}
				if err := alice.put(tx, v); err != nil {
					return err
				}
			}
			return nil
		})
		w.check(err)
		w.settle(alice)
		if n := len(alice.configs.contacts.CurrentHashes()); n < 2 {
			w.Errorf("the contacts are in %d messages", n)
		}
		restored := w.device(alice.seed, "")
		w.settle(restored)
		w.agree(alice, restored)
		if list, err := restored.Conversations(w.Context()); err != nil || len(list) != 1000 {
			w.Errorf("%d contacts, %v", len(list), err)
		}
	})
}
