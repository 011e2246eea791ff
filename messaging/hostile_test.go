package messaging

import (
	"crypto/rand"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/messaging/wire"
	"seance/messaging/wire/sessionpb"
	"seance/network/snode"
	"seance/network/storage"
	"seance/store"
)

// sealed is a payload as the swarm would hold it.
func sealed(t rapid.TB, from *identity.Keys, to id.Account, content *sessionpb.Content) []byte {
	t.Helper()
	plain, err := wire.MarshalContent(content)
	if err != nil {
		t.Fatal(err)
	}
	data, err := wire.EncodeDirect(rand.Reader, from, to, content.GetSigTimestamp(), plain)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A node that lies must not be able to make us skip what the others have.
func TestALyingNodeHidesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		bob := w.person("Bob")
		stranger := mustSeed(t, "a stranger").Keys()
		ms := time.Now().UnixMilli()
		data := sealed(t, stranger, bob.id(), messageContent(store.Message{Text: "hello", TimestampMS: ms}, nil, ""))
		honest := storage.Stored{
			Hash: storage.MessageHash(bob.id().Pubkey(), nsMessages, data), Data: data, Expiration: time.Now().Add(timeToLive),
		}
		lie := honest
		lie.Data = []byte("rubbish")
		for i, m := range []storage.Stored{lie, honest} {
			if _, err := bob.take(w.Context(), bob.ownInbox(), snode.Key{byte(i)}, []storage.Stored{m}); err != nil {
				t.Fatal(err)
			}
		}
		page, err := bob.Messages(w.Context(), id.With(stranger.Account()), Page{})
		if err != nil || len(page) != 1 || page[0].Text != "hello" || page[0].Hash != honest.Hash {
			t.Errorf("%+v, %v", page, err)
		}
		if cursor, err := bob.db.Cursor(w.Context(), bob.id().Pubkey(), nsMessages, snode.Key{}); cursor != honest.Hash {
			t.Errorf("the cursor is not what the node said: %q, %v", cursor, err)
		}
	})
}

// Somebody who was never written to must not get among the contacts by
// accepting a request that nobody made.
func TestAcceptanceThatNobodyAskedFor(t *testing.T) {
	inWorld(t, func(w *world) {
		bob := w.person("Bob")
		stranger := mustSeed(t, "a stranger").Keys()
		content := acceptContent(time.Now().UnixMilli(), &ownProfile{Profile: &sessionpb.Profile{DisplayName: proto.String("Buy now")}})
		data := sealed(t, stranger, bob.id(), content)
		if _, err := bob.take(w.Context(), bob.ownInbox(), snode.Key{}, []storage.Stored{{Hash: "any", Data: data}}); err != nil {
			t.Fatal(err)
		}
		if list, err := bob.Conversations(w.Context()); err != nil || len(list) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// One node that refuses a message may lie; it takes several to lose hope.
func TestARefusalIsNotBelievedAtOnce(t *testing.T) {
	slow(t)
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		alice.stop()
		c, err := Open(w.Context(), alice.options())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		m, err := c.Send(w.Context(), id.With(bob.id()), Draft{Text: "hello"})
		if err != nil {
			t.Fatal(err)
		}
		refused := &storage.Error{Code: 403, Text: "Provided expiry/TTL is not valid."}
		for i, want := range []store.State{store.StateSending, store.StateSending, store.StateFailed} {
			time.Sleep(time.Hour)
			due, err := c.db.Due(w.Context(), bob.id().Pubkey(), time.Now().UnixMilli(), 1)
			if err != nil || len(due) != 1 {
				t.Fatalf("attempt %d: %d entries, %v", i, len(due), err)
			}
			if err := c.sendFailed(w.Context(), due[0], nil, refused); err != nil {
				t.Fatal(err)
			}
			if m, err = c.Message(w.Context(), m.ID()); err != nil || m.State != want {
				t.Errorf("after attempt %d: %s, %v; want %s", i, m.State, err, want)
			}
		}
	})
}

// A recipient whose swarm is gone must not hold up messages to others.
func TestADeadSwarmHoldsUpNobodyElse(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		alice.say(bob, "one") // there are paths now
		nodes := alice.net.Nodes()
		swarm := func(a id.Account) uint64 { return snode.Members(nodes, a.Pubkey())[0].Swarm }
		var lost id.Account
		for i := byte('a'); lost == (id.Account{}) || swarm(lost) == swarm(bob.id()) || swarm(lost) == swarm(alice.id()); i++ {
			lost = mustSeed(t, string([]byte{i})).Keys().Account()
		}
		for i, n := range w.dev.Nodes() {
			for _, m := range snode.Members(nodes, lost.Pubkey()) {
				if m.Address() == n.Address {
					w.silent.Store(n.Address, true)
					stopNode(w, i)
				}
			}
		}
		time.Sleep(25 * time.Minute) // and they were replaced since
		if _, err := alice.Send(w.Context(), id.With(lost), Draft{Text: "into the void"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond) // the attempt has begun
		began := time.Now()
		alice.say(bob, "two")
		if took := time.Since(began) - time.Second; took > 200*time.Millisecond { // say rests for a second
			t.Errorf("it took %s", took)
		}
	})
}
