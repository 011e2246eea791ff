package store

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"seance/messaging/id"
)

var million = flag.Bool("million", false, "benchmark a conversation of 1,000,000 messages, which takes a minute to make")

// history makes a profile with one conversation of n messages, and others of
// one message each.
func history(b *testing.B, n, others int) (dir string) {
	b.Helper()
	dir = b.TempDir()
	s, err := Open(b.Context(), dir, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	update(b, s, func(tx *Tx) error {
		for i := 1; i <= others+1; i++ {
			if err := tx.PutConversation(contact(i)); err != nil {
				return err
			}
			if i > 1 {
				if _, _, err := tx.InsertMessage(received(i, i, "hello")); err != nil {
					return err
				}
			}
		}
		return nil
	})
	for at := 0; at < n; {
		update(b, s, func(tx *Tx) error {
			for range min(10_000, n-at) {
				at++
				if _, _, err := tx.InsertMessage(typical(at)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return dir
}

func typical(n int) Message {
	m := received(1, 1_700_000_000_000+n*1000, fmt.Sprintf("message number %d, which is about as long as people make theirs when they write", n))
	m.Hash = id.Hash(fmt.Sprintf("%043d", n))
	if n%2 == 0 {
		m.Author, m.Direction, m.State = account(0).Sender(), Out, StateSent
	}
	return m
}

// BenchmarkCatchUp is what receiving costs here: look the hash up, insert the
// message, its event and its hash, 100 in a transaction that is synced.
func BenchmarkCatchUp(b *testing.B) {
	s := openTest(b, b.TempDir())
	update(b, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	owner := account(0).Pubkey()
	b.ReportAllocs()
	for n := 0; n < b.N; {
		update(b, s, func(tx *Tx) error {
			for range min(100, b.N-n) {
				n++
				m := typical(n)
				if _, err := tx.Seen(owner, 0, m.Hash); err != nil {
					return err
				}
				row, _, err := tx.InsertMessage(m)
				if err != nil {
					return err
				}
				if _, err := tx.AppendEvent("received", m.Conversation, row); err != nil {
					return err
				}
				if err := tx.MarkSeen(owner, 0, m.Hash, m.TimestampMS); err != nil {
					return err
				}
			}
			return tx.SetCursor(owner, 0, [32]byte{1}, "hash")
		})
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkInsert is inserting messages alone, 1,000 in a transaction.
func BenchmarkInsert(b *testing.B) {
	s := openTest(b, b.TempDir())
	update(b, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	b.ReportAllocs()
	for n := 0; n < b.N; {
		update(b, s, func(tx *Tx) error {
			for range min(1000, b.N-n) {
				n++
				if _, _, err := tx.InsertMessage(typical(n)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkAccept is what Enter costs here: a message and two entries of the
// outbox in a transaction of their own, synced, and taking them out again.
func BenchmarkAccept(b *testing.B) {
	s := openTest(b, b.TempDir())
	if err := s.CreateAccount(b.Context(), Account{ID: account(0)}); err != nil {
		b.Fatal(err)
	}
	update(b, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	b.ReportAllocs()
	for b.Loop() {
		var entries [2]int64
		update(b, s, func(tx *Tx) error {
			ms, err := tx.ClaimTimestamp(1)
			if err != nil {
				return err
			}
			m := sent(1, int(ms), "x")
			row, _, err := tx.InsertMessage(m)
			if err != nil {
				return err
			}
			for i := range entries {
				if entries[i], err = tx.Enqueue(Outgoing{Kind: OutgoingMessage, Target: account(i).Pubkey(), Data: make([]byte, 400), Message: row}); err != nil {
					return err
				}
			}
			return nil
		})
		update(b, s, func(tx *Tx) error {
			for _, e := range entries {
				if err := tx.OutgoingDone(e); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// BenchmarkOpenConversation reads 50 messages, at the end and in the middle of
// a long conversation; cold opens the database for each (the operating
// system's cache is warm).
func BenchmarkOpenConversation(b *testing.B) {
	sizes := []int{100_000}
	if *million {
		sizes = append(sizes, 1_000_000)
	}
	for _, n := range sizes {
		dir := history(b, n, 0)
		b.Run(fmt.Sprintf("%d/cold", n), func(b *testing.B) {
			for b.Loop() {
				s, err := Open(context.Background(), dir, Options{})
				if err != nil {
					b.Fatal(err)
				}
				list, err := s.Messages(b.Context(), contact(1).ID, Page{})
				if err != nil || len(list) != 50 {
					b.Fatal(len(list), err)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
		s := openTest(b, dir)
		middle := typical(n / 2).Position()
		for name, page := range map[string]Page{"end": {}, "before": {Before: &middle}, "around": {Around: &middle}} {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if list, err := s.Messages(b.Context(), contact(1).ID, page); err != nil || len(list) != 50 {
						b.Fatal(len(list), err)
					}
				}
			})
		}
		const setMark = `UPDATE conversation SET last_read_ms = ?` // in either direction
		b.Run(fmt.Sprintf("%d/read all", n), func(b *testing.B) {
			for b.Loop() {
				update(b, s, func(tx *Tx) error { return tx.must(setMark, typical(n).TimestampMS) })
			}
		})
		b.Run(fmt.Sprintf("%d/unread all", n), func(b *testing.B) {
			for b.Loop() {
				update(b, s, func(tx *Tx) error { return tx.must(setMark, 0) })
			}
		})
		if info, err := os.Stat(filepath.Join(dir, fileName)); err == nil {
			b.Logf("%d messages: %d bytes each", n, info.Size()/int64(n))
		}
	}
}

// BenchmarkConversationList lists 1,000 conversations with their last lines.
func BenchmarkConversationList(b *testing.B) {
	s := openTest(b, history(b, 1000, 999))
	b.ReportAllocs()
	for b.Loop() {
		if list, err := s.Conversations(b.Context()); err != nil || len(list) != 1000 {
			b.Fatal(len(list), err)
		}
	}
}

func BenchmarkTotals(b *testing.B) {
	s := openTest(b, history(b, 1000, 999))
	for b.Loop() {
		if _, err := s.Totals(b.Context(), 1); err != nil {
			b.Fatal(err)
		}
	}
}
