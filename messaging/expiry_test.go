package messaging

import (
	"context"
	"testing"
	"time"

	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// set gives a conversation a timer.
func (d *device) set(with id.Conversation, mode store.ExpireMode, after time.Duration) {
	d.w.Helper()
	d.w.check(d.Configure(d.w.Context(), with, Settings{Timer: &store.Timer{Mode: mode, Seconds: int64(after / time.Second)}}))
	d.settle()
	time.Sleep(time.Second)
}

// settle waits until everything is sent.
func (d *device) settle() {
	d.w.Helper()
	ctx, cancel := context.WithTimeout(d.w.Context(), time.Minute)
	defer cancel()
	d.w.check(d.Flush(ctx))
}

// end is when a message with a text disappears; 0 if its clock stands, -1 if it
// is not there.
func (d *device) end(conv id.Conversation, text string) int64 {
	d.w.Helper()
	list, err := d.Messages(d.w.Context(), conv, Page{})
	d.w.check(err)
	for _, m := range list {
		if m.Text == text {
			return m.Expire.AtMS
		}
	}
	return -1
}

// rows are how many messages with a timer are on a device's disk.
func (d *device) rows() (n int) {
	d.w.Helper()
	list, err := d.db.Expired(d.w.Context(), 0, 1<<60, 1000)
	d.w.check(err)
	return len(list)
}

// until sleeps until a time.
func until(ms int64) { time.Sleep(time.Until(time.UnixMilli(ms))) }

// friends are two people who know each other, and a second device of the second.
func (w *world) friends() (alice, bob, laptop *device) {
	w.Helper()
	alice, bob = w.two()
	bob.settle()
	laptop = w.device(bob.seed, "")
	laptop.receive()
	return alice, bob, laptop
}

// last are the last texts of a list.
func last(texts []string, n int) []string { return texts[max(0, len(texts)-n):] }

func (w *world) near(what string, got, want int64) {
	w.Helper()
	if d := got - want; d < -1500 || d > 1500 {
		w.Fatalf("%s: it ends %d ms after %d", what, d, want)
	}
}

func TestAfterSending(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		alice, bob, laptop := w.friends()
		alice.set(alice.with(bob), store.ExpireAfterSend, time.Hour)
		began := time.Now().UnixMilli()
		alice.say(bob, "gone soon")
		alice.settle()
		bob.receive()
		laptop.receive()
		end := alice.end(alice.with(bob), "gone soon")
		w.near("at the sender", end, began+3_600_000)
		w.near("at the recipient", bob.end(bob.with(alice), "gone soon"), end)
		w.near("at the recipient's other device", laptop.end(bob.with(alice), "gone soon"), end)
		events := bob.Subscribe()
		defer events.Close()
		until(end - 1000)
		for _, d := range []*device{alice, bob, laptop} {
			if d.end(id.With(map[*device]id.Account{alice: bob.id(), bob: alice.id(), laptop: alice.id()}[d]), "gone soon") <= 0 {
				w.Error("it went too early")
			}
		}
		until(end + 1500)
		for _, d := range []*device{alice, bob, laptop} {
			if n := d.rows(); n != 0 {
				w.Errorf("%d messages are left", n)
			}
		}
		removed := false
		for {
			e, ok := events.TryNext()
			if !ok {
				break
			}
			_, is := e.(MessageRemoved)
			removed = removed || is
		}
		if !removed {
			w.Error("the screen was not told")
		}
		// A device that comes later finds nothing.
		late := w.device(bob.seed, "")
		late.receive()
		if late.end(bob.with(alice), "gone soon") != -1 {
			w.Error("the swarm has kept it")
		}
	})
}

