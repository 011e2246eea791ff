package messaging

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"seance/messaging/config"
	"seance/messaging/id"
	"seance/store"
)

func (d *device) configure(conv id.Conversation, s Settings) {
	d.w.Helper()
	d.w.check(d.Configure(d.w.Context(), conv, s))
}

// edited changes the configs of a device as an app with features of its own would.
func (d *device) edited(f func(s *configs) error) {
	d.w.Helper()
	d.w.check(d.edit(d.w.Context(), func(*store.Tx) error { return f(&d.configs) }))
	wake(d.pushNow)
}

// restore makes a profile of an account that exists, and runs it.
func (w *world) restore(of *device) *device {
	w.Helper()
	d := w.profile(NewAccount{Seed: of.seed, Restored: true})
	d.run()
	return d
}

// second makes another device of an account, which has heard of everything.
func (w *world) second(of *device) *device {
	w.Helper()
	w.settle(of)
	d := w.restore(of)
	w.settle(d)
	return d
}

// Whom another device deleted or hid is not brought back by the messages of theirs
// that the swarm still has; what they write later is a new request.
func TestOldMessagesBringNobodyBack(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		first, bob, carol, dave := w.person("Alice"), w.person("Bob"), w.person("Carol"), w.person("Dave")
		for _, p := range []*device{bob, carol, dave} {
			first.say(p, "hello")
			p.receive()
			p.say(first, "hello Alice")
		}
		first.say(first, "a note")
		w.settle(first)
		time.Sleep(time.Hour)
		w.check(first.Forget(w.Context(), bob.id()))
		first.configure(first.with(carol), Settings{Hidden: pointer(true)})
		first.configure(first.with(first), Settings{Hidden: pointer(true)})
		w.settle(first)

		second := w.restore(first)
		w.settle(second, first)
		w.agree(first, second)
		for i, d := range []*device{first, second} {
			if _, err := d.Conversation(w.Context(), d.with(bob)); err == nil {
				w.Errorf("device %d: Bob is back", i)
			}
			if v, err := d.Conversation(w.Context(), d.with(carol)); err != nil || !v.Hidden || v.Last.Row != 0 {
				w.Errorf("device %d: Carol: %+v, %v", i, v, err)
			}
			if texts := d.texts(first); len(texts) > 0 {
				w.Errorf("device %d: notes: %v", i, texts)
			}
		}
		w.equal("what Dave wrote", second.texts(dave), []string{"> hello", "(Your message request was accepted.)", "hello Alice"})

		bob.say(first, "are you still there?")
		carol.say(first, "and you?")
		w.settle(second, first)
		w.agree(first, second)
		if v := second.conversation(bob); !v.Request {
			w.Errorf("Bob: %+v", v)
		}
		if v := second.conversation(carol); v.Hidden || v.Last.Text != "and you?" {
			w.Errorf("Carol: %+v", v)
		}
	})
}

// Settings that expired while no device was there are stored again by the first
// one that comes back.
func TestSettingsOutliveALongAbsence(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		first, bob := w.person("Alice"), w.person("Bob")
		first.say(bob, "hello")
		first.configure(first.with(bob), Settings{Nickname: pointer("Bobby"), Pinned: pointer(true)})
		w.settle(first)
		first.stop()
		bob.stop()
		time.Sleep(40 * 24 * time.Hour)
		first.open()
		second := w.second(first)
		w.agree(first, second)
		if v := second.conversation(bob); v.Title != "Bobby" || v.Priority != 1 || second.Self().Name != "Alice" {
			w.Errorf("%+v, %+v", second.Self(), v)
		}
	})
}

