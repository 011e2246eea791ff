package vault

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// rounds is how often a random test is repeated.
func rounds(short, usual int) int {
	switch {
	case os.Getenv("SEANCE_LONG") != "":
		return 50 * usual
	case testing.Short():
		return short
	}
	return usual
}

// snapshot copies a database as a process that is killed now leaves it.
func snapshot(t testing.TB, file string, suffixes ...string) string {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "test.db")
	for _, suffix := range append(suffixes, "") {
		writeFile(t, copied+suffix, readFile(t, file+suffix))
	}
	return copied
}

// TestKilled takes a copy at random points within transactions that are larger
// than the page cache, with the checkpoints that happen in between, and cuts off
// some of what no commit has reached.
func TestKilled(t *testing.T) {
	key := newKey(t)
	file, v := create(t, key), register(t, key)
	db := open(t, v.Name(), file, "wal_autocheckpoint(60)", "cache_size(5)")
	db.SetMaxOpenConns(1)
	exec(t, db, "CREATE TABLE m (id INTEGER PRIMARY KEY, t TEXT, n INTEGER); CREATE INDEX m_n ON m (n)")
	r := rand.New(rand.NewPCG(5, 6))
	for committed := range rounds(8, 30) {
		exec(t, db, "BEGIN")
		exec(t, db, "INSERT INTO m VALUES (?, hex(randomblob(?)), 0)", committed+1, 1+r.IntN(30_000))
		steps := 1 + r.IntN(3)
		for step := range steps {
			exec(t, db, "UPDATE m SET n = n + ?", step+1)
			exec(t, db, "UPDATE m SET t = hex(randomblob(length(t)/2)) WHERE id % 3 = ?", r.IntN(3))
			copied := snapshot(t, file, "-wal")
			log, err := InspectWAL(copied, key)
			if err != nil || log.Dropped {
				t.Fatal(log, err)
			}
			size := int64(walHeader + log.Committed*frameSize)
			if info, err := os.Stat(copied + "-wal"); err == nil && info.Size() > size {
				if err := os.Truncate(copied+"-wal", size+r.Int64N(info.Size()-size)); err != nil {
					t.Fatal(err)
				}
			}
			if n := recovered(t, v, copied); n != committed {
				t.Fatalf("%d transactions after %d", n, committed)
			}
		}
		exec(t, db, "UPDATE m SET n = n - ?", steps*(steps+1)/2-1)
		exec(t, db, "COMMIT")
	}
	if f := v.Faults(); len(f) > 0 {
		t.Error(f)
	}
}

// TestKilledWhileCheckpointing leaves each page of the main file as it was, as
// it became, or torn. The log has them all.
func TestKilledWhileCheckpointing(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range rounds(2, 6) {
		file, key := logged(t, 8)
		v := register(t, key)
		before, log := readFile(t, file), readFile(t, file+"-wal")
		recovered(t, v, file) // closing copies the log into it
		after := readFile(t, file)
		if _, err := os.Stat(file + "-wal"); err == nil {
			t.Fatal("the log is still there")
		}
		mixed := append([]byte(nil), after[:(1+r.IntN(len(after)/PageSize))*PageSize-r.IntN(2)*100]...)
		for page := 0; (page+1)*PageSize <= min(len(mixed), len(before)); page++ {
			b := mixed[page*PageSize : (page+1)*PageSize]
			switch r.IntN(3) {
			case 0:
				copy(b, before[page*PageSize:])
			case 1:
				copy(b[:r.IntN(8)*512], before[page*PageSize:])
			}
		}
		writeFile(t, file, mixed)
		writeFile(t, file+"-wal", log)
		if err := CheckKey(file, key); err != nil {
			t.Fatal(err)
		}
		if n := recovered(t, v, file); n != 8 {
			t.Fatalf("%d transactions", n)
		}
		if _, damaged, err := VerifyDatabase(file, key, 10); err != nil || len(damaged) > 0 {
			t.Error(damaged, err)
		}
	}
}

// TestKilledWithARollbackJournal is the other way in which SQLite survives.
func TestKilledWithARollbackJournal(t *testing.T) {
	key := newKey(t)
	file, v := create(t, key), register(t, key)
	db := open(t, v.Name(), file, "journal_mode(DELETE)", "cache_size(5)", "synchronous(FULL)")
	db.SetMaxOpenConns(1)
	exec(t, db, "CREATE TABLE m (id INTEGER PRIMARY KEY, t TEXT, n INTEGER)")
	for i := range 40 {
		exec(t, db, "INSERT INTO m VALUES (?, hex(randomblob(2000)), ?)", i+1, 40-i)
	}
	changed := readFile(t, file)
	exec(t, db, "BEGIN")
	for step := range 4 {
		exec(t, db, "UPDATE m SET t = hex(randomblob(2000)), n = n + 7 WHERE id % 4 = ?", step)
		copied := snapshot(t, file, "-journal")
		if same := string(readFile(t, copied)) == string(changed); same && step > 0 {
			t.Error("nothing to roll back")
		}
		grepNone(t, filepath.Dir(copied))
		if n := recovered(t, v, copied); n != 40 {
			t.Errorf("%d rows", n)
		}
		// A journal whose start is torn was not synced: nothing needs it.
		torn := snapshot(t, file)
		writeFile(t, torn, changed)
		journal := readFile(t, file+"-journal")
		journal[step*911] ^= 1
		writeFile(t, torn+"-journal", journal)
		if n := recovered(t, v, torn); n != 40 {
			t.Errorf("%d rows", n)
		}
	}
	exec(t, db, "ROLLBACK")
	db.Close()
	if n := recovered(t, v, file); n != 40 {
		t.Errorf("%d rows", n)
	}
}

// TestTransactionsAreWhole reads and checkpoints while transactions are
// written: every reader sees one of the states in between.
func TestTransactionsAreWhole(t *testing.T) {
	key := newKey(t)
	file, v := create(t, key), register(t, key)
	db := open(t, v.Name(), file, "busy_timeout(30000)", "cache_size(10)", "wal_autocheckpoint(40)")
	db.SetMaxOpenConns(5)
	exec(t, db, "CREATE TABLE m (id INTEGER PRIMARY KEY, t TEXT, n INTEGER)")
	for i := range 100 {
		exec(t, db, "INSERT INTO m VALUES (?, hex(randomblob(500)), 0)", i)
	}
	done := make(chan error, 5)
	stop := make(chan struct{})
	for range 3 {
		go func() {
			for {
				select {
				case <-stop:
					done <- nil
					return
				default:
				}
				var low, high, count, length int
				err := db.QueryRow("SELECT min(n), max(n), count(*), sum(length(t)) FROM m").Scan(&low, &high, &count, &length)
				if err != nil || low != high || count != 100 || length != 100*1000 {
					done <- fmt.Errorf("%d..%d, %d rows, %d bytes, %w", low, high, count, length, err)
					return
				}
			}
		}()
	}
	go func() {
		defer close(stop)
		for i := range rounds(8, 60) {
			if _, err := db.Exec("UPDATE m SET n = n + 1, t = hex(randomblob(500))"); err != nil {
				done <- err
				return
			}
			if i%10 == 0 {
				if _, err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
					done <- err
					return
				}
			}
		}
		done <- nil
	}()
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	sound(t, db)
	if f := v.Faults(); len(f) > 0 {
		t.Error(f)
	}
}
