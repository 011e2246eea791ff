package messaging

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"seance/messaging/id"
	"seance/network/netfile"
	"seance/store"
)

// quiet is a client that never runs, with a contact who wrote so many messages.
func quiet(t *testing.T, dir string, messages int, change func(int, *store.Message)) (*Client, id.Conversation) {
	t.Helper()
	c, err := Create(t.Context(), Options{Dir: dir}, NewAccount{Seed: mustSeed(t, "Alice"), Name: "Alice", Network: netfile.Session()})
	if err != nil {
		t.Fatal(err)
	}
	bob := mustSeed(t, "Bob").Keys().Account()
	conv := id.With(bob)
	err = c.db.Update(t.Context(), func(tx *store.Tx) error {
		err := tx.PutConversation(store.Conversation{ID: conv, Kind: id.KindContact, Name: "Bob", Hidden: true})
		for i := range messages {
			m := store.Message{
				Conversation: conv, Author: bob.Sender(), Direction: store.In, TimestampMS: int64(1 + i), Kind: store.KindMessage, Text: fmt.Sprint(i),
			}
			change(i, &m)
			_, _, inserted := tx.InsertMessage(m)
			err = errors.Join(err, inserted)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, conv
}

func TestHistory(t *testing.T) {
	now := time.Now().UnixMilli()
	for _, n := range []int{0, 1, historyPage - 1, historyPage, 2*historyPage + 7} {
		c, conv := quiet(t, t.TempDir(), n, func(i int, m *store.Message) {
			switch i % 10 {
			case 3:
				m.Expire = store.Expire{Mode: store.ExpireAfterSend, Seconds: 1, AtMS: now - 1}
			case 5:
				m.Expire = store.Expire{Mode: store.ExpireAfterRead, Seconds: 3600, AtMS: now + 3_600_000}
			case 7:
				m.Expire = store.Expire{Mode: store.ExpireAfterRead, Seconds: 3600}
			}
		})
		var want, got []string
		for i := range n {
			if i%10 != 3 {
				want = append(want, fmt.Sprint(i))
			}
		}
		for m, err := range c.History(t.Context(), conv) {
			if err != nil || m.Name != "Bob" {
				t.Fatalf("%+v, %v", m, err)
			}
			got = append(got, m.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("of %d messages there are %d, want %d", n, len(got), len(want))
		}
		for range c.History(t.Context(), conv) {
			break // it must not go on
		}
		list, err := c.EveryConversation(t.Context())
		if err != nil || !slices.ContainsFunc(list, func(v Conversation) bool { return v.ID == conv && v.Title == "Bob" }) {
			t.Errorf("%+v, %v", list, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		ended := 0
		for _, err := range c.History(t.Context(), conv) {
			if ended++; !errors.Is(err, store.ErrClosed) {
				t.Errorf("of a closed client: %v", err)
			}
		}
		if ended != 1 {
			t.Errorf("%d errors", ended)
		}
	}
}

func TestUpkeepOfAProfile(t *testing.T) {
	dir := t.TempDir()
	profile, file := filepath.Join(dir, "profile"), filepath.Join(dir, "file")
	o, next := Options{Dir: profile, Holder: "test"}, Options{Dir: filepath.Join(dir, "next"), Holder: "test"}
	for what, f := range map[string]func() error{
		"a backup": func() error { _, err := Backup(t.Context(), o, file, false); return err },
		"a check":  func() error { _, err := Check(t.Context(), o, false); return err },
		"wiping":   func() error { _, err := Wipe(o); return err },
	} {
		if err := f(); !errors.Is(err, ErrNoAccount) {
			t.Errorf("%s of nothing: %v", what, err)
		}
	}
	c, _ := quiet(t, profile, 3, func(int, *store.Message) {})
	if _, err := Backup(t.Context(), o, file, false); err != nil {
		t.Errorf("while it is open: %v", err)
	}
	var locked *store.LockedError
	if _, err := Wipe(o); !errors.As(err, &locked) {
		t.Errorf("wiping while it is open: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := RestoreBackup(t.Context(), o, file); !errors.Is(err, ErrAccountExists) {
		t.Errorf("restoring over it: %v", err)
	}
	if sum, err := RestoreBackup(t.Context(), next, file); err != nil || sum.Account != c.Self().Account {
		t.Errorf("%+v, %v", sum, err)
	}
	if _, err := Wipe(o); err != nil {
		t.Error(err)
	}
	if _, err := Open(t.Context(), o); !errors.Is(err, ErrNoAccount) {
		t.Errorf("after wiping: %v", err)
	}
	restored, err := Open(t.Context(), next)
	if err != nil {
		t.Fatal(err)
	}
	if restored.Self() != c.Self() || restored.RecoveryPhrase() != c.RecoveryPhrase() {
		t.Errorf("%+v", restored.Self())
	}
	if err := restored.Close(); err != nil {
		t.Error(err)
	}
}
