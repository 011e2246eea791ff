package messaging

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"seance/messaging/id"
	"seance/network"
	"seance/network/snode"
	"seance/network/storage"
	"seance/store"
)

func TestAStrangersMessageIsARequest(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")

		alice.say(bob, "hello")
		bob.receive()
		v := bob.conversation(alice)
		if !v.Request || v.Unread != 1 || v.Title != "Alice" {
			w.Errorf("a stranger's message made %+v", v)
		}
		if v := alice.conversation(bob); v.Request || !v.Approved || v.ApprovedMe {
			w.Errorf("writing to a stranger made %+v", v)
		}
	})
}

func TestManyMessagesThroughFailingNodes(t *testing.T) {
	each := 200
	if testing.Short() {
		each = 110
	}
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		defer alice.Attend()()
		defer bob.Attend()()
		var wantAlice, wantBob []string // what each has received
		for i := range each {
			switch i {
			case 50:
				stopNode(w, 0)
			case 70:
				stopNode(w, 5)
			case 100:
				if _, err := w.dev.Add(); err != nil {
					w.Fatal(err)
				}
			}
			wantBob = append(wantBob, sample(i))
			wantAlice = append(wantAlice, sample(each+i))
			send(w, alice, bob, sample(i))
			send(w, bob, alice, sample(each+i))
			time.Sleep(time.Second)
		}
		for _, d := range []*device{alice, bob} {
			w.check(d.Flush(w.Context()))
		}
		alice.receive()
		bob.receive()
		w.equal("received by Bob", received(bob.texts(alice)), wantBob)
		w.equal("received by Alice", received(alice.texts(bob)), wantAlice)
	})
}

func stopNode(w *world, i int) {
	w.Helper()
	w.check(w.dev.Stop(i))
}

func send(w *world, from, to *device, text string) {
	w.Helper()
	if _, err := from.Send(w.Context(), from.with(to), Draft{Text: text}); err != nil {
		w.Fatal(err)
	}
}

// received drops what was written here, and info lines.
func received(texts []string) (list []string) {
	for _, text := range texts {
		if !strings.HasPrefix(text, "> ") && !strings.HasPrefix(text, "(Your") {
			list = append(list, text)
		}
	}
	return list
}

// sample is a text of 1 to MaxText code points in one of many scripts.
func sample(i int) string {
	scripts := []string{
		"plain ascii ", "Grüße aus Köln ", "שלום עולם ", "مرحبا بالعالم ", "नमस्ते दुनिया ", "こんにちは世界", "안녕하세요 ",
		"👩‍👩‍👧‍👦👍🏽🏳️‍🌈", "ė́̂̃", "\u202ereversed\u202c ", "tabs\tand\nlines\r\n", "\ufeffBOM ", "nul\x00 esc\x1b[31m ", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 ",
	}
	length := []int{1, 2, 3, 17, 159, 160, 161, 500, 1999, MaxText}[i%10]
	text := []rune(fmt.Sprintf("%d:", i) + strings.Repeat(scripts[i%len(scripts)], MaxText))
	return string(text[:max(length, len(fmt.Sprint(i)))])
}

func TestWhatIsWrittenOfflineArrivesOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		for i := range 12 {
			stopNode(w, i)
		}
		m, err := alice.Send(w.Context(), alice.with(bob), Draft{Text: "are you there?"})
		w.check(err)
		ctx, cancel := context.WithTimeout(w.Context(), 30*time.Second)
		defer cancel()
		if m, err = alice.Wait(ctx, m.ID()); !errors.Is(err, context.DeadlineExceeded) || m.State != store.StateSending {
			t.Fatalf("with the network down the message is %s, %v", m.State, err)
		}
		if err := alice.Receive(ctx); err == nil {
			w.Error("receiving from a network that is down worked")
		}
		alice.reopen()
		for i := range 12 {
			w.check(w.dev.Start(i))
		}
		if m, err = alice.Wait(w.Context(), m.ID()); err != nil || m.State != store.StateSent || m.Hash == "" {
			t.Fatalf("with the network back the message is %s %q, %v", m.State, m.Hash, err)
		}
		bob.reopen() // the run before may have found nobody a moment ago
		bob.receive()
		bob.receive()
		w.equal("Bob's side", bob.texts(alice), []string{"are you there?"})
	})
}