func TestAfterReading(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		alice, bob, laptop := w.friends()
		alice.set(alice.with(bob), store.ExpireAfterRead, time.Hour)
		sent := alice.say(bob, "read me")
		alice.settle()
		bob.receive()
		laptop.receive()
		time.Sleep(2 * time.Hour)
		if alice.end(alice.with(bob), "read me") != -1 {
			w.Error("the sender keeps it for longer than the timer")
		}
		if at := bob.end(bob.with(alice), "read me"); at != 0 {
			w.Errorf("nobody has read it, and it ends at %d", at)
		}
		laptop.unplugged.Store(true)
		time.Sleep(time.Minute)
		read := time.Now().UnixMilli()
		w.check(bob.MarkRead(w.Context(), bob.with(alice), sent.TimestampMS))
		end := bob.end(bob.with(alice), "read me")
		w.near("at the reader", end, read+3_600_000)
		bob.settle()
		// The other device learns of it half an hour later, and agrees.
		time.Sleep(30 * time.Minute)
		if at := laptop.end(bob.with(alice), "read me"); at != 0 {
			w.Errorf("the other device cannot know, and has %d", at)
		}
		laptop.unplugged.Store(false)
		time.Sleep(3 * time.Minute)
		laptop.settle()
		w.near("at the other device", laptop.end(bob.with(alice), "read me"), end)
		// A new device finds it read, and shortened.
		late := w.device(bob.seed, "")
		late.receive()
		late.settle()
		w.near("at a new device", late.end(bob.with(alice), "read me"), end)
		until(end + 1500)
		for _, d := range []*device{bob, laptop, late} {
			if d.end(bob.with(alice), "read me") != -1 {
				w.Error("it is still there")
			}
		}
	})
}

// Who reads without a network keeps to the time, and has the swarm drop it when
// there is one again; the others learn that it is over.
func TestReadingOffline(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, laptop := w.friends()
		alice.set(alice.with(bob), store.ExpireAfterRead, 10*time.Minute)
		sent := alice.say(bob, "read me")
		alice.settle()
		bob.receive()
		laptop.receive()
		bob.unplugged.Store(true)
		w.check(bob.MarkRead(w.Context(), bob.with(alice), sent.TimestampMS))
		end := bob.end(bob.with(alice), "read me")
		until(end + 1500)
		if bob.rows() != 0 {
			w.Error("without a network it stays")
		}
		if at := laptop.end(bob.with(alice), "read me"); at != 0 {
			w.Errorf("the other device cannot know, and has %d", at)
		}
		bob.reopen()
		bob.unplugged.Store(false)
		time.Sleep(5 * time.Minute)
		bob.settle()
		time.Sleep(2 * time.Minute)
		if laptop.end(bob.with(alice), "read me") != -1 {
			w.Error("the other device has it still")
		}
		late := w.device(bob.seed, "")
		late.receive()
		if late.end(bob.with(alice), "read me") != -1 {
			w.Error("the swarm has kept it")
		}
	})
}

func TestTimersAreToldAndNotFollowed(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, laptop := w.friends()
		day := store.Timer{Mode: store.ExpireAfterRead, Seconds: 86400}
		bob.set(bob.with(alice), day.Mode, 24*time.Hour)
		alice.receive()
		laptop.receive()
		w.equal("Alice", last(alice.texts(bob), 1), []string{"(Bob set messages to disappear 1 day after they are read.)"})
		w.equal("Bob", last(bob.texts(alice), 1), []string{"(> You set messages to disappear 1 day after they are read.)"})
		w.equal("Bob's laptop", last(laptop.texts(alice), 1), []string{"(> You set messages to disappear 1 day after they are read.)"})
		if v := alice.conversation(bob); v.Timer != (store.Timer{}) || v.Unread != 1 {
			w.Errorf("what Bob set has become Alice's: %+v, %d unread", v.Timer, v.Unread)
		}
		if v := laptop.conversation(alice); v.Timer != day {
			w.Errorf("the other device has %+v", v.Timer)
		}
		page, err := alice.Messages(w.Context(), alice.with(bob), Page{Limit: 1})
		if err != nil || page[0].Timer == nil || *page[0].Timer != day {
			w.Fatalf("nothing to follow: %+v, %v", page, err)
		}
		w.check(alice.Configure(w.Context(), alice.with(bob), Settings{Timer: page[0].Timer}))
		alice.settle()
		time.Sleep(time.Second)
		bob.set(bob.with(alice), store.ExpireNever, 0)
		bob.receive()
		alice.receive()
		w.equal("Bob", last(bob.texts(alice), 2), []string{
			"(Alice set messages to disappear 1 day after they are read.)", "(> You turned disappearing messages off.)",
		})
	})
}

