package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

// chatter makes texts of 1 to 30 words of a language in which few words are
// said most of the time.
func chatter() func() string {
	random := rand.New(rand.NewPCG(1, 2))
	vocabulary := make([]string, 50_000)
	for i := range vocabulary {
		var b strings.Builder
		for range 1 + random.IntN(4) {
			b.WriteByte("bcdfghjklmnprstvw"[random.IntN(17)])
			b.WriteByte("aeiou"[random.IntN(5)])
		}
		vocabulary[i] = fmt.Sprintf("%s%s", b.String(), []string{"", "n", "s", "r"}[random.IntN(4)])
	}
	words := rand.NewZipf(random, 1.1, 5, uint64(len(vocabulary)-1))
	return func() string {
		var b strings.Builder
		for i := range 1 + random.IntN(30) {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(vocabulary[words.Uint64()])
		}
		return b.String()
	}
}

// talk fills a store with n messages of 20 conversations.
func talk(b *testing.B, s *Store, n int) {
	b.Helper()
	update(b, s, func(tx *Tx) error {
		for i := range 20 {
			if err := tx.PutConversation(contact(i)); err != nil {
				return err
			}
		}
		return nil
	})
	say := chatter()
	for at := 0; at < n; {
		update(b, s, func(tx *Tx) error {
			for range min(100, n-at) {
				at++
				m := received(at*at%20, 1_700_000_000_000+at*1000, say())
				if at == n/2 {
					m.Text += " needle"
				}
				if _, _, err := tx.InsertMessage(m); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// openPlain is a store without encryption, to compare with.
func openPlain(b *testing.B) *Store {
	b.Helper()
	ctx, file := context.Background(), filepath.Join(b.TempDir(), fileName)
	s := &Store{dir: filepath.Dir(file), turn: make(chan struct{}, 1)}
	var err error
	check := func() {
		if err != nil {
			b.Fatal(err)
		}
	}
	s.write, err = openDatabase(file, "", 1)
	check()
	s.writer, err = s.write.Conn(ctx)
	check()
	steps, err := migrations()
	check()
	err = migrate(ctx, s.writer, steps)
	check()
	s.read, err = openDatabase(file, "", 4, "query_only(ON)")
	check()
	s.changes, s.queries = newStatements(s.writer), newStatements(s.read)
	b.Cleanup(func() { s.Close() })
	return s
}

// BenchmarkInsert100000 inserts 100,000 messages with their search index, 100
// in a transaction, plainly and encrypted.
func BenchmarkInsert100000(b *testing.B) {
	for _, open := range []struct {
		name string
		open func(*testing.B) *Store
	}{
		{"plain", openPlain},
		{"encrypted", func(b *testing.B) *Store { return openTest(b, b.TempDir()) }},
	} {
		b.Run(open.name, func(b *testing.B) {
			const n = 100_000
			for b.Loop() {
				talk(b, open.open(b), n)
			}
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// BenchmarkSearch asks for the newest 50 hits, in 100,000 messages or, with
// -million, in 1,000,000. first is the first search after opening.
func BenchmarkSearch(b *testing.B) {
	n := 100_000
	if *million {
		n = 1_000_000
	}
	dir := b.TempDir()
	s, err := Open(context.Background(), dir, Options{})
	if err != nil {
		b.Fatal(err)
	}
	talk(b, s, n)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	author := account(3).Sender()
	tests := []struct {
		name string
		q    Search
	}{
		{"rare word", Search{Terms: terms("needle")}},
		{"frequent word", Search{Terms: terms("ka")}},
		{"frequent words", Search{Terms: terms("ka", "ba", "no")}},
		{"phrase", Search{Terms: terms("ka ba")}},
		{"prefix of two", Search{Terms: terms("ka*")}},
		{"prefix of four", Search{Terms: terms("kabe*")}},
		{"prefixes", Search{Terms: terms("ka*", "be*", "no*")}},
		{"frequent word in a conversation", Search{Terms: terms("ka"), In: contact(5).ID}},
		{"rare word of an author", Search{Terms: terms("needle"), Author: &author}},
		{"conversation alone", Search{In: contact(5).ID}},
		{"before", Search{Terms: terms("ka"), UntilMS: 1_700_000_000_000 + int64(n)*100}},
		{"nothing", Search{Terms: terms("ka", "nothingatall")}},
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			s, err := Open(context.Background(), dir, Options{})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := s.Search(b.Context(), Search{Terms: terms("needle")}); err != nil {
				b.Fatal(err)
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	s = openTest(b, dir)
	for _, tt := range tests {
		b.Run(tt.name, func(b *testing.B) {
			hits := 0
			for b.Loop() {
				list, err := s.Search(b.Context(), tt.q)
				if err != nil {
					b.Fatal(err)
				}
				hits = len(list)
			}
			b.ReportMetric(float64(hits), "hits")
		})
	}
}