// TestTheNextRunDoesNotWait has a message fail for so long that its next
// attempt lies minutes ahead. A new run, and a network that is back, try at once.
func TestTheNextRunDoesNotWait(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		for i := range 12 {
			stopNode(w, i)
		}
		send(w, alice, bob, "one")
		time.Sleep(time.Hour)
		alice.stop()
		for i := range 12 {
			w.check(w.dev.Start(i))
		}
		alice.open()
		ctx, cancel := context.WithTimeout(w.Context(), 5*time.Second)
		defer cancel()
		if err := alice.Flush(ctx); err != nil {
			w.Errorf("the message waits: %v", err)
		}
		time.Sleep(time.Minute) // until Bob, who kept running, noticed
		bob.receive()
		w.equal("Bob's side", bob.texts(alice), []string{"one"})
	})
}

// TestRetry has the outbox give a message up, and then takes it up again.
func TestRetry(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		sent := alice.say(bob, "one")
		if err := alice.Retry(w.Context(), sent.ID()); !errors.Is(err, ErrInvalid) {
			w.Errorf("a message that was sent is sent again: %v", err)
		}
		for i := range 12 {
			stopNode(w, i)
		}
		m, err := alice.Send(w.Context(), alice.with(bob), Draft{Text: "two"})
		w.check(err)
		if err := alice.Retry(w.Context(), m.ID()); !errors.Is(err, ErrInvalid) {
			w.Errorf("a message on its way is sent again: %v", err)
		}
		time.Sleep(time.Minute)
		due, err := alice.db.Due(w.Context(), bob.id().Pubkey(), time.Now().Add(time.Hour).UnixMilli(), 10)
		if err != nil || len(due) != 1 {
			w.Fatal(due, err)
		}
		err = alice.db.Update(w.Context(), func(tx *store.Tx) error {
			if err := tx.OutgoingParked(due[0].ID, "refused"); err != nil {
				return err
			}
			return tx.SetMessageState(due[0].Message, store.StateFailed, "refused", "")
		})
		w.check(err)
		for i := range 12 {
			w.check(w.dev.Start(i))
		}
		time.Sleep(5 * time.Minute)
		if m, err = alice.Message(w.Context(), m.ID()); err != nil || m.State != store.StateFailed || m.Failure != "refused" {
			w.Errorf("given up, it is %s %q, %v", m.State, m.Failure, err)
		}
		w.check(alice.Retry(w.Context(), m.ID()))
		if m, err = alice.Wait(w.Context(), m.ID()); err != nil || m.State != store.StateSent || m.Failure != "" {
			w.Errorf("taken up again, it is %s %q, %v", m.State, m.Failure, err)
		}
		bob.receive()
		w.equal("Bob's side", bob.texts(alice), []string{"one", "two"})
	})
}

func TestAnotherDeviceShowsWhatWasSent(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		phone := w.device(alice.seed, "Alice")

		sent := alice.say(bob, "from the terminal")
		note, err := alice.Send(w.Context(), alice.with(alice), Draft{Text: "buy oat milk"})
		w.check(err)
		w.check(alice.Flush(w.Context()))
		phone.receive()
		w.equal("the other device", phone.texts(bob), []string{"> from the terminal"})
		w.equal("its notes", phone.texts(alice), []string{"> buy oat milk"})
		page, err := phone.Messages(w.Context(), phone.with(bob), Page{})
		if err != nil || page[0].TimestampMS != sent.TimestampMS || page[0].State != store.StateSent {
			w.Errorf("the copy is %+v, %v", page, err)
		}
		if v := phone.conversation(bob); v.Request || v.Unread != 0 || !v.Approved {
			w.Errorf("the copy made %+v", v)
		}
		if v := phone.conversation(alice); v.Kind != id.KindSelf {
			w.Errorf("notes are a %s", v.Kind)
		}
		// What one's own swarm gives back is no second message.
		alice.receive()
		w.equal("the first device", alice.texts(bob), []string{"> from the terminal"})
		w.equal("its notes", alice.texts(alice), []string{"> buy oat milk"})
		if m, err := alice.Message(w.Context(), note.ID()); err != nil || m.Direction != store.Out {
			w.Errorf("the note is %+v, %v", m, err)
		}
	})
}