// An account that is restored asks every member of its swarm before it believes
// that it knows the settings.
func TestARestoredAccountAsksEveryMember(t *testing.T) {
	inWorld(t, func(w *world) {
		first := w.person("Alice")
		w.settle(first)
		second := w.restore(first)
		if !second.Restoring() {
			w.Error("a restored account is not restoring")
		}
		events := second.Subscribe()
		defer events.Close()
		for !second.synced.Load() {
			time.Sleep(time.Second)
		}
		members, err := second.net.Swarm(w.Context(), second.configs.owner)
		if err != nil || len(members) < 3 {
			w.Fatal(members, err)
		}
		for _, m := range members {
			cursor, err := second.db.Cursor(w.Context(), second.configs.owner, config.KindUserProfile.Namespace(), m.Ed25519)
			if err != nil || cursor == "" {
				w.Errorf("member %s was not asked: %q, %v", m.Ed25519, cursor, err)
			}
		}
		w.settle(second)
		if second.Restoring() {
			w.Error("restoring never ends")
		}
		var last Restoring
		for e, ok := events.TryNext(); ok; e, ok = events.TryNext() {
			if r, is := e.(Restoring); is {
				last = r
			}
		}
		if !last.Done {
			w.Errorf("the last progress told is %+v", last)
		}
		second.reopen()
		if second.Restoring() {
			w.Error("restoring begins again")
		}
	})
}

// Every setting of a conversation reaches the other devices and comes back.
func TestEverySettingHasItsPlace(t *testing.T) {
	inWorld(t, func(w *world) {
		first, bob := w.person("Alice"), w.person("Bob")
		first.say(bob, "hello")
		second := w.second(first)
		day := store.Timer{Mode: store.ExpireAfterRead, Seconds: 86400}
		week := store.Timer{Mode: store.ExpireAfterSend, Seconds: 7 * 86400}
		first.configure(first.with(bob), Settings{Notify: pointer(store.NotifyNone), Timer: &day, Unread: pointer(true)})
		first.configure(first.with(first), Settings{Timer: &week, Pinned: pointer(true)})
		w.check(first.SetCommunityRequests(w.Context(), false))
		w.settle(first, second)
		if v := second.conversation(bob); v.Notify != store.NotifyNone || v.Timer != day || !v.MarkedUnread {
			w.Errorf("%+v", v)
		}
		if v := second.conversation(second); v.Timer != week || v.Priority != 1 {
			w.Errorf("notes: %+v", v)
		}
		if wanted, err := second.CommunityRequests(w.Context()); err != nil || wanted {
			w.Error("requests from communities are wanted", err)
		}
		// Reading takes the mark away, everywhere.
		w.check(second.MarkRead(w.Context(), second.with(bob), time.Now().UnixMilli()))
		second.configure(second.with(bob), Settings{Notify: pointer(store.NotifyDefault), Timer: &store.Timer{}})
		second.configure(second.with(second), Settings{Timer: &store.Timer{}})
		w.settle(second, first)
		if v := first.conversation(bob); v.Notify != store.NotifyDefault || v.Timer != (store.Timer{}) || v.MarkedUnread {
			w.Errorf("%+v", v)
		}
		if v := first.conversation(first); v.Timer != (store.Timer{}) {
			w.Errorf("notes: %+v", v)
		}
	})
}

func TestTimersThatOthersTake(t *testing.T) {
	for _, tt := range []struct {
		notes bool
		timer store.Timer
		ok    bool
	}{
		{false, store.Timer{}, true},
		{false, store.Timer{Mode: store.ExpireAfterRead, Seconds: 300}, true},
		{false, store.Timer{Mode: store.ExpireAfterSend, Seconds: 14 * 86400}, true},
		{false, store.Timer{Mode: store.ExpireAfterSend, Seconds: 14*86400 + 1}, false},
		{false, store.Timer{Mode: store.ExpireAfterSend}, false},
		{false, store.Timer{Seconds: 300}, false},
		{true, store.Timer{Mode: store.ExpireAfterRead, Seconds: 300}, false},
		{true, store.Timer{Mode: store.ExpireAfterSend, Seconds: 300}, true},
	} {
		if err := checkTimer(tt.notes, tt.timer); (err == nil) != tt.ok {
			t.Errorf("%v %+v: %v", tt.notes, tt.timer, err)
		}
	}
}

