package config

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"seance/messaging/digest"
	"seance/messaging/id"
	"seance/messaging/identity"
)

var benchNow = time.UnixMilli(1_780_000_000_000)

// manyContacts is a config of n contacts that look like real ones: names are
// short, most have a picture.
func manyContacts(t testing.TB, account *identity.Keys, n int) *Contacts {
	t.Helper()
	c, err := OpenContacts(account, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := c.Set(someContact(i)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// oldContacts are many that were not all added a moment ago.
func oldContacts(t testing.TB, account *identity.Keys, n int) *Contacts {
	t.Helper()
	c := manyContacts(t, account, n)
	for i := range lag + 1 {
		stored(t, c.Config, fmt.Sprint("before", i))
		contact := someContact(i)
		contact.Priority = 1
		if err := c.Set(contact); err != nil {
			t.Fatal(err)
		}
	}
	stored(t, c.Config, "first")
	return c
}

func someContact(i int) Contact {
	random := digest.Sum(64, nil, binary.BigEndian.AppendUint64(nil, uint64(i)))
	c := Contact{
		ID: id.AccountFromX25519([32]byte(random)), Name: fmt.Sprintf("Contact %x", random[:4]), Approved: true,
		ApprovedMe: i%3 > 0, Created: benchNow.Add(-time.Duration(i) * time.Hour), Updated: benchNow.Add(-time.Duration(i) * time.Minute),
	}
	if i%4 > 0 {
		c.Picture = Picture{fmt.Sprintf("http://filev2.getsession.org/file/%x", random[:22]), [32]byte(random[32:])}
	}
	return c
}

// stored are the messages of a push, which is confirmed.
func stored(t testing.TB, c *Config, name string) (messages []Stored) {
	t.Helper()
	push, err := c.Push(benchNow)
	if err != nil {
		t.Fatal(err)
	}
	var hashes []id.Hash
	for i, m := range push.Messages {
		hashes = append(hashes, id.Hash(fmt.Sprintf("%s%d", name, i)))
		messages = append(messages, Stored{hashes[i], m})
	}
	c.Confirm(push.Seqno, hashes)
	return messages
}

// fataler is a testing.TB or a rapid.T.
type fataler interface{ Fatal(args ...any) }

func someAccount(t fataler) *identity.Keys {
	account, err := identity.KeysFromSeed(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	return account
}

// BenchmarkContacts1000 is what happens when another device changed one of
// 1,000 contacts and this one changes another.
func BenchmarkContacts1000(b *testing.B) {
	account := someAccount(b)
	there := oldContacts(b, account, 1000)
	dump := there.Dump(benchNow)
	contact := someContact(5)
	contact.Nickname = "changed"
	if err := there.Set(contact); err != nil {
		b.Fatal(err)
	}
	messages := stored(b, there.Config, "second")
	b.Logf("a dump of %d bytes, %d messages", len(dump), len(messages))

	open := func(b *testing.B) *Contacts {
		c, err := OpenContacts(account, dump)
		if err != nil {
			b.Fatal(err)
		}
		return c
	}
	merge := func(b *testing.B, c *Contacts) {
		if m := c.Merge(benchNow, messages); len(m.Rejected) > 0 || !m.Changed {
			b.Fatal(m)
		}
	}
	edit := func(b *testing.B, c *Contacts) {
		contact := someContact(9)
		contact.Blocked = true
		if err := c.Set(contact); err != nil {
			b.Fatal(err)
		}
	}
	push := func(b *testing.B, c *Contacts) {
		if _, err := c.Push(benchNow); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			open(b)
		}
	})
	b.Run("open+merge", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			merge(b, open(b))
		}
	})
	b.Run("open+edit+push", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c := open(b)
			edit(b, c)
			push(b, c)
		}
	})
	b.Run("open+merge+edit+push", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c := open(b)
			merge(b, c)
			edit(b, c)
			push(b, c)
		}
	})
	b.Run("list", func(b *testing.B) {
		c := open(b)
		b.ReportAllocs()
		for b.Loop() {
			for range c.All() {
			}
		}
	})
	b.Run("dump", func(b *testing.B) {
		c := open(b)
		b.ReportAllocs()
		for b.Loop() {
			c.Dump(benchNow)
		}
	})
}

// BenchmarkConflict1000 merges what two devices changed at the same time in
// 1,000 contacts, and packs the result.
func BenchmarkConflict1000(b *testing.B) {
	account := someAccount(b)
	one := oldContacts(b, account, 1000)
	dump := one.Dump(benchNow)
	two, err := OpenContacts(account, dump)
	if err != nil {
		b.Fatal(err)
	}
	for i := range 20 {
		for d, c := range []*Contacts{one, two} {
			contact := someContact(7*i + d)
			contact.Nickname = fmt.Sprint("changed by ", d)
			if err := c.Set(contact); err != nil {
				b.Fatal(err)
			}
		}
	}
	messages := stored(b, one.Config, "one")
	stored(b, two.Config, "two")
	dump = two.Dump(benchNow)
	for name, pushed := range map[string]bool{"merge": false, "merge+push": true} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				c, err := OpenContacts(account, dump)
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if m := c.Merge(benchNow, messages); len(m.Rejected) > 0 || !c.NeedsPush() {
					b.Fatal(m)
				}
				if pushed {
					if _, err := c.Push(benchNow); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkOpen77KB opens the largest config that one message holds.
func BenchmarkOpen77KB(b *testing.B) {
	account := someAccount(b)
	n := 100
	var messages []Stored
	for {
		c := manyContacts(b, account, n)
		next := stored(b, c.Config, "it")
		if len(next) > 1 {
			break
		}
		messages, n = next, n+5
	}
	b.Logf("%d contacts, %d bytes", n, len(messages[0].Data))
	b.ReportAllocs()
	for b.Loop() {
		c := New(KindContacts, AccountAccess(account))
		if m := c.Merge(benchNow, messages); len(m.Rejected) > 0 {
			b.Fatal(m)
		}
	}
}