func TestRequests(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")

		alice.say(bob, "one")
		bob.receive()
		w.check(bob.Decline(w.Context(), alice.id()))
		if list, err := bob.Conversations(w.Context()); err != nil || len(list) != 0 {
			w.Errorf("after declining there are %v, %v", list, err)
		}

		alice.say(bob, "two")
		bob.receive()
		w.equal("a new request", bob.texts(alice), []string{"two"})
		w.check(bob.Accept(w.Context(), alice.id()))
		if v := bob.conversation(alice); v.Request || !v.Approved {
			w.Errorf("after accepting: %+v", v)
		}
		w.check(bob.Flush(w.Context()))
		alice.receive()
		alice.receive()
		w.equal("Alice is told once", alice.texts(bob), []string{"> one", "> two", "(Your message request was accepted.)"})
		if v := alice.conversation(bob); !v.ApprovedMe || v.Title != "Bob" {
			w.Errorf("after being accepted: %+v", v)
		}

		w.check(bob.Block(w.Context(), alice.id()))
		alice.say(bob, "three")
		bob.receive()
		w.check(bob.Unblock(w.Context(), alice.id()))
		alice.say(bob, "four")
		bob.receive()
		w.equal("what was sent while blocked is gone", bob.texts(alice), []string{"two", "four"})
	})
}

func TestAnsweringAcceptsFirst(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		alice.say(bob, "hello")
		bob.receive()
		bob.say(alice, "hi")
		alice.receive()
		w.equal("Alice's side", alice.texts(bob), []string{"> hello", "(Your message request was accepted.)", "hi"})
	})
}

// TestBadMessagesAreSkipped puts things into Bob's mailbox that anybody could.
func TestBadMessagesAreSkipped(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		alice.say(bob, "before")
		bad := [][]byte{nil, {0}, []byte("not an envelope"), []byte(strings.Repeat("\xff", storage.MaxData))}
		for _, data := range bad {
			_, err := alice.net.Batch(w.Context(), bob.id().Pubkey(), network.BatchOptions{}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
				return []storage.Request{storage.Store(bob.id().Pubkey(), storage.Message{Timestamp: now, TTL: time.Hour, Data: data})}, nil
			})
			w.check(err)
		}
		alice.say(bob, "after")
		bob.receive()
		w.equal("Bob's side", bob.texts(alice), []string{"before", "after"})
	})
}

func TestSendRefuses(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		w.check(alice.Block(w.Context(), bob.id()))
		for name, text := range map[string]string{
			"blocked": "hello", "empty": "", "too long": strings.Repeat("é", MaxText+1), "not UTF-8": "\xff",
		} {
			to := alice.with(alice)
			if name == "blocked" {
				to = alice.with(bob)
			}
			if _, err := alice.Send(w.Context(), to, Draft{Text: text}); !errors.Is(err, ErrInvalid) {
				w.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestResolve(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, other := w.person("Alice"), w.person("Bob"), w.device(mustSeed(w.T, "another Bob"), "bob")
		bob.say(alice, "hi")
		alice.receive()
		unknown := "05" + strings.Repeat("ab", 32)
		tests := []struct {
			to   string
			want id.Conversation
			err  error
		}{
			{"me", alice.with(alice), nil},
			{"bob", alice.with(bob), nil},
			{" " + string(alice.with(bob)) + " ", alice.with(bob), nil},
			{strings.ToUpper(unknown), id.Conversation(unknown), nil},
			{"Carol", "", ErrUnknown},
			{unknown[:64], "", id.ErrMalformed},
			{"05ABab12", "", id.ErrMalformed},
			{"05" + strings.Repeat("0", 64), "", id.ErrMalformed},
			{"cafe", "", ErrUnknown},
			{unknown[:65] + "x", "", id.ErrMalformed},
			{"03" + unknown[2:], "", ErrUnknown},
			{" ", "", id.ErrMalformed},
		}
		for _, tt := range tests {
			if got, err := alice.Resolve(w.Context(), tt.to); got != tt.want || !errors.Is(err, tt.err) {
				w.Errorf("Resolve(%q) = %q, %v", tt.to, got, err)
			}
		}
		other.say(alice, "hi")
		alice.receive()
		if _, err := alice.Resolve(w.Context(), "Bob"); !errors.Is(err, ErrAmbiguous) {
			w.Errorf("two Bobs: %v", err)
		}
	})
}