// Groups and communities that another device is in are entries of the list, with
// their settings and what was read; those that it left are gone.
func TestGroupsAndCommunitiesAreEntries(t *testing.T) {
	inWorld(t, func(w *world) {
		first := w.person("Alice")
		w.settle(first)
		group, legacy := id.Group(first.id()), first.id()
		group[0], legacy[1] = id.PrefixGroup, 7
		lobby := id.InRoom("https://open.example", "lobby")
		first.edited(func(s *configs) error {
			joined := time.Now().Add(-time.Hour)
			if err := s.groups.SetGroup(config.Group{ID: group, Name: "Book club", GroupSettings: config.GroupSettings{Priority: 2, Joined: joined, Invited: true}}); err != nil {
				return err
			}
			if err := s.groups.SetLegacyGroup(config.LegacyGroup{ID: legacy, Name: "Old friends", Members: map[id.Account]bool{first.id(): true}}); err != nil {
				return err
			}
			if err := s.groups.SetCommunity(config.CommunityEntry{
				Community:     config.Community{Server: "https://open.example", Room: "Lobby", Key: [32]byte{1}},
				GroupSettings: config.GroupSettings{Notify: config.NotifyMentions},
			}); err != nil {
				return err
			}
			name, err := config.CommunityConvo("https://open.example", "lobby")
			if err != nil {
				return err
			}
			return s.convos.Set(time.Now(), config.Convo{ConvoID: name, ServerKey: [32]byte{1}, LastRead: time.Now().UnixMilli() - 5000, Unread: true})
		})
		second := w.second(first)
		entries := func(d *device) (lines []string) {
			w.Helper()
			list, err := d.Conversations(w.Context())
			w.check(err)
			for _, v := range list {
				lines = append(lines, fmt.Sprintf("%s %q %q %d %s %v %v %v", v.Kind, v.Title, v.Membership, v.Priority, v.Notify, v.LastReadMS > 0, v.MarkedUnread, v.Request))
			}
			return lines
		}
		want := []string{
			`group "Book club" "invited" 2  false false true`,
			`community "Lobby" "" 0 mentions true true false`,
			`group "Old friends" "archived" 0  false false false`,
		}
		w.equal("entries", entries(second), want)
		if v, err := second.Conversation(w.Context(), id.WithGroup(group)); err != nil || v.CreatedMS >= time.Now().Add(-time.Hour).UnixMilli() {
			w.Errorf("joined: %+v, %v", v, err)
		}
		if _, err := second.Send(w.Context(), lobby, Draft{Text: "hello"}); err == nil {
			w.Error("a message went nowhere")
		}

		second.configure(lobby, Settings{Pinned: pointer(true), Notify: pointer(store.NotifyAll)})
		w.check(second.MarkRead(w.Context(), lobby, time.Now().UnixMilli()))
		second.configure(id.WithGroup(group), Settings{Pinned: pointer(false)})
		if err := second.Configure(w.Context(), id.WithLegacy(legacy), Settings{Pinned: pointer(true)}); err == nil {
			w.Error("a group of the old kind was changed")
		}
		if err := second.Configure(w.Context(), lobby, Settings{Nickname: pointer("x")}); err == nil {
			w.Error("a room has a nickname")
		}
		w.settle(second, first)
		first.edited(func(s *configs) error {
			if entry, ok := s.groups.Community("https://open.example", "lobby"); !ok || entry.Room != "Lobby" || entry.Priority != 1 || entry.Notify != config.NotifyAll {
				w.Errorf("the entry of the room: %+v, %v", entry, ok)
			}
			if g, ok := s.groups.Group(group); !ok || g.Priority != 0 || !g.Invited {
				w.Errorf("the entry of the group: %+v, %v", g, ok)
			}
			s.groups.EraseGroup(group)
			s.groups.EraseCommunity("https://open.example", "lobby")
			return nil
		})
		w.settle(first, second)
		w.equal("left", entries(second), []string{`group "Old friends" "archived" 0  false false false`})
	})
}

