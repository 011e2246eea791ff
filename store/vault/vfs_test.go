package vault

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const marker = "the white rabbit with pink eyes"

// fill makes tables with content that is recognised, and more of it than fits
// into a small page cache.
const fill = `
	CREATE TABLE m (id INTEGER PRIMARY KEY, t TEXT, n INTEGER);
	CREATE INDEX m_n ON m (n);
	CREATE VIRTUAL TABLE f USING fts5(t, content='m', content_rowid='id');
	WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < 3000)
	INSERT INTO m SELECT x, 'the white rabbit with pink eyes ' || x || hex(randomblob(100)), x*7919%3001 FROM c;
	INSERT INTO f(f) VALUES('rebuild');`

// TestEveryMode runs SQLite as different people configure it.
func TestEveryMode(t *testing.T) {
	modes := [][]string{
		{},
		{"synchronous(FULL)", "secure_delete(ON)", "journal_size_limit(0)"},
		{"cache_size(10)"},
		{"cache_size(10)", "temp_store(FILE)", "journal_mode(DELETE)"},
		{"cache_size(10)", "temp_store(FILE)", "journal_mode(PERSIST)"},
		{"cache_size(10)", "temp_store(FILE)", "journal_mode(TRUNCATE)", "mmap_size(1000000)"},
		{"cache_size(10)", "journal_mode(WAL)", "mmap_size(10000000)", "temp_store(FILE)", "wal_autocheckpoint(20)"},
		{"locking_mode(EXCLUSIVE)", "journal_mode(WAL)", "cache_size(10)"},
	}
	if testing.Short() {
		modes = modes[5:7]
	}
	for _, pragmas := range modes {
		t.Run("as "+strings.Join(pragmas, " "), func(t *testing.T) {
			key := newKey(t)
			file, v := create(t, key), register(t, key)
			db := open(t, v.Name(), file, pragmas...)
			db.SetMaxOpenConns(1)
			exec(t, db, fill)
			grepNone(t, filepath.Dir(file))
			for _, q := range []string{
				"BEGIN; UPDATE m SET t = t || 'a'; SAVEPOINT s; UPDATE m SET t = t || 'b', n = n + 1; ROLLBACK TO s; UPDATE m SET t = t || 'c' WHERE id % 2; COMMIT",
				"BEGIN; DELETE FROM m WHERE id % 3 = 0; ROLLBACK",
				"INSERT INTO f(f) VALUES('rebuild'); INSERT INTO f(f) VALUES('integrity-check')",
				"DELETE FROM m WHERE id % 3 = 0; INSERT INTO f(f) VALUES('rebuild'); VACUUM",
				"CREATE INDEX m_t ON m (t)",
				"CREATE TEMP TABLE x AS SELECT * FROM m; UPDATE x SET t = t || 'd'; CREATE INDEX temp.x_t ON x (t)",
			} {
				exec(t, db, q)
			}
			sound(t, db)
			grepNone(t, filepath.Dir(file))
			if n := scalar[int](t, db, "SELECT count(*) FROM m WHERE t LIKE ? || '%a%'", marker); n != 2000 {
				t.Errorf("%d rows", n)
			}
			if n := scalar[int](t, db, "SELECT count(*) FROM f WHERE f MATCH 'rabbit pink'"); n != 2000 {
				t.Errorf("%d rows by words", n)
			}
			into := filepath.Join(filepath.Dir(file), "copy.db")
			exec(t, db, "VACUUM INTO ?", "file:"+filepath.ToSlash(into)+"?vfs="+v.Name())
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			grepNone(t, filepath.Dir(file))
			for _, f := range []string{file, into} {
				if pages, damaged, err := VerifyDatabase(f, key, 10); err != nil || pages < 100 || len(damaged) > 0 {
					t.Errorf("%d pages, damaged %v, %v", pages, damaged, err)
				}
				db := open(t, v.Name(), f, pragmas...)
				sound(t, db)
				if n := scalar[int](t, db, "SELECT count(*) FROM f WHERE f MATCH 'rabbit pink'"); n != 2000 {
					t.Errorf("%d rows after opening again", n)
				}
				db.Close()
			}
			if faults := v.Faults(); len(faults) > 0 {
				t.Error(faults)
			}
		})
	}
}

// grepNone fails if a file shows what is in the tables, or that it is SQLite's.
func grepNone(t *testing.T, dir string) {
	t.Helper()
	var seen []string
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		seen = append(seen, d.Name())
		b, err := os.ReadFile(name)
		for _, plain := range []string{"white rabbit", "SQLite format", "CREATE TABLE", "CREATE INDEX"} {
			if bytes.Contains(b, []byte(plain)) {
				t.Errorf("%s contains %q", d.Name(), plain)
			}
		}
		return err
	})
	if err != nil || len(seen) == 0 {
		t.Fatal(seen, err)
	}
}

func TestNewDatabaseNeedsNoCreation(t *testing.T) {
	v := register(t, newKey(t))
	file := filepath.Join(t.TempDir(), "new.db")
	db := open(t, v.Name(), file)
	exec(t, db, fill)
	if got := scalar[int](t, db, "PRAGMA page_size"); got != PageSize {
		t.Errorf("pages of %d bytes", got)
	}
	sound(t, db)
	db.Close()
	grepNone(t, filepath.Dir(file))
}

func TestEmptyDatabase(t *testing.T) {
	key := newKey(t)
	file := create(t, key)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || info.Size() != PageSize {
		t.Fatal(info, err)
	}
	if err := CreateDatabase(file, key); !os.IsExist(err) && !strings.Contains(fmt.Sprint(err), "exists") {
		t.Errorf("created over a file: %v", err)
	}
	db := open(t, register(t, key).Name(), file)
	sound(t, db)
	for pragma, want := range map[string]string{"journal_mode": "wal", "encoding": "UTF-8", "page_size": "4096", "page_count": "1"} {
		if got := scalar[string](t, db, "PRAGMA "+pragma); got != want {
			t.Errorf("%s is %s", pragma, got)
		}
	}
}
