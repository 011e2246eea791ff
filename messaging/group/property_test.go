package group

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"seance/messaging/config"
	"seance/messaging/id"
	"seance/messaging/secret"
)

// Several admins make keys, without hearing of each other at times. Whoever gets all of
// the messages, in whatever order and however often, has the same keys in the same order,
// and can read the others.
func TestKeysDoNotDependOnOrder(t *testing.T) {
	sum := sha256.Sum256([]byte("group"))
	seed := secret.New(sum[:])
	name, err := IDOf(seed)
	check(t, err)
	rapid.Check(t, func(rt *rapid.T) {
		open := func(n int, seed secret.Bytes) *Group {
			g, err := Open(name, someone(t, n), seed, Dumps{})
			if err != nil {
				rt.Fatal(err)
			}
			return g
		}
		type message struct {
			stored config.Stored
			at     time.Time
		}
		admins := []*Group{open(0, seed), open(1, seed)}
		var messages []message
		load := func(g *Group, m message) {
			if _, err := g.LoadKey(m.stored, m.at); err != nil {
				rt.Fatal(err)
			}
		}
		ms := int64(1_000_000)
		for range rapid.IntRange(1, 8).Draw(rt, "keys") {
			g := admins[rapid.IntRange(0, 1).Draw(rt, "admin")]
			for i := range 4 {
				err := g.Members.Set(config.GroupMember{ID: someone(t, i).Account(), Admin: i < 2})
				if err != nil {
					rt.Fatal(err)
				}
			}
			extra := id.Account(someone(t, 10+rapid.IntRange(0, 3).Draw(rt, "extra")).Account())
			if rapid.Bool().Draw(rt, "stays") {
				err = g.Members.Set(config.GroupMember{ID: extra})
			} else {
				_, err = g.Members.Erase(extra)
			}
			if err != nil {
				rt.Fatal(err)
			}
			if err := g.Rekey(); err != nil {
				rt.Fatal(err)
			}
			data, _ := g.Pending()
			ms += rapid.Int64Range(0, 40*24*3600*1000).Draw(rt, "pause")
			m := message{config.Stored{Hash: id.Hash(fmt.Sprint("k", len(messages))), Data: data}, time.UnixMilli(ms)}
			messages = append(messages, m)
			load(g, m)
			if rapid.Bool().Draw(rt, "heard") {
				for _, other := range admins {
					for _, m := range messages {
						load(other, m)
					}
				}
			}
		}
		var first *Group
		for i := range 3 {
			g := open(2+i%2, secret.Bytes{})
			order := rapid.Permutation(append(slices.Clone(messages), messages...)).Draw(rt, "order")
			if i == 0 {
				order = messages
			}
			for _, m := range order {
				load(g, m)
			}
			for _, m := range order { // a key that lapsed may have come before what made it lapse
				load(g, m)
			}
			if first == nil {
				first = g
				continue
			}
			if len(g.keys.keys) != len(first.keys.keys) || g.Generation() != first.Generation() || !bytes.Equal(g.keys.all()[0], first.keys.all()[0]) {
				rt.Fatalf("%d keys, generation %d; in order: %d, %d", len(g.keys.keys), g.Generation(), len(first.keys.keys), first.Generation())
			}
			sealed, err := g.Encrypt(rand.Reader, []byte("hello"))
			if err != nil {
				rt.Fatal(err)
			}
			if _, text, err := first.Decrypt(sealed); err != nil || string(text) != "hello" {
				rt.Fatalf("%q, %v", text, err)
			}
		}
	})
}