// How far a conversation was read is known when the conversation is, whichever
// comes first; and no message from the future makes others read.
func TestReadPositionsWaitForTheirConversation(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		first, bob := w.person("Alice"), w.person("Bob")
		first.say(bob, "hello")
		bob.receive()
		second := w.second(first)
		zoe := w.person("Zoe")
		first.edited(func(s *configs) error {
			err := s.convos.Set(time.Now(), config.Convo{ConvoID: config.DirectConvo(zoe.id()), LastRead: time.Now().Add(110 * time.Second).UnixMilli()})
			if err != nil {
				return err
			}
			return s.convos.Set(time.Now(), config.Convo{ConvoID: config.DirectConvo(bob.id()), LastRead: time.Date(2248, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()})
		})
		w.settle(first, second)
		zoe.say(first, "hello, I am Zoe")
		time.Sleep(time.Hour)
		bob.say(first, "hello Alice")
		second.receive()
		if v := second.conversation(zoe); v.Unread != 0 {
			w.Errorf("Zoe: %+v", v)
		}
		if v := second.conversation(bob); v.Unread != 1 {
			w.Errorf("Bob: %+v", v)
		}
	})
}

// What a push replaces is deleted, also if the program ended in between.
func TestWhatIsReplacedIsDeletedAfterARestart(t *testing.T) {
	inWorld(t, func(w *world) {
		first := w.person("Alice")
		w.settle(first)
		first.offline(func(c *Client) error {
			if err := c.SetName(w.Context(), "Alice L"); err != nil {
				return err
			}
			return c.edit(w.Context(), func(tx *store.Tx) error {
				push, err := c.configs.profile.Push(c.net.Now())
				if err != nil || len(push.Obsolete) == 0 {
					return fmt.Errorf("nothing is obsolete: %v", err)
				}
				_, err = retire(tx, retiredKey, push.Obsolete)
				return err
			})
		})
		w.settle(first)
		reply, err := first.retrieve(w.Context(), []space{{config.KindUserProfile.Namespace(), -1}}, nil)
		w.check(err)
		if n := len(reply.answers[config.KindUserProfile.Namespace()]); n > 1 {
			w.Errorf("the swarm has %d versions of the profile", n)
		}
	})
}

// A config that nodes refuse is told from a network that fails, and left aside
// for a while, so that it is not in the way of the others.
func TestARefusedConfigIsNotInTheWay(t *testing.T) {
	inWorld(t, func(w *world) {
		first := w.person("Alice")
		w.settle(first)
		contacts, profile := config.KindContacts.Namespace(), config.KindUserProfile.Namespace()
		taken, refused, err := first.storeEach(w.Context(), []pushed{
			{Push: config.Push{Seqno: 7, Messages: [][]byte{make([]byte, 76801)}}, namespace: contacts},
			{Push: config.Push{Seqno: 7, Messages: [][]byte{{1}}}, namespace: profile},
		})
		if err != nil || len(refused) != 1 || refused[0] != contacts || len(taken) != 1 || len(taken[0].hashes) != 1 || taken[0].namespace != profile {
			w.Fatalf("%v, %v, %v", taken, refused, err)
		}
		first.edited(func(s *configs) error {
			now := time.Now()
			account := first.id()
			account[1]++
			s.refused[contacts] = now.Add(pushRefused)
			s.profile.SetNotesPriority(3)
			if err := s.contacts.Set(config.Contact{ID: account, Name: "Zoe"}); err != nil {
				return err
			}
			if list := s.unpushed(now); len(list) != 1 || list[0] != s.profile.Config {
				w.Errorf("to be pushed: %v", list)
			}
			if list := s.unpushed(now.Add(pushRefused)); len(list) != 2 {
				w.Errorf("to be pushed later: %v", list)
			}
			return nil
		})
	})
}

