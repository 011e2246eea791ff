package vault

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// twin is the same database through SQLite's own VFS and through ours.
type twin struct {
	plainFile, file, vfs string
	plain, ours          *sql.DB
	pragmas              []string
}

func (w *twin) open(t rapid.TB) {
	w.plain, w.ours = connect(t, "", w.plainFile, w.pragmas...), connect(t, w.vfs, w.file, w.pragmas...)
	w.plain.SetMaxOpenConns(1)
	w.ours.SetMaxOpenConns(1)
}

func (w *twin) close() { w.plain.Close(); w.ours.Close() }

// exec runs the same on both; what fails must fail on both.
func (w *twin) exec(t *rapid.T, query string, args ...any) {
	_, plain := w.plain.Exec(query, args...)
	_, ours := w.ours.Exec(query, args...)
	if fmt.Sprint(plain) != fmt.Sprint(ours) {
		t.Fatalf("%s: %v, but %v", query, plain, ours)
	}
}

// same compares all that is in the tables.
func (w *twin) same(t *rapid.T) {
	const all = `SELECT (SELECT count(*) || ifnull(group_concat(id || ':' || hex(t) || n), '') FROM (SELECT * FROM m ORDER BY id))
		|| (SELECT ifnull(group_concat(n || ':' || id), '') FROM (SELECT id, n FROM m INDEXED BY m_n ORDER BY n, id))
		|| (SELECT ifnull(group_concat(rowid), '') FROM (SELECT rowid FROM f WHERE f MATCH 'a OR b OR c' ORDER BY rowid))`
	var plain, ours string
	if err := w.plain.QueryRow(all).Scan(&plain); err != nil {
		t.Fatal(err)
	}
	if err := w.ours.QueryRow(all).Scan(&ours); err != nil {
		t.Fatal(err)
	}
	if plain != ours {
		t.Fatalf("%d bytes of content, but %d", len(plain), len(ours))
	}
}

// TestModel does random work on both VFSes: with transactions that do not fit
// into the page cache, so that frames of the log are written again, savepoints,
// checkpoints, changes of the journal mode, and reopening.
func TestModel(t *testing.T) {
	key := newKey(t)
	v := register(t, key)
	dir := t.TempDir()
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		w := &twin{
			plainFile: filepath.Join(dir, fmt.Sprint("plain", round)),
			file:      filepath.Join(dir, fmt.Sprint("ours", round)),
			vfs:       v.Name(),
			pragmas: []string{"cache_size(5)", "synchronous(OFF)", "wal_autocheckpoint(30)",
				rapid.SampledFrom([]string{"temp_store(FILE)", "temp_store(MEMORY)"}).Draw(t, "temp"),
				rapid.SampledFrom([]string{"journal_mode(WAL)", "journal_mode(WAL)", "journal_mode(DELETE)", "journal_mode(PERSIST)"}).Draw(t, "journal"),
				rapid.SampledFrom([]string{"secure_delete(ON)", "secure_delete(OFF)"}).Draw(t, "delete")},
		}
		w.open(t)
		defer func() { w.close() }()
		w.exec(t, `CREATE TABLE m (id INTEGER PRIMARY KEY, t BLOB, n INTEGER); CREATE INDEX m_n ON m (n);
			CREATE VIRTUAL TABLE f USING fts5(t)`)
		text := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}), 1, 5)
		inside := 0
		t.Repeat(map[string]func(*rapid.T){
			"insert": func(t *rapid.T) {
				n := rapid.IntRange(1, 60).Draw(t, "rows")
				size := rapid.SampledFrom([]int{10, 300, 5000, 20000}).Draw(t, "size")
				for i := range min(n, 100_000/size) {
					w.exec(t, "INSERT INTO m (t, n) VALUES (CAST(printf('%.*c', ?, 'x') || ? AS BLOB), ?)", size, i, i*7%13)
				}
				w.exec(t, "INSERT INTO f (t) VALUES (?)", fmt.Sprint(text.Draw(t, "text")))
			},
			"update": func(t *rapid.T) {
				w.exec(t, "UPDATE m SET n = n + 1, t = t || 'y' WHERE id % ? = 0", rapid.IntRange(1, 9).Draw(t, "each"))
			},
			"delete": func(t *rapid.T) {
				w.exec(t, "DELETE FROM m WHERE id % ? = 0", rapid.IntRange(1, 9).Draw(t, "each"))
			},
			"begin": func(t *rapid.T) {
				if inside < 3 {
					inside++
					w.exec(t, fmt.Sprint("SAVEPOINT s", inside))
				}
			},
			"end": func(t *rapid.T) {
				if inside > 0 {
					w.exec(t, fmt.Sprint("RELEASE s", inside))
					inside--
				}
			},
			"undo": func(t *rapid.T) {
				if inside > 0 {
					w.exec(t, fmt.Sprint("ROLLBACK TO s", inside))
				}
			},
			"checkpoint": func(t *rapid.T) {
				w.exec(t, "PRAGMA wal_checkpoint("+rapid.SampledFrom([]string{"PASSIVE", "RESTART", "TRUNCATE"}).Draw(t, "kind")+")")
			},
			"journal": func(t *rapid.T) {
				if inside == 0 {
					w.exec(t, "PRAGMA journal_mode="+rapid.SampledFrom([]string{"WAL", "DELETE", "TRUNCATE"}).Draw(t, "mode"))
				}
			},
			"vacuum": func(t *rapid.T) { w.exec(t, "VACUUM") }, // refused within a transaction
			"reopen": func(t *rapid.T) {
				w.close()
				inside = 0
				w.open(t)
			},
			"": w.same,
		})
		w.exec(t, "PRAGMA integrity_check")
		if f := v.Faults(); len(f) > 0 {
			t.Fatal(f)
		}
	})
}