func TestNotesAndSingleMessages(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		alice, bob, laptop := w.friends()
		notes := bob.with(bob)
		bob.set(notes, store.ExpireAfterSend, time.Hour)
		bob.say(bob, "note")
		never, hour := store.Timer{}, store.Timer{Mode: store.ExpireAfterRead, Seconds: 3600}
		for _, tt := range []struct {
			text   string
			to     id.Conversation
			timer  *store.Timer
			refuse bool
		}{
			{"kept", notes, &never, false}, {"after reading", notes, &hour, true}, {"only this", bob.with(alice), &hour, false},
		} {
			_, err := bob.Send(w.Context(), tt.to, Draft{Text: tt.text, Expire: tt.timer})
			if (err != nil) != tt.refuse {
				w.Errorf("%s: %v", tt.text, err)
			}
		}
		bob.settle()
		laptop.receive()
		alice.receive()
		if v := laptop.conversation(bob); v.Timer != (store.Timer{Mode: store.ExpireAfterSend, Seconds: 3600}) {
			w.Errorf("the other device has %+v", v.Timer)
		}
		w.near("a note on the other device", laptop.end(notes, "note"), bob.end(notes, "note"))
		if bob.end(notes, "kept") != 0 || laptop.end(notes, "kept") != 0 {
			w.Error("a note was to be kept")
		}
		w.near("a single message", laptop.end(bob.with(alice), "only this"), bob.end(bob.with(alice), "only this"))
		if alice.end(alice.with(bob), "only this") != 0 {
			w.Error("it runs before it is read")
		}
		time.Sleep(time.Hour + time.Second)
		w.equal("notes", bob.texts(bob), []string{"> kept"})
		w.equal("notes elsewhere", laptop.texts(bob), []string{"> kept"})
	})
}

// What waits for the network does not run out, and begins when it is sent.
func TestTheClockBeginsWithStoring(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		alice, bob, _ := w.friends()
		alice.set(alice.with(bob), store.ExpireAfterSend, 10*time.Minute)
		alice.unplugged.Store(true)
		if _, err := alice.Send(w.Context(), alice.with(bob), Draft{Text: "late"}); err != nil {
			w.Fatal(err)
		}
		time.Sleep(time.Hour)
		if at := alice.end(alice.with(bob), "late"); at != 0 {
			w.Fatalf("it ends at %d, and was not sent", at)
		}
		alice.unplugged.Store(false)
		alice.reopen()
		alice.settle()
		stored := time.Now().UnixMilli()
		bob.receive()
		end := alice.end(alice.with(bob), "late")
		if end < stored+590_000 || end > stored+600_000 {
			w.Errorf("it ends %d ms after it was stored", end-stored)
		}
		w.near("at the recipient", bob.end(bob.with(alice), "late"), end)
	})
}

// A restart while a clock runs changes nothing; what ended meanwhile is not seen,
// not even before there is a network.
func TestRestartWhileAClockRuns(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		alice, bob, laptop := w.friends()
		laptop.stop()
		alice.set(alice.with(bob), store.ExpireAfterSend, time.Hour)
		alice.say(bob, "one")
		time.Sleep(30 * time.Minute)
		alice.say(bob, "two")
		bob.receive()
		one, two := bob.end(bob.with(alice), "one"), bob.end(bob.with(alice), "two")
		bob.stop()
		until(one + 1)
		bob.unplugged.Store(true)
		bob.open()
		if bob.end(bob.with(alice), "one") != -1 || bob.end(bob.with(alice), "two") != two {
			w.Error("after the restart the messages are not what they were")
		}
		bob.unplugged.Store(false)
		time.Sleep(3 * time.Minute)
		if n := bob.rows(); n != 1 {
			w.Errorf("%d messages are left on the disk, and one lives", n)
		}
		until(two + 1500)
		if n := bob.rows(); n != 0 {
			w.Errorf("%d messages are left on the disk", n)
		}
	})
}

