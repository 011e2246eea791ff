package mailbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

var me = Owner{5, 1}

func open(t testing.TB, dir string) *DB {
	t.Helper()
	db, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// msg is a message that was stored at a time and lives for 1000 ms.
func msg(text string, at int64) Message {
	data := []byte(text)
	return Message{Hash: Hash(me, 0, data), Owner: me, Timestamp: at, Expiry: at + 1000, Changed: at, Data: data}
}

func store(t testing.TB, db *DB, m Message) Stored {
	t.Helper()
	s, err := db.Store(m, false)()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t testing.TB, db *DB, now int64) string {
	t.Helper()
	list, _, err := db.Retrieve(me, 0, "", 0, 1<<40, now)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, m := range list {
		text += string(m.Data) + " "
	}
	return text
}

func TestStoreAgainKeepsTheLaterExpiry(t *testing.T) {
	db := open(t, t.TempDir())
	defer db.Close()
	m := msg("a", 1)
	if s := store(t, db, m); !s.New || s.Expiry != 1001 {
		t.Errorf("%+v", s)
	}
	m.Expiry = 900
	if s := store(t, db, m); s.New || s.Expiry != 1001 {
		t.Errorf("%+v", s)
	}
	m.Expiry = 2000
	if s := store(t, db, m); s.New || s.Expiry != 2000 {
		t.Errorf("%+v", s)
	}
	if e, err := db.Expiries(me, []string{m.Hash, "x"}, 0); err != nil || len(e) != 1 || e[m.Hash] != 2000 {
		t.Errorf("%v %v", e, err)
	}
}

func TestExpiredIsGone(t *testing.T) {
	db := open(t, t.TempDir())
	defer db.Close()
	store(t, db, msg("a", 1))
	store(t, db, msg("b", 500))
	if got := read(t, db, 1000); got != "a b " {
		t.Errorf("%q", got)
	}
	if got := read(t, db, 1001); got != "b " {
		t.Errorf("%q", got)
	}
	if next, err := db.RemoveExpired(1001); err != nil || next != 1500 {
		t.Errorf("%d %v", next, err)
	}
	if got := read(t, db, 0); got != "b " {
		t.Errorf("%q", got)
	}
	if next, err := db.RemoveExpired(1500); err != nil || next != 0 {
		t.Errorf("%d %v", next, err)
	}
}

func TestKeptAcrossReopening(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	store(t, db, msg("a", 1))
	epoch, end := db.Epoch(), db.end.Load()
	db.DeleteHashes(me, []string{msg("a", 1).Hash}, 2)()
	store(t, db, msg("b", 1))
	db.SetCursor([]byte("peer"), "e", "s", 7)
	db.RemoveExpired(5000) // empties the log
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Store(msg("c", 1), false)(); !errors.Is(err, ErrClosed) {
		t.Errorf("storing after Close: %v", err)
	}
	db = open(t, dir)
	defer db.Close()
	if db.Epoch() != epoch || db.end.Load() <= end {
		t.Errorf("the log goes on as %s at %d, was %s at %d", db.Epoch(), db.end.Load(), epoch, end)
	}
	if e, seq, err := db.Cursor([]byte("peer"), "s"); err != nil || e != "e" || seq != 7 {
		t.Errorf("cursor %s %d %v", e, seq, err)
	}
	if e, seq, err := db.Cursor([]byte("peer"), "other"); err != nil || e != "" || seq != 0 {
		t.Errorf("cursor of another swarm %s %d %v", e, seq, err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, f := range files {
		if i, err := os.Stat(f); err != nil || i.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", f, i.Mode(), err)
		}
	}
}

// copyLog brings b up to date with a, as a node does.
func copyLog(t *testing.T, a, b *DB, since, now int64) int64 {
	t.Helper()
	for {
		changes, err := a.Changes(since, 3, now)
		if err != nil {
			t.Fatal(err)
		}
		if len(changes) == 0 {
			return since
		}
		since = changes[len(changes)-1].Seq
		missing, err := b.Apply(changes, now)
		if err != nil {
			t.Fatal(err)
		}
		for len(missing) > 0 {
			list, err := a.Fetch(missing, 1, now)
			if err != nil || len(list) == 0 {
				t.Fatalf("fetch: %v", err)
			}
			if _, err := b.Put(list, now); err != nil {
				t.Fatal(err)
			}
			missing = missing[len(list):]
		}
	}
}

func TestLogsConverge(t *testing.T) {
	a, b := open(t, t.TempDir()), open(t, t.TempDir())
	defer a.Close()
	defer b.Close()
	for i := range 5 {
		store(t, a, msg(fmt.Sprint(i), int64(i+1)))
	}
	since := copyLog(t, a, b, 0, 10)
	if got := read(t, b, 10); got != "0 1 2 3 4 " {
		t.Fatalf("%q", got)
	}
	// Each goes its own way.
	h := func(i int) string { return msg(fmt.Sprint(i), 0).Hash }
	a.DeleteHashes(me, []string{h(0)}, 20)()
	b.DeleteHashes(me, []string{h(1)}, 20)()
	a.SetExpiry(me, []string{h(2)}, []int64{5000}, Any, 21)()
	b.SetExpiry(me, []string{h(2)}, []int64{4000}, Any, 22)()       // later: it counts
	b.SetExpiry(me, []string{h(3)}, []int64{300}, OnlyExtend, 23)() // changes nothing
	a.DeleteHashes(me, []string{h(4)}, 30)()
	b.SetExpiry(me, []string{h(4)}, []int64{6000}, Any, 25)() // earlier than the deletion
	store(t, b, msg("b", 40))
	copyLog(t, a, b, since, 50)
	copyLog(t, b, a, 0, 50)
	for _, db := range []*DB{a, b} {
		if got := read(t, db, 50); got != "2 3 b " {
			t.Errorf("%q", got)
		}
		if e, _ := db.Expiries(me, []string{h(2), h(3)}, 50); e[h(2)] != 4000 || e[h(3)] != 1004 {
			t.Errorf("%v", e)
		}
	}
	// What was deleted can be stored again, and that reaches the other.
	store(t, a, msg("0", 20))
	copyLog(t, a, b, 0, 50)
	if got := read(t, b, 50); got != "2 3 b 0 " {
		t.Errorf("%q", got)
	}
	// Nothing goes back and forth for ever.
	end := b.end.Load()
	copyLog(t, a, b, 0, 50)
	if b.end.Load() != end {
		t.Error("copying the same again changes something")
	}
}

func TestDeletingForgetsRevocations(t *testing.T) {
	db := open(t, t.TempDir())
	defer db.Close()
	token := bytes.Repeat([]byte{1}, 36)
	check := func(want bool) {
		t.Helper()
		if got, err := db.Revoked(me, token); err != nil || got != want {
			t.Errorf("revoked: %v %v", got, err)
		}
	}
	db.Revoke(me, [][]byte{token}, 50, 1)()
	check(false)
	store(t, db, msg("a", 1))
	db.Revoke(me, [][]byte{token}, 50, 1)()
	check(true)
	if n, err := db.Restore(me, [][]byte{token, {2}})(); n != 1 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	check(false)
	db.Revoke(me, [][]byte{token}, 50, 2)()
	for i := range 50 {
		db.Revoke(me, [][]byte{{byte(i)}}, 50, int64(3+i))()
	}
	check(false) // the oldest of 51
	db.Revoke(me, [][]byte{token}, 50, 100)()
	db.RemoveExpired(5000)
	check(false)
}

// Many at once come out as if one after the other, and a change that fails
// takes none of its neighbours along.
func TestGroups(t *testing.T) {
	db := open(t, t.TempDir())
	defer db.Close()
	boom := errors.New("boom")
	var all sync.WaitGroup
	for i := range 300 {
		all.Go(func() {
			switch {
			case i%50 == 7:
				if _, err := change(db, func(t *tx) (int, error) { return 0, boom })(); !errors.Is(err, boom) {
					t.Errorf("%v", err)
				}
			case i%50 == 9:
				if _, err := change(db, func(t *tx) (int, error) { panic("boom") })(); err == nil {
					t.Error("a panic is no error")
				}
			default:
				store(t, db, msg(fmt.Sprint(i), 1))
			}
		})
	}
	all.Wait()
	list, _, err := db.Retrieve(me, 0, "", 0, 1<<40, 0)
	if err != nil || len(list) != 288 {
		t.Errorf("%d messages: %v", len(list), err)
	}
	changes, _ := db.Changes(0, 1000, 0)
	if len(changes) != 288 || !slices.IsSortedFunc(changes, func(a, b Change) int { return int(a.Seq - b.Seq) }) {
		t.Errorf("%d changes", len(changes))
	}
}

func BenchmarkStore(b *testing.B) {
	db := open(b, b.TempDir())
	defer db.Close()
	pad := string(make([]byte, 1000))
	i := 0
	for b.Loop() {
		i++
		store(b, db, msg(fmt.Sprint(i, pad), 1))
	}
}

func BenchmarkRetrieveNothingNew(b *testing.B) {
	db := open(b, b.TempDir())
	defer db.Close()
	for i := range 100 {
		store(b, db, msg(fmt.Sprint(i), 1))
	}
	last := msg("99", 1).Hash
	for b.Loop() {
		if list, _, err := db.Retrieve(me, 0, last, 0, 1<<20, 1); err != nil || len(list) != 0 {
			b.Fatal(len(list), err)
		}
	}
}
