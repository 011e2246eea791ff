package vault

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"seance/messaging/secret"
)

const benchSchema = `
	CREATE TABLE m (id INTEGER PRIMARY KEY, conversation INTEGER, sent INTEGER, author BLOB, t TEXT);
	CREATE INDEX m_c ON m (conversation, sent);
	CREATE VIRTUAL TABLE f USING fts5(t, content='m', content_rowid='id');`

// disks are what is compared: SQLite's own VFS and ours.
var disks = []string{"plain", "vault"}

func benchDatabase(b *testing.B, disk string) (file, vfs string) {
	if disk == "plain" {
		return filepath.Join(b.TempDir(), "test.db"), ""
	}
	key := newKey(b)
	return create(b, key), register(b, key).Name()
}

// BenchmarkInsert stores 100,000 messages with their words, 100 in a
// transaction. Both disks in one run: compare the two.
func BenchmarkInsert(b *testing.B) {
	for _, disk := range disks {
		b.Run(disk, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				file, vfs := benchDatabase(b, disk)
				db := connect(b, vfs, file, "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(ON)", "temp_store(MEMORY)")
				db.SetMaxOpenConns(1)
				exec(b, db, benchSchema)
				b.StartTimer()
				insertMessages(b, db, 100_000, 100)
				b.StopTimer()
				db.Close()
				b.StartTimer()
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*1000, "ms/100k")
		})
	}
}

// BenchmarkScan reads every row of 100,000 messages, with a page cache that has
// just been emptied and with one that holds all.
func BenchmarkScan(b *testing.B) {
	for _, disk := range disks {
		file, vfs := benchDatabase(b, disk)
		db := connect(b, vfs, file, "journal_mode(WAL)", "synchronous(OFF)", "cache_size(-200000)")
		db.SetMaxOpenConns(1)
		exec(b, db, benchSchema)
		insertMessages(b, db, 100_000, 10_000)
		exec(b, db, "PRAGMA wal_checkpoint(TRUNCATE)")
		for _, heat := range []string{"cold", "warm"} {
			b.Run(fmt.Sprintf("%s/%s", heat, disk), func(b *testing.B) {
				for b.Loop() {
					if heat == "cold" {
						b.StopTimer()
						exec(b, db, "PRAGMA shrink_memory")
						b.StartTimer()
					}
					if n := scalar[int](b, db, "SELECT sum(length(t)) FROM m NOT INDEXED"); n == 0 {
						b.Fatal("nothing read")
					}
				}
			})
		}
		db.Close()
	}
}

// BenchmarkPage is the work for one page, without the disk.
func BenchmarkPage(b *testing.B) {
	c, err := newCiphers(newKey(b))
	if err != nil {
		b.Fatal(err)
	}
	s := &sealer{aead: c.database}
	page, sealed := make([]byte, PageSize), make([]byte, PageSize)
	b.Run("seal", func(b *testing.B) {
		b.SetBytes(PageSize)
		b.ReportAllocs()
		for b.Loop() {
			s.seal(sealed, page[:payload], s.at(roleDatabase, 7))
		}
	})
	b.Run("open", func(b *testing.B) {
		b.SetBytes(PageSize)
		b.ReportAllocs()
		for b.Loop() {
			if !s.open(page, sealed, s.at(roleDatabase, 7)) {
				b.Fatal("does not open")
			}
		}
	})
}

func BenchmarkUnlock(b *testing.B) {
	dir := b.TempDir()
	passphrase := secret.New([]byte("alice"))
	if err := WriteKeyFile(dir, passphrase, newKey(b), newKey(b)); err != nil {
		b.Fatal(err)
	}
	k, err := LoadKeyFile(dir)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := k.Unlock(passphrase); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBlob(b *testing.B) {
	content := make([]byte, 10<<20)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		var sealed bytes.Buffer
		sealed.Grow(11 << 20)
		w, key, err := SealBlob(&sealed, rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		w.Write(content)
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
		r, err := OpenBlob(bytes.NewReader(sealed.Bytes()), int64(sealed.Len()), key)
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, r); err != nil || n != r.Size() {
			b.Fatal(n, err)
		}
	}
}