// The clock of the machine is set, forwards or back: nothing is deleted early, and
// nothing stays.
func TestTheMachinesClockJumps(t *testing.T) {
	slow(t)
	for name, jump := range map[string]time.Duration{"forwards": 48 * time.Hour, "back": -48 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				alice, bob, laptop := w.friends()
				laptop.stop()
				alice.set(alice.with(bob), store.ExpireAfterSend, time.Hour)
				alice.say(bob, "gone soon")
				bob.receive()
				end := bob.end(bob.with(alice), "gone soon")
				bob.clock.mu.Lock()
				network := bob.clock.network
				bob.clock.network = func() time.Time { return network().Add(jump) }
				bob.clock.mu.Unlock()
				time.Sleep(time.Minute) // a node is heard
				if bob.end(bob.with(alice), "gone soon") != end {
					w.Error("it is not shown")
				}
				until(end - 1000)
				if bob.rows() == 0 {
					w.Error("it was deleted early")
				}
				until(end + 6000)
				if n := bob.rows(); n != 0 {
					w.Errorf("%d messages stay", n)
				}
			})
		})
	}
}

func TestClockBetweenJumpAndWord(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var passed, set time.Duration
	k := newClock(func() time.Time { return began.Add(passed + set) })
	k.passed = func(time.Time) time.Duration { d := passed; return d }
	k.atMS = began.UnixMilli()
	reanchored := func() { k.mu.Lock(); k.passed = func(time.Time) time.Duration { return 0 }; k.mu.Unlock() }
	at := func(d time.Duration) int64 { return began.Add(d).UnixMilli() }
	check := func(what string, latest, certain int64) {
		t.Helper()
		if l, c := k.read(); l != latest || c != certain {
			t.Errorf("%s: it may be %d and certainly is %d, want %d and %d", what, l-at(0), c-at(0), latest-at(0), certain-at(0))
		}
	}
	check("nobody was heard", at(0), 0)
	k.hear(began.Add(time.Hour)) // says neither
	check("a liar was heard", at(0), 0)
	k.hear(began)
	check("a node was heard", at(0), at(0))
	reanchored()
	set = 24 * time.Hour
	check("the clock jumped ahead, or the machine slept", at(set), at(0))
	k.hear(began.Add(time.Second))
	check("it was set", at(0), at(0))
	if k.now() != at(0) {
		t.Error("what begins now begins with a wrong time")
	}
	set = 0
	check("it was set right", at(0), at(0))
	set = -time.Hour
	check("it went back", at(0), at(set))
	k.hear(began.Add(set))
	check("rightly so", at(set), at(set))
}

// A reaction does not outlive its message in the swarms.
func TestReactionsDisappear(t *testing.T) {
	inWorld(t, func(w *world) {
		trio(w, func(first, second, bob *device) {
			hour := store.Timer{Mode: store.ExpireAfterSend, Seconds: 3600}
			_, err := first.Send(w.Context(), first.with(bob), Draft{Text: "for an hour", Expire: &hour})
			w.check(err)
			w.exchange(first, second, bob)
			_, err = bob.React(w.Context(), bob.find(bob.with(first), "for an hour").ID(), "👍", false)
			w.check(err)
			w.exchange(first, second, bob)
			reactions := func(d *device) (list []*sessionpb.Content) {
				for _, content := range d.inSwarm() {
					if content.GetDataMessage().GetReaction() != nil {
						list = append(list, content)
					}
				}
				return list
			}
			for _, d := range []*device{first, bob} {
				list := reactions(d)
				if len(list) != 1 || list[0].GetExpirationType() != sessionpb.Content_AFTER_SEND || list[0].GetExpirationTimer() != 3600 {
					t.Errorf("in the swarm: %v", list)
				}
			}
			time.Sleep(2 * time.Hour)
			for _, d := range []*device{first, bob} {
				if list := reactions(d); len(list) != 0 {
					t.Errorf("it outlived its message: %v", list)
				}
			}
		})
	})
}
