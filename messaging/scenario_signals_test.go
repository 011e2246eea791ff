package messaging

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// What disappears, rings, was saved or goes on to others is the same on all three
// devices of two people, one of which was restored.
func TestSignalsOnThreeDevices(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		alice.say(bob, "hello")
		bob.receive()
		bob.say(alice, "hello Alice")
		alice.receive()
		second := w.restore(alice)
		ctx, all := w.Context(), []*device{alice, second, bob}
		w.settle(all...)
		same := func(what string) {
			w.Helper()
			w.settle(all...)
			want := alice.story(alice.with(bob))
			w.equal(what+": the second device", second.story(second.with(bob)), want)
			w.equal(what+": the other side", bob.story(bob.with(alice)), want)
		}
		other := map[*device]*device{alice: bob, second: bob, bob: alice}

		// Files in both forms, each saved by the other side, who is told of it.
		data := noise(70_000)
		for _, form := range []bool{false, true} {
			alice.newFiles = form
			alice.reopen()
			sent := alice.sent(bob, Draft{Text: "a file", Files: []File{{Name: "a.bin", Content: bytes.NewReader(data)}}})
			if now := alice.newest(alice.with(bob)); now.ID() != sent.ID() || strings.HasSuffix(now.Attachments[0].URL, "#d") != form {
				w.Errorf("the deterministic form %v: %s", form, now.Attachments[0].URL)
			}
			same("a file")
			path, err := bob.Save(ctx, bob.newest(bob.with(alice)).ID(), 0, w.TempDir())
			w.check(err)
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, data) {
				w.Errorf("Bob saved %d bytes, %v", len(got), err)
			}
			w.settle(all...)
		}

		// A call that nobody can take.
		ms := time.Now().UnixMilli()
		w.check(bob.edit(ctx, func(tx *store.Tx) error {
			return bob.enqueueFor(tx, store.OutgoingControl, alice.id(), ms, &sessionpb.Content{
				SigTimestamp: proto.Uint64(uint64(ms)),
				CallMessage:  &sessionpb.CallMessage{Type: sessionpb.CallMessage_OFFER.Enum(), Uuid: proto.String("one")},
			}, 0, time.Hour.Milliseconds())
		}))
		wake(bob.sendNow)
		w.settle(all...)
		for i, d := range all[:2] {
			texts := strings.Join(d.texts(bob), "\n")
			if strings.Count(texts, "(Bob saved a file.)") != 2 || strings.Count(texts, "(Missed call from Bob.)") != 1 {
				w.Errorf("device %d was told %q", i, texts)
			}
		}

		// Forwarded, from one device to oneself: only what it says.
		draft, err := second.Forward(ctx, second.find(second.with(bob), "hello Alice").ID())
		w.check(err)
		if _, err := second.Send(ctx, second.with(second), draft); err != nil {
			w.Fatal(err)
		}
		w.settle(all...)
		w.equal("forwarded", alice.texts(alice), []string{"> hello Alice"})

		// Timers, set by one side and then by the other.
		for _, timer := range []struct {
			by, from *device
			mode     store.ExpireMode
			text     string
		}{
			{second, alice, store.ExpireAfterSend, "gone after sending"},
			{bob, bob, store.ExpireAfterSend, "gone after sending, too"},
			{alice, bob, store.ExpireAfterRead, "gone after reading"},
		} {
			timer.by.set(timer.by.with(other[timer.by]), timer.mode, 30*time.Minute)
			w.settle(all...)
			if timer.from != timer.by && timer.from == bob { // of a person, each sets their own
				bob.set(bob.with(alice), timer.mode, 30*time.Minute)
				w.settle(all...)
			}
			m := timer.from.say(other[timer.from], timer.text)
			same(timer.text)
			if timer.mode == store.ExpireAfterRead {
				for _, d := range all[:2] {
					if at := d.end(d.with(bob), timer.text); at != 0 {
						w.Errorf("%s: nobody has read it, and it ends at %d", timer.text, at)
					}
				}
				w.check(alice.MarkRead(ctx, alice.with(bob), m.TimestampMS))
				w.settle(all...)
				w.near(timer.text, second.end(second.with(bob), timer.text), alice.end(alice.with(bob), timer.text))
			} else {
				end := alice.end(alice.with(bob), timer.text)
				for _, d := range all {
					w.near(timer.text, d.end(d.with(other[d]), timer.text), end)
				}
			}
			alice.reopen() // while it runs
			time.Sleep(31 * time.Minute)
			for i, d := range all {
				if at := d.end(d.with(other[d]), timer.text); at != -1 {
					w.Errorf("%s: device %d still has it, until %d", timer.text, i, at)
				}
			}
			same("after " + timer.text)
		}
	})
}
