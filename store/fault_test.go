package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// The long forms of the tests with faults of the disk, and the seed of any:
//
//	SEANCE_FAULTS=all SEANCE_FAULT_SEED=7 go test -run 'Disk|PowerCut' -timeout 1h ./store
const (
	faultsEnv    = "SEANCE_FAULTS"
	faultSeedEnv = "SEANCE_FAULT_SEED"
)

// everyFault says whether all places of a fault are to be tried, or some.
func everyFault() bool { return os.Getenv(faultsEnv) == "all" }

// often is how many places are left out for one that is tried.
func often() int {
	if testing.Short() {
		return 60
	}
	return 20
}

// crashRounds is how many times a process is killed, and the like.
func crashRounds() int {
	switch {
	case everyFault():
		return 300
	case testing.Short():
		return 4
	}
	return 12
}

func faultSeed(t *testing.T) *rand.Rand {
	t.Helper()
	seed, err := strconv.ParseUint(os.Getenv(faultSeedEnv), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("%s=%d", faultSeedEnv, seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// each is how many messages a step of the work adds; every third step removes
// those of the one before.
const each = 3

// takeStep is one transaction as the engine has them: messages with their events,
// what is searched, an entry of the outbox, a hash, a count.
func takeStep(s *Store, n int) error {
	return s.Update(context.Background(), func(tx *Tx) error {
		if err := tx.PutConversation(contact(1)); err != nil {
			return err
		}
		for i := range each {
			m := received(1, n*each+i+1, fmt.Sprint("step ", n, " ", i, strings.Repeat(" and so on", 200*i)))
			row, _, err := tx.InsertMessage(m)
			if err != nil {
				return err
			}
			if _, err := tx.AppendEvent("received", m.Conversation, row); err != nil {
				return err
			}
			if err := tx.MarkSeen(account(0).Pubkey(), 0, m.Hash, 1<<40); err != nil {
				return err
			}
			if i == 0 {
				if _, err := tx.Enqueue(Outgoing{Kind: OutgoingMessage, Target: account(1).Pubkey(), Data: []byte(m.Text), Message: row}); err != nil {
					return err
				}
			}
			if n%3 == 2 {
				if err := tx.DeleteMessage(row - each); err != nil {
					return err
				}
			}
		}
		return tx.SetSetting(counter, []byte(strconv.Itoa(n+1)))
	})
}

// stepsDone looks at all that the steps left, which has to be what whole steps
// leave, in their order, and tells how many there were.
func stepsDone(s *Store) (int, error) {
	ctx := context.Background()
	b, err := s.Setting(ctx, counter)
	if err != nil {
		return 0, err
	}
	steps, _ := strconv.Atoi(string(b)) // 0 before the first
	if steps == 0 {
		return 0, nil
	}
	var want []string
	for n := range steps {
		if n%3 == 1 && n+1 < steps {
			continue // the step behind removed them
		}
		for i := range each {
			want = append(want, fmt.Sprint("step ", n, " ", i))
		}
	}
	list, err := s.Messages(ctx, contact(1).ID, Page{Limit: 10_000})
	if err != nil {
		return steps, err
	}
	v, err := s.Conversation(ctx, contact(1).ID)
	if err != nil {
		return steps, err
	}
	events, err := s.Events(ctx, 0, 10_000)
	if err != nil {
		return steps, err
	}
	due, err := s.Due(ctx, account(1).Pubkey(), 1<<50, 10_000)
	if err != nil {
		return steps, err
	}
	if len(list) != len(want) || v.Unread != len(want) || len(events) != steps*each || len(due) != len(want)/each {
		return steps, fmt.Errorf("after %d steps: %d messages, %d unread, %d events, %d in the outbox; want %d messages",
			steps, len(list), v.Unread, len(events), len(due), len(want))
	}
	for i, m := range list {
		if !strings.HasPrefix(m.Text, want[i]) {
			return steps, fmt.Errorf("message %d is %.20q, want %.20q", i, m.Text, want[i])
		}
	}
	return steps, nil
}

// whole checks a database as SQLite does.
func whole(s *Store) error {
	for _, query := range []string{"PRAGMA integrity_check", "PRAGMA foreign_key_check"} {
		var answer string
		err := s.read.QueryRowContext(context.Background(), query).Scan(&answer)
		if err := explain(err); !errors.Is(err, ErrNotFound) && (err != nil || answer != "ok") {
			return fmt.Errorf("%s: %s, %w", query, answer, err)
		}
	}
	_, err := s.writer.ExecContext(context.Background(), "INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")
	return err
}

// TestAFailingDisk has the n-th change of a file fail, or all from the n-th on,
// for every n. What was committed before stays, what failed leaves nothing, and
// once the disk works again so does the store.
func TestAFailingDisk(t *testing.T) {
	random := faultSeed(t)
	const steps = 8
	codes := map[change][]int32{
		changeWrite:    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE},
		changeTruncate: {sqlite3.SQLITE_IOERR_TRUNCATE},
		changeSync:     {sqlite3.SQLITE_IOERR_FSYNC},
	}
	d := newDisk(t)
	try := func(first int, forever bool, pick int) (reached bool) {
		fresh := random.IntN(4) == 0
		var at change
		dir := t.TempDir()
		if !fresh {
			openTest(t, dir).Close()
		}
		d.fails(func(n int, kind change, _ string) int32 {
			if n < first || n > first && !forever {
				return sqlite3.SQLITE_OK
			}
			if n == first {
				at, reached = kind, true
			}
			return codes[kind][pick%len(codes[kind])]
		})
		what := func() string {
			return fmt.Sprintf("change %d (%s) failed, forever %t, %d, new %t", first, at, forever, pick, fresh)
		}
		told := func(err error) {
			t.Helper()
			if !errors.Is(err, ErrFull) && !errors.Is(err, ErrIO) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: the error is %v", what(), err)
			}
		}
		done := 0
		s, err := Open(t.Context(), dir, Options{Readers: 1})
		for n := 0; err == nil && n < steps; n++ {
			if err = takeStep(s, n); err == nil {
				done++
			}
			if n == steps/2 && err == nil { // an orderly end, with what it writes
				s.Close()
				s, err = Open(t.Context(), dir, Options{Readers: 1})
			}
		}
		if err != nil {
			told(err)
		}
		if s != nil {
			if !forever && err != nil {
				// The disk works again: so does the store, as if nothing had been.
				if n, err := stepsDone(s); err != nil || n != done {
					t.Errorf("%s: %d steps of %d, %v", what(), n, done, err)
				} else if err := takeStep(s, n); err != nil {
					t.Errorf("%s: another step: %v", what(), err)
				} else {
					done++
				}
			}
			_ = s.Close() // may fail to tidy up; nothing is lost by that
		}
		d.works()
		s, err = Open(t.Context(), dir, Options{Readers: 1})
		if err != nil {
			t.Errorf("%s: opening again: %v", what(), err)
			return reached
		}
		defer s.Close()
		// A step whose last sync failed may be on the disk all the same.
		n, err := stepsDone(s)
		if err != nil || n < done || n > done+1 {
			t.Errorf("%s: %d steps of %d after opening again, %v", what(), n, done, err)
		}
		if err := whole(s); err != nil {
			t.Errorf("%s: %v", what(), err)
		}
		if err := takeStep(s, n); err != nil {
			t.Errorf("%s: a step after opening again: %v", what(), err)
		}
		return reached
	}
	places := 0
	for first, reached := 1, true; reached; {
		for pick := range 2 {
			if everyFault() || random.IntN(2) == pick {
				reached = try(first, random.IntN(2) == 0, pick) && reached
				places++
			}
		}
		first++
		if !everyFault() {
			first += random.IntN(often())
		}
	}
	t.Logf("%d faults", places)
}

// TestAPowerCut looks at the files as a power cut leaves them: what was synced
// is there, and of all later writes any sectors. Every step that was reported
// is found, whole.
func TestAPowerCut(t *testing.T) {
	random := faultSeed(t)
	d := newDisk(t)
	dir := t.TempDir()
	s := openTest(t, dir)
	done, cuts := 0, 0
	type state struct {
		dir  string
		done int
	}
	var states []state
	d.watched(func(int) {
		if !everyFault() && random.IntN(often()) > 0 {
			return
		}
		to := t.TempDir()
		if err := d.afterPowerCut(random, dir, to); err != nil {
			t.Error(err)
		}
		states = append(states, state{to, done})
	})
	look := func() { // outside, where the disk is not in the way
		for _, found := range states {
			cuts++
			s, err := Open(t.Context(), found.dir, Options{Readers: 1})
			if err != nil {
				t.Errorf("after %d steps: %v", found.done, err)
				continue
			}
			if n, err := stepsDone(s); err != nil || n < found.done || n > found.done+1 {
				t.Errorf("%d steps of %d, %v", n, found.done, err)
			}
			if err := whole(s); err != nil {
				t.Errorf("after %d steps: %v", found.done, err)
			}
			s.Close()
			os.RemoveAll(found.dir)
		}
		states = nil
	}
	for n := range 25 {
		if n%8 == 7 { // the log goes into the database
			if _, err := s.writer.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
				t.Error(err)
			}
		}
		if err := takeStep(s, n); err != nil {
			t.Fatal(err)
		}
		done++
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	d.works()
	look()
	t.Logf("%d power cuts", cuts)
}