// TestBlocks compares journals and temporary files with plain memory: writes of
// any size anywhere, sizes, truncation, reopening.
func TestBlocks(t *testing.T) {
	key := newKey(t)
	v := register(t, key)
	dir := t.TempDir()
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		name := filepath.Join(dir, fmt.Sprint("journal", round))
		f := openRaw(t, v, name, sqlite3OpenJournal)
		defer func() { f.close() }()
		var model []byte
		offset := rapid.OneOf(rapid.IntRange(0, 3*payload), rapid.SampledFrom([]int{0, payload - 1, payload, payload + 1, 2 * payload, 512}))
		length := rapid.SampledFrom([]int{1, 4, 28, 512, payload, payload + 1, PageSize, 2*payload + 3})
		t.Repeat(map[string]func(*rapid.T){
			"write": func(t *rapid.T) {
				at, b := offset.Draw(t, "at"), make([]byte, length.Draw(t, "length"))
				for i := range b {
					b[i] = byte(at + i*7 + len(model))
				}
				if rc := f.write(b, int64(at)); rc != 0 {
					t.Fatal(rc)
				}
				if need := at + len(b); need > len(model) {
					model = append(model, make([]byte, need-len(model))...)
				}
				copy(model[at:], b)
			},
			"truncate": func(t *rapid.T) {
				to := min(offset.Draw(t, "to"), len(model))
				if rc := f.truncate(int64(to)); rc != 0 {
					t.Fatal(rc)
				}
				model = model[:to]
			},
			"read": func(t *rapid.T) {
				at, b := offset.Draw(t, "at"), make([]byte, length.Draw(t, "length"))
				for i := range b {
					b[i] = 0xee
				}
				want := make([]byte, len(b))
				n := 0
				if at < len(model) {
					n = copy(want, model[at:])
				}
				rc := f.read(b, int64(at))
				if string(b) != string(want) || (rc == 0) != (n == len(b)) {
					t.Fatalf("%d bytes at %d of %d: %d", len(b), at, len(model), rc)
				}
			},
			"reopen": func(t *rapid.T) {
				f.close()
				f = openRaw(t, v, name, sqlite3OpenJournal)
			},
			"": func(t *rapid.T) {
				if n := f.size(); n != int64(len(model)) {
					t.Fatalf("%d bytes instead of %d", n, len(model))
				}
			},
		})
	})
}
