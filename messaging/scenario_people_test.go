package messaging

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"testing"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/chacha20poly1305"

	"seance/messaging/id"
	"seance/network/node/devnet"
	"seance/network/node/oxend"
)

// registered is what the network says of a Session name, put together from the
// published layout: the account, encrypted with a key that follows from the name.
func registered(t *testing.T, name string, account id.Account) map[string]oxend.Name {
	t.Helper()
	hash := blake2b.Sum256([]byte(name))
	keyed, err := blake2b.New256(hash[:])
	if err != nil {
		t.Fatal(err)
	}
	keyed.Write([]byte(name))
	aead, err := chacha20poly1305.NewX(keyed.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	nonce := make([]byte, chacha20poly1305.NonceSizeX)
	return map[string]oxend.Name{base64.StdEncoding.EncodeToString(hash[:]): {
		EncryptedValue: hex.EncodeToString(aead.Seal(nil, nonce, account[:], nil)), Nonce: hex.EncodeToString(nonce),
	}}
}

// People come by name, ask, are turned away, blocked and let in, and go again, on
// two devices of an account.
func TestPeopleOnThreeDevices(t *testing.T) {
	slow(t)
	names := registered(t, "alice-in-wonderland", mustSeed(t, "Alice").Keys().Account())
	inWorldOf(t, devnet.Options{Names: names}, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		second := w.restore(alice)
		ctx, all, mine := w.Context(), []*device{alice, second, bob}, []*device{alice, second}
		settle := func() { w.settle(all...) }
		settle()

		// By a Session name, which nobody else has.
		found, err := bob.Lookup(ctx, "Alice-in-Wonderland")
		w.check(err)
		if found != alice.id() {
			w.Fatalf("the name belongs to %s", found)
		}
		if _, err := bob.Lookup(ctx, "nobody-has-this"); !errors.Is(err, ErrUnknown) {
			w.Errorf("a name that is free: %v", err)
		}
		requests := func(what string, want bool) {
			w.Helper()
			for i, d := range mine {
				if v, err := d.Conversation(ctx, d.with(bob)); (err == nil && v.Request) != want {
					w.Errorf("%s: device %d has the request %+v, %v", what, i, v.Request, err)
				}
			}
		}

		// Turned away on one device; asked again, blocked on the other; let in.
		bob.say(alice, "may I?")
		settle()
		requests("asked", true)
		w.check(alice.Decline(ctx, bob.id()))
		w.check(second.Decline(ctx, bob.id())) // what one turns away here, others do not learn
		settle()
		requests("turned away", false)
		bob.say(alice, "and now?")
		settle()
		requests("asked again", true)
		w.check(second.Block(ctx, bob.id()))
		settle()
		bob.say(alice, "not heard")
		settle()
		for i, d := range mine {
			if v := d.conversation(bob); !v.Blocked || v.Request {
				w.Errorf("blocked: device %d has %+v", i, v)
			}
		}
		w.check(alice.Unblock(ctx, bob.id()))
		settle()
		bob.say(alice, "please")
		settle()
		w.check(second.Accept(ctx, bob.id()))
		settle()
		for i, d := range mine {
			if v := d.conversation(bob); v.Blocked || v.Request || !v.Approved || d.newest(d.with(bob)).Text != "please" {
				w.Errorf("let in: device %d has %+v", i, v)
			}
		}
		if v := bob.conversation(alice); !v.ApprovedMe {
			w.Errorf("Bob is not told: %+v", v)
		}

		// The note to self leaves the list and comes back with the next note.
		alice.say(alice, "a note")
		settle()
		listed := func(what string, conv id.Conversation, want bool) {
			w.Helper()
			for i, d := range mine {
				list, err := d.Conversations(ctx)
				w.check(err)
				there := false
				for _, v := range list {
					there = there || v.ID == conv
				}
				if there != want {
					w.Errorf("%s: device %d has it in the list: %v", what, i, there)
				}
			}
		}
		self := alice.with(alice)
		listed("a note", self, true)
		second.configure(self, Settings{Hidden: pointer(true)})
		settle()
		listed("hidden notes", self, false)
		alice.configure(self, Settings{Hidden: pointer(false)})
		settle()
		listed("shown notes", self, true)

		// A conversation is deleted, and the contact stays; then the contact.
		second.configure(second.with(bob), Settings{Hidden: pointer(true)})
		settle()
		listed("deleted conversation", alice.with(bob), false)
		for i, d := range mine {
			if v := d.conversation(bob); !v.Approved || len(d.texts(bob)) != 0 {
				w.Errorf("deleted conversation: device %d has %+v, %q", i, v, d.texts(bob))
			}
		}
		bob.say(alice, "still there?")
		settle()
		listed("written to again", alice.with(bob), true)
		for i, d := range mine {
			w.equal(id.Shorten(d.id().String())+": after it was deleted", d.texts(bob), []string{"still there?"})
			if v := d.conversation(bob); v.Request {
				w.Errorf("device %d takes a contact for a stranger", i)
			}
		}
		w.agree(alice, second)
		w.check(alice.Forget(ctx, bob.id()))
		settle()
		for i, d := range mine {
			if _, err := d.Conversation(ctx, d.with(bob)); !errors.Is(err, ErrUnknown) {
				w.Errorf("deleted contact: device %d still knows them: %v", i, err)
			}
		}
	})
}
