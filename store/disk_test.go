package store

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// disk stands between SQLite and the files, below everything else that does:
// it is SQLite's default VFS, with errors that a test asks for, and a memory of
// what a power cut could take away. It counts the changes of files.
type disk struct {
	base uintptr // SQLite's own VFS

	mu      sync.Mutex
	methods map[uintptr]uintptr   // of open files: SQLite's own, and ours
	open    map[uintptr]*openFile // by the address that SQLite has for it
	changes int                   // so far: writes, truncations, syncs
	fail    func(change int, kind change, path string) int32
	cut     func(change int) // looks at the files when a change is about to happen
	files   map[string]*image
}

// change is a kind of change.
type change string

const (
	changeWrite    change = "write"
	changeTruncate change = "truncate"
	changeSync     change = "sync"
)

type openFile struct {
	path    string
	methods *sqlite3.Tsqlite3_io_methods // SQLite's own
}

// image is a file as it would be found after a power cut: what was synced, and
// any part of what came later.
type image struct {
	synced []byte
	later  []func([]byte) []byte
}

// theDisk is one for the process: SQLite's list of VFSes is.
var theDisk disk

// register puts the disk in front of SQLite's own VFS, for all that is opened
// from then on.
var register = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	defer tls.Close()
	theDisk.base = sqlite3.Xsqlite3_vfs_find(tls, 0)
	theDisk.methods, theDisk.open = map[uintptr]uintptr{}, map[uintptr]*openFile{}
	own := sqlite3.Xsqlite3_malloc(tls, int32(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	v := memory[sqlite3.Tsqlite3_vfs](own)
	*v = *memory[sqlite3.Tsqlite3_vfs](theDisk.base)
	v.FpNext = 0
	v.FzName, _ = libc.CString("disk")
	v.FxOpen, v.FxDelete = callback(diskOpen), callback(diskDelete)
	sqlite3.Xsqlite3_vfs_register(tls, own, 1)
})

// newDisk makes the disk what SQLite writes to until the test ends. Databases
// have to be opened after it.
func newDisk(t *testing.T) *disk {
	register()
	d := &theDisk
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changes, d.files = 0, map[string]*image{}
	t.Cleanup(d.works)
	return d
}

// works ends all faults.
func (d *disk) works() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail, d.cut = nil, nil
}

// fails has f decide about each change from now on: 0, or SQLite's code for
// what goes wrong. Half of a write that fails is written.
func (d *disk) fails(f func(change int, kind change, path string) int32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changes, d.fail = 0, f
}

// watched calls f before each change from now on.
func (d *disk) watched(f func(change int)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changes, d.cut = 0, f
}

