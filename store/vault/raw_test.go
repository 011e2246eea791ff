package vault

import (
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
	"pgregory.net/rapid"
)

const (
	sqlite3OpenJournal  = sqlite3.SQLITE_OPEN_MAIN_JOURNAL | sqlite3.SQLITE_OPEN_READWRITE | sqlite3.SQLITE_OPEN_CREATE
	sqlite3OpenWAL      = sqlite3.SQLITE_OPEN_WAL | sqlite3.SQLITE_OPEN_READWRITE | sqlite3.SQLITE_OPEN_CREATE
	sqlite3OpenDatabase = sqlite3.SQLITE_OPEN_MAIN_DB | sqlite3.SQLITE_OPEN_READWRITE | sqlite3.SQLITE_OPEN_CREATE
)

// rawFile is a file as SQLite sees it, without SQLite.
type rawFile struct {
	t       rapid.TB
	tls     *libc.TLS
	id      uintptr
	methods *sqlite3.Tsqlite3_io_methods
	memory  uintptr
	name    uintptr
}

const rawMemory = 64 << 10

func openRaw(t rapid.TB, v *VFS, name string, flags int32) *rawFile {
	t.Helper()
	tls := libc.NewTLS()
	own := at[sqlite3.Tsqlite3_vfs](v.own)
	f := &rawFile{t: t, tls: tls, id: sqlite3.Xsqlite3_malloc(tls, own.FszOsFile), memory: sqlite3.Xsqlite3_malloc(tls, rawMemory)}
	// SQLite ends names with two zeros: parameters of a URI could follow.
	f.name = sqlite3.Xsqlite3_malloc(tls, int32(len(name)+4))
	b := unsafe.Slice(at[byte](f.name), len(name)+4)
	clear(b[copy(b, name):])
	if rc := xOpen(tls, v.own, f.name, f.id, flags, 0); rc != sqlite3.SQLITE_OK {
		t.Fatalf("open %s: %d", name, rc)
	}
	f.methods = at[sqlite3.Tsqlite3_io_methods](at[sqlite3.Tsqlite3_file](f.id).FpMethods)
	return f
}

func (f *rawFile) close() {
	if rc := xClose(f.tls, f.id); rc != sqlite3.SQLITE_OK {
		f.t.Errorf("close: %d", rc)
	}
	sqlite3.Xsqlite3_free(f.tls, f.id)
	sqlite3.Xsqlite3_free(f.tls, f.name)
	sqlite3.Xsqlite3_free(f.tls, f.memory)
	f.tls.Close()
}

func (f *rawFile) write(b []byte, offset int64) int32 {
	copy(unsafe.Slice(at[byte](f.memory), rawMemory), b)
	return xWrite(f.tls, f.id, f.memory, int32(len(b)), offset)
}

func (f *rawFile) read(b []byte, offset int64) int32 {
	rc := xRead(f.tls, f.id, f.memory, int32(len(b)), offset)
	copy(b, unsafe.Slice(at[byte](f.memory), rawMemory))
	return rc
}

func (f *rawFile) truncate(size int64) int32 { return xTruncate(f.tls, f.id, size) }

func (f *rawFile) size() int64 {
	if rc := xFileSize(f.tls, f.id, f.memory); rc != sqlite3.SQLITE_OK {
		f.t.Fatalf("size: %d", rc)
	}
	return *at[int64](f.memory)
}