// A mark whose entry went, as it does when nothing else stands in it, goes with it.
func TestAMarkGoesWithItsEntry(t *testing.T) {
	inWorld(t, func(w *world) {
		first, bob := w.person("Alice"), w.person("Bob")
		first.say(bob, "hello")
		first.configure(first.with(bob), Settings{Unread: pointer(true)})
		second := w.second(first)
		if v := second.conversation(bob); !v.MarkedUnread {
			w.Fatalf("%+v", v)
		}
		first.edited(func(s *configs) error {
			s.convos.Erase(config.DirectConvo(bob.id()))
			return nil
		})
		w.settle(first, second)
		if v := second.conversation(bob); v.MarkedUnread {
			w.Errorf("%+v", v)
		}
	})
}

// The name that is given where an account is restored counts only if it has none.
func TestARestoredAccountKeepsItsName(t *testing.T) {
	inWorld(t, func(w *world) {
		first := w.person("Alice")
		w.settle(first)
		second := w.profile(NewAccount{Seed: first.seed, Name: "Nobody", Restored: true})
		second.run()
		w.settle(second, first)
		if first.Self().Name != "Alice" || second.Self().Name != "Alice" {
			w.Errorf("%q, %q", first.Self().Name, second.Self().Name)
		}
	})
}

// What is edited while the first sync goes on is an edit of what was heard so far,
// and makes nothing of it undone.
func TestAnEditDuringTheFirstSync(t *testing.T) {
	inWorld(t, func(w *world) {
		first, bob := w.person("Alice"), w.person("Bob")
		first.say(bob, "hello")
		first.configure(first.with(bob), Settings{Pinned: pointer(true)})
		time.Sleep(2 * pushDelay)
		second := w.profile(NewAccount{Seed: first.seed, Restored: true})
		connected, disconnect := context.WithCancel(w.Context())
		done := make(chan error, 1)
		go func() { done <- second.net.Run(connected) }()
		reply, err := second.retrieve(w.Context(), configSpaces, nil)
		disconnect()
		<-done
		if err != nil || len(reply.answers[config.KindContacts.Namespace()]) == 0 {
			w.Fatal("no contacts:", err)
		}
		if _, err := second.takeConfigs(w.Context(), reply, true); err != nil {
			w.Fatal(err)
		}
		second.configure(first.with(bob), Settings{Nickname: pointer("Bobby")})
		second.run()
		w.settle(second, first)
		for i, d := range []*device{first, second} {
			if v := d.conversation(bob); !v.Approved || v.Priority != 1 || v.Nickname != "Bobby" {
				w.Errorf("device %d: %+v", i, v)
			}
		}
	})
}

// What was read and then marked to be read again is so on a device that is restored,
// and stays so on the others.
func TestAMarkOutlivesARestore(t *testing.T) {
	inWorld(t, func(w *world) {
		first := w.person("Alice")
		bob := id.With(mustSeed(w.T, "Bob").Keys().Account())
		first.configure(bob, Settings{Nickname: pointer("Bobby")})
		w.check(first.MarkRead(w.Context(), bob, time.Now().UnixMilli()))
		first.configure(bob, Settings{Unread: pointer(true)})
		w.settle(first)
		second := w.restore(first)
		w.settle(second, first)
		w.agree(first, second)
		if v, err := first.Conversation(w.Context(), bob); err != nil || !v.MarkedUnread || v.LastReadMS == 0 {
			w.Errorf("%+v, %v", v, err)
		}
	})
}

// A name that was taken away is not given back by another device.
func TestNoNameIsANameToo(t *testing.T) {
	inWorld(t, func(w *world) {
		first := w.person("Alice")
		second := w.second(first)
		w.check(first.SetName(w.Context(), ""))
		w.settle(first, second)
		if first.Self().Name != "" || second.Self().Name != "" {
			w.Errorf("%q, %q", first.Self().Name, second.Self().Name)
		}
	})
}

// What the configs cannot say of people is refused.
func TestPeopleHaveNoMentions(t *testing.T) {
	inWorld(t, func(w *world) {
		first := w.person("Alice")
		bob := id.With(mustSeed(w.T, "Bob").Keys().Account())
		if err := first.Configure(w.Context(), bob, Settings{Notify: pointer(store.NotifyMentions)}); !errors.Is(err, ErrInvalid) {
			w.Error(err)
		}
	})
}