// afterPowerCut writes what the files of one directory may be after a power cut
// into another one. It is for watched's function.
func (d *disk) afterPowerCut(r *rand.Rand, from, to string) error {
	for path, file := range d.files {
		if filepath.Dir(path) != from {
			continue
		}
		b := bytes.Clone(file.synced)
		for _, change := range file.later {
			if r.IntN(2) == 0 {
				b = change(b)
			}
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(path)), b, 0o600); err != nil {
			return err
		}
	}
	// What SQLite does not write is small, and was synced before.
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(from, e.Name())
		if d.files[path] != nil || e.IsDir() || strings.HasSuffix(path, "-shm") {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// happens counts a change, and says whether it fails.
func (d *disk) happens(kind change, file *openFile) int32 {
	d.changes++
	if d.cut != nil {
		d.cut(d.changes)
	}
	if d.fail != nil {
		return d.fail(d.changes, kind, file.path)
	}
	return sqlite3.SQLITE_OK
}

// later notes a change that is not synced yet.
func (d *disk) later(path string, f func([]byte) []byte) {
	if file := d.files[path]; file != nil {
		file.later = append(file.later, f)
	}
}

// memory is what SQLite has at an address; callback is the address of what it
// may call, a function declared at top level; calls is the other way around.
func memory[T any](at uintptr) *T { return *(**T)(unsafe.Pointer(&at)) }
func callback(f any) uintptr      { return (*[2]uintptr)(unsafe.Pointer(&f))[1] }
func calls[F any](at uintptr) F   { return *(*F)(unsafe.Pointer(&struct{ uintptr }{at})) }

func diskOpen(tls *libc.TLS, _, name, id uintptr, flags int32, outFlags uintptr) int32 {
	d := &theDisk
	base := memory[sqlite3.Tsqlite3_vfs](d.base)
	rc := calls[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](base.FxOpen)(tls, d.base, name, id, flags, outFlags)
	file := memory[sqlite3.Tsqlite3_file](id)
	if rc != sqlite3.SQLITE_OK || file.FpMethods == 0 {
		return rc
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	o := &openFile{methods: memory[sqlite3.Tsqlite3_io_methods](file.FpMethods)}
	if name != 0 {
		o.path = libc.GoString(name)
		if d.files[o.path] == nil && d.files != nil {
			b, _ := os.ReadFile(o.path)
			d.files[o.path] = &image{synced: b}
		}
	}
	d.open[id] = o
	own := d.methods[file.FpMethods]
	if own == 0 {
		own = sqlite3.Xsqlite3_malloc(tls, int32(unsafe.Sizeof(*o.methods)))
		m := memory[sqlite3.Tsqlite3_io_methods](own)
		*m = *o.methods
		m.FiVersion = min(m.FiVersion, 2) // nothing is mapped
		m.FxClose, m.FxWrite, m.FxTruncate, m.FxSync = callback(diskClose), callback(diskWrite), callback(diskTruncate), callback(diskSync)
		d.methods[file.FpMethods] = own
	}
	file.FpMethods = own
	return rc
}

func diskDelete(tls *libc.TLS, _, name uintptr, syncDirectory int32) int32 {
	d := &theDisk
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.files, libc.GoString(name))
	return calls[func(*libc.TLS, uintptr, uintptr, int32) int32](memory[sqlite3.Tsqlite3_vfs](d.base).FxDelete)(tls, d.base, name, syncDirectory)
}

func diskClose(tls *libc.TLS, id uintptr) int32 {
	d := &theDisk
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.open[id]
	delete(d.open, id)
	return calls[func(*libc.TLS, uintptr) int32](o.methods.FxClose)(tls, id)
}

func diskWrite(tls *libc.TLS, id, buffer uintptr, n int32, offset int64) int32 {
	d := &theDisk
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.open[id]
	write := calls[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](o.methods.FxWrite)
	if rc := d.happens(changeWrite, o); rc != sqlite3.SQLITE_OK {
		if n > 1 {
			_ = write(tls, id, buffer, n/2, offset)
		}
		return rc
	}
	data := bytes.Clone(unsafe.Slice(memory[byte](buffer), n))
	const sector = 512 // a part of it is written whole, or not at all
	for i := 0; i < len(data); i += sector {
		part, at := data[i:min(i+sector, len(data))], int(offset)+i
		d.later(o.path, func(b []byte) []byte {
			if end := at + len(part); len(b) < end {
				b = append(b, make([]byte, end-len(b))...)
			}
			copy(b[at:], part)
			return b
		})
	}
	return write(tls, id, buffer, n, offset)
}

func diskTruncate(tls *libc.TLS, id uintptr, size int64) int32 {
	d := &theDisk
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.open[id]
	if rc := d.happens(changeTruncate, o); rc != sqlite3.SQLITE_OK {
		return rc
	}
	d.later(o.path, func(b []byte) []byte {
		if int64(len(b)) > size {
			return b[:size]
		}
		return b
	})
	return calls[func(*libc.TLS, uintptr, int64) int32](o.methods.FxTruncate)(tls, id, size)
}

func diskSync(tls *libc.TLS, id uintptr, flags int32) int32 {
	d := &theDisk
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.open[id]
	if rc := d.happens(changeSync, o); rc != sqlite3.SQLITE_OK {
		return rc
	}
	if file := d.files[o.path]; file != nil {
		for _, change := range file.later {
			file.synced = change(file.synced)
		}
		file.later = nil
	}
	return calls[func(*libc.TLS, uintptr, int32) int32](o.methods.FxSync)(tls, id, flags)
}
