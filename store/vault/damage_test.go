package vault

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// population is a closed database of a few hundred pages, all of them in the
// main file, and its key.
func population(t testing.TB) (file string, key Key, v *VFS) {
	key = newKey(t)
	file, v = create(t, key), register(t, key)
	db := open(t, v.Name(), file)
	exec(t, db, fill)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return file, key, v
}

// readAll reads everything that is in the tables of fill.
func readAll(db *sql.DB) (string, error) {
	var check, all string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&check); err != nil || check != "ok" {
		return "", errors.Join(err, errors.New(check))
	}
	err := db.QueryRow(`SELECT group_concat(id || t || n) || (SELECT count(*) FROM f WHERE f MATCH 'rabbit') FROM m`).Scan(&all)
	return all, err
}

func isCorrupt(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_CORRUPT
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDamageInTheMainFileIsFound(t *testing.T) {
	file, key, v := population(t)
	whole := readFile(t, file)
	pages := int64(len(whole) / PageSize)
	other := readFile(t, create(t, key))
	r := rand.New(rand.NewPCG(1, 2))
	for name, damage := range map[string]func(b []byte, page int64){
		"a bit":              func(b []byte, page int64) { b[(page-1)*PageSize+r.Int64N(PageSize)] ^= 1 << r.IntN(8) },
		"a bit of the tag":   func(b []byte, page int64) { b[page*PageSize-Reserved+r.Int64N(tagSize)] ^= 1 << r.IntN(8) },
		"a bit of the nonce": func(b []byte, page int64) { b[page*PageSize-Reserved+tagSize+r.Int64N(nonceSize)] ^= 1 << r.IntN(8) },
		"a spare bit":        func(b []byte, page int64) { b[page*PageSize-1-r.Int64N(4)] ^= 1 << r.IntN(8) },
		"another page":       func(b []byte, page int64) { copy(b[(page-1)*PageSize:], whole[page%pages*PageSize:][:PageSize]) },
		"a page of another file": func(b []byte, page int64) {
			if page == 1 { // the first page of a database with this key does open: it is an earlier state
				page = 2
			}
			copy(b[(page-1)*PageSize:], other[:PageSize])
		},
		"zeros": func(b []byte, page int64) { clear(b[(page-1)*PageSize : page*PageSize]) },
	} {
		t.Run(name, func(t *testing.T) {
			for i := range int64(rounds(4, 12)) {
				page := 1 + r.Int64N(pages)
				if i < 3 {
					page = i + 1
				}
				b := slices.Clone(whole)
				damage(b, page)
				writeFile(t, file, b)
				_, damaged, err := VerifyDatabase(file, key, 100)
				if page = max(page, 1); err != nil || len(damaged) != 1 {
					t.Fatalf("page %d: verification says %v, %v", page, damaged, err)
				}
				before := len(v.Faults())
				db := open(t, v.Name(), file)
				if _, err := readAll(db); err == nil {
					t.Errorf("page %d: the damage is not noticed", damaged[0])
				}
				db.Close()
				faults := v.Faults()
				known := slices.ContainsFunc(faults, func(f Fault) bool { return f.Page == damaged[0] && filepath.Base(f.File) == "test.db" })
				if !known && len(faults) < maxFaults {
					t.Errorf("page %d is not among the %d faults (%d before)", damaged[0], len(faults), before)
				}
				if err := CheckKey(file, key); err != nil {
					t.Errorf("the key does not fit: %v", err)
				}
			}
		})
	}
}

func TestTruncatedMainFileIsFound(t *testing.T) {
	file, _, v := population(t)
	whole := readFile(t, file)
	for _, size := range []int{len(whole) - 1, len(whole) - PageSize, len(whole) / 2, 3 * PageSize, PageSize, PageSize / 2} {
		writeFile(t, file, whole[:size])
		db := open(t, v.Name(), file)
		if got, err := readAll(db); err == nil {
			t.Errorf("%d of %d bytes are read as a database of %d", size, len(whole), len(got))
		}
		db.Close()
	}
}

func TestKeysAreToldApart(t *testing.T) {
	file, key, _ := population(t)
	other := newKey(t)
	if err := CheckKey(file, key); err != nil {
		t.Error(err)
	}
	if err := CheckKey(file, other); !errors.Is(err, ErrWrongKey) {
		t.Errorf("another key: %v", err)
	}
	if err := CheckKey(file+"x", key); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	b := readFile(t, file)
	b[100] ^= 1
	writeFile(t, file, b)
	if err := CheckKey(file, key); err != nil {
		t.Errorf("the right key for a damaged database: %v", err)
	}
	if err := CheckKey(file, other); !errors.Is(err, ErrWrongKey) {
		t.Errorf("another key for a damaged database: %v", err)
	}
	v := register(t, other)
	db := open(t, v.Name(), file)
	if _, err := db.Exec("INSERT INTO m VALUES (1, 'x', 2)"); !isCorrupt(err) {
		t.Errorf("written with another key: %v", err)
	}
	db.Close()
	if string(b) != string(readFile(t, file)) {
		t.Error("another key changed the file")
	}
}

// logged is a directory as a crash leaves it: a database whose later
// transactions are in its log only. Transaction i inserts the row i and changes
// others.
func logged(t testing.TB, transactions int) (file string, key Key) {
	t.Helper()
	key = newKey(t)
	live, v := create(t, key), register(t, key)
	db := open(t, v.Name(), live, "wal_autocheckpoint(0)", "cache_size(10)")
	db.SetMaxOpenConns(1)
	exec(t, db, "CREATE TABLE m (id INTEGER PRIMARY KEY, t TEXT, n INTEGER); CREATE TABLE f (t)")
	exec(t, db, "PRAGMA wal_checkpoint(TRUNCATE)")
	for i := range transactions {
		exec(t, db, "BEGIN")
		exec(t, db, "INSERT INTO m VALUES (?, ?, 0)", i+1, fmt.Sprint(marker, i))
		exec(t, db, `WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < 200)
			INSERT INTO f SELECT hex(randomblob(300)) FROM c WHERE ? % 4 = 0`, i) // more than the page cache holds
		exec(t, db, "UPDATE m SET n = n + 1")
		exec(t, db, "COMMIT")
	}
	file = filepath.Join(t.TempDir(), "test.db")
	writeFile(t, file, readFile(t, live))
	writeFile(t, file+"-wal", readFile(t, live+"-wal"))
	return file, key
}

// recovered opens a database after a crash and gives how many transactions of
// logged are in it, which must be all up to some point.
func recovered(t testing.TB, v *VFS, file string) int {
	t.Helper()
	db := connect(t, v.Name(), file)
	defer db.Close()
	sound(t, db)
	n := scalar[int](t, db, "SELECT count(*) FROM m")
	if last := scalar[int](t, db, "SELECT ifnull(max(id), 0) FROM m"); last != n {
		t.Errorf("%d transactions, the last is %d", n, last)
	}
	if bad := scalar[int](t, db, "SELECT count(*) FROM m WHERE n != ? - id + 1", n); bad != 0 {
		t.Errorf("%d rows are not those of transaction %d", bad, n)
	}
	return n
}

func TestDamageInTheLogEndsRecoveryThere(t *testing.T) {
	const transactions = 12
	file, key := logged(t, transactions)
	v := register(t, key)
	main, log := readFile(t, file), readFile(t, file+"-wal")
	whole, err := InspectWAL(file, key)
	if err != nil || whole.Dropped || whole.Valid != whole.Present || whole.Committed != whole.Valid || whole.Valid < 100 {
		t.Fatal(whole, err)
	}
	frames := (len(log) - walHeader) / frameSize
	r := rand.New(rand.NewPCG(3, 4))
	seen := map[int]bool{}
	for i := range rounds(36, 120) {
		b := slices.Clone(log)
		frame := r.IntN(frames)
		start := walHeader + frame*frameSize
		switch i % 6 {
		case 0: // a bit anywhere
			b[start+r.IntN(frameSize)] ^= 1 << r.IntN(8)
		case 1: // a bit of a header
			b[start+r.IntN(frameHeader)] ^= 1 << r.IntN(8)
		case 2: // another frame
			copy(b[start:start+frameSize], log[walHeader+(frame+1)%frames*frameSize:])
		case 3: // another page under this header
			copy(b[start+frameHeader:start+frameSize], log[walHeader+(frame+1)%frames*frameSize+frameHeader:])
		case 4:
			clear(b[start : start+frameSize])
		case 5: // the end of it is missing
			b = b[:start+r.IntN(frameSize)]
		}
		writeFile(t, file, main)
		writeFile(t, file+"-wal", b)
		os.Remove(file + "-shm")
		got, err := InspectWAL(file, key)
		if err != nil || got.Valid != frame || got.Dropped != (i%6 != 5) {
			t.Fatalf("damage in frame %d: %+v, %v", frame+1, got, err)
		}
		n := recovered(t, v, file)
		if (n == transactions) != (got.Committed == whole.Committed) {
			t.Errorf("%d transactions of %d frames", n, got.Committed)
		}
		seen[n] = true
	}
	if len(seen) < 5 {
		t.Errorf("the damage left only %d different states", len(seen))
	}
	for bit := range walHeader * 8 {
		b := slices.Clone(log)
		b[bit/8] ^= 1 << (bit % 8)
		writeFile(t, file+"-wal", b)
		if got, err := InspectWAL(file, key); err != nil || !got.Dropped || got.Valid != 0 {
			t.Fatalf("bit %d of the log's header: %+v, %v", bit, got, err)
		}
	}
}

// TestDamagedFrameIsNoPage damages the log below an open database: what is read
// there afterwards is an error, not zeros.
func TestDamagedFrameIsNoPage(t *testing.T) {
	key := newKey(t)
	file, v := create(t, key), register(t, key)
	db := open(t, v.Name(), file, "wal_autocheckpoint(0)")
	exec(t, db, fill)
	log, err := os.OpenFile(file+"-wal", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	info, err := log.Stat()
	if err != nil {
		t.Fatal(err)
	}
	for start := int64(walHeader); start < info.Size(); start += frameSize {
		if _, err := log.WriteAt(make([]byte, 8), start+frameSize/2); err != nil {
			t.Fatal(err)
		}
	}
	other := open(t, v.Name(), file)
	if all, err := readAll(other); !isCorrupt(err) {
		t.Errorf("%d bytes, %v", len(all), err)
	}
	if f := v.Faults(); len(f) == 0 || filepath.Base(f[0].File) != "test.db-wal" {
		t.Error(f)
	}
	// Neither are they copied into the main file.
	if _, err := other.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err == nil {
		t.Error("damaged frames are copied")
	}
}

// TestEarlierRoundOfTheLog puts frames of an earlier round of the log into a
// later one, with headers made to fit.
func TestEarlierRoundOfTheLog(t *testing.T) {
	key := newKey(t)
	file, v := create(t, key), register(t, key)
	db := open(t, v.Name(), file, "wal_autocheckpoint(0)")
	db.SetMaxOpenConns(1)
	exec(t, db, "CREATE TABLE m (t)")
	round := func(text string) []byte {
		exec(t, db, "PRAGMA wal_checkpoint(RESTART)")
		exec(t, db, "INSERT INTO m VALUES (?)", text)
		return readFile(t, file+"-wal")
	}
	round("a")
	old, log := round("b"), round("c")
	const start = walHeader
	for _, part := range [][2]int{{start, start + frameSize}, {start + frameHeader, start + frameSize}, {start + 8, start + frameSize}} {
		b := slices.Clone(log)
		copy(b[part[0]:part[1]], old[part[0]:part[1]])
		copied := filepath.Join(t.TempDir(), "test.db")
		writeFile(t, copied, readFile(t, file))
		writeFile(t, copied+"-wal", b)
		if got, err := InspectWAL(copied, key); err != nil || got.Valid != 0 {
			t.Errorf("%v is taken from an earlier round: %+v, %v", part, got, err)
		}
	}
}

// TestTornFirstPage is a crash while the log was copied into the main file,
// which left half of a new first page in it.
func TestTornFirstPage(t *testing.T) {
	file, key := logged(t, 3)
	v := register(t, key)
	db := open(t, v.Name(), file)
	exec(t, db, "CREATE TABLE another (x)") // changes the first page
	b, log := readFile(t, file), readFile(t, file+"-wal")
	copied := filepath.Join(t.TempDir(), "test.db")
	for i := range b {
		b[i] ^= 0x55
	}
	writeFile(t, copied, b)
	writeFile(t, copied+"-wal", log)
	if err := CheckKey(copied, key); err != nil {
		t.Error(err)
	}
	torn := open(t, v.Name(), copied)
	if n := scalar[int](t, torn, "SELECT count(*) FROM another"); n != 0 {
		t.Error(n)
	}
	exec(t, torn, "PRAGMA wal_checkpoint(TRUNCATE)")
	torn.Close()
	if n := recovered(t, v, copied); n != 3 {
		t.Errorf("%d transactions", n)
	}
	if _, damaged, err := VerifyDatabase(copied, key, 10); err != nil || len(damaged) > 0 {
		t.Error(damaged, err)
	}
}

func TestTwoKeysAtOnce(t *testing.T) {
	one, two := newKey(t), newKey(t)
	a, b := register(t, one), register(t, two)
	if a.Name() == b.Name() {
		t.Fatal("both are", a.Name())
	}
	db := open(t, a.Name(), create(t, one))
	db.SetMaxOpenConns(1)
	file := create(t, two)
	exec(t, db, fill)
	exec(t, db, "ATTACH ? AS other", "file:"+filepath.ToSlash(file)+"?vfs="+b.Name())
	exec(t, db, "CREATE TABLE other.m AS SELECT * FROM m")
	db.Close()
	if CheckKey(file, two) != nil || !errors.Is(CheckKey(file, one), ErrWrongKey) {
		t.Error("the attached database does not have its own key")
	}
	moved := open(t, b.Name(), file)
	sound(t, moved)
	if n := scalar[int](t, moved, "SELECT count(*) FROM m"); n != 3000 {
		t.Errorf("%d rows", n)
	}
}

func TestCloseWaitsForFiles(t *testing.T) {
	key := newKey(t)
	v, err := Register(key)
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, v.Name(), create(t, key))
	exec(t, db, "CREATE TABLE m (t)")
	if err := v.Close(); err == nil {
		t.Error("closed below an open database")
	}
	db.Close()
	if err := errors.Join(v.Close(), v.Close()); err != nil {
		t.Error(err)
	}
	if err := open(t, v.Name(), filepath.Join(t.TempDir(), "x.db")).Ping(); err == nil {
		t.Error("SQLite still has it")
	}
}
