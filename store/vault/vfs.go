package vault

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// VFS is SQLite's own default VFS with encryption in between. It serves any
// number of databases with the same key.
type VFS struct {
	name    string
	number  uintptr
	base    *sqlite3.Tsqlite3_vfs // SQLite's own
	baseAt  uintptr
	own     uintptr // of type Tsqlite3_vfs, known to SQLite
	ownName uintptr
	ciphers *ciphers

	mu      sync.Mutex
	open    int                 // files
	methods map[uintptr]uintptr // of files: SQLite's own and what stands in for them
	faults  []Fault
	closed  bool
}

// Register makes a VFS known to SQLite.
func Register(key Key) (*VFS, error) {
	c, err := newCiphers(key)
	if err != nil {
		return nil, err
	}
	tls := libc.NewTLS()
	defer tls.Close()
	v := &VFS{ciphers: c, methods: map[uintptr]uintptr{}}
	v.baseAt = sqlite3.Xsqlite3_vfs_find(tls, 0)
	if v.baseAt == 0 {
		return nil, errors.New("SQLite has no way to open files here")
	}
	v.base = at[sqlite3.Tsqlite3_vfs](v.baseAt)
	v.number = registered.add(v)
	v.name = "vault" + strconv.FormatUint(uint64(v.number), 10)
	if err := v.register(tls); err != nil {
		v.release(tls)
		return nil, err
	}
	return v, nil
}

func (v *VFS) register(tls *libc.TLS) error {
	v.ownName = sqlite3.Xsqlite3_malloc(tls, int32(len(v.name)+1))
	v.own = sqlite3.Xsqlite3_malloc(tls, int32(unsafe.Sizeof(*v.base)))
	if v.ownName == 0 || v.own == 0 {
		return errors.New("no memory for a VFS")
	}
	name := unsafe.Slice(at[byte](v.ownName), len(v.name)+1)
	name[copy(name, v.name)] = 0

	own := at[sqlite3.Tsqlite3_vfs](v.own)
	*own = *v.base
	own.FpNext = 0
	own.FzName = v.ownName
	own.FpAppData = v.number
	own.FszOsFile = int32(stateOffset(v.base) + unsafe.Sizeof(uintptr(0)))
	own.FxOpen = function(xOpen)
	if rc := sqlite3.Xsqlite3_vfs_register(tls, v.own, 0); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("register a VFS: SQLite's error %d", rc)
	}
	return nil
}

// stateOffset is where in an open file, behind what the base keeps there, the
// number stands that openFiles has for it.
func stateOffset(base *sqlite3.Tsqlite3_vfs) uintptr {
	const word = unsafe.Sizeof(uintptr(0))
	return (uintptr(base.FszOsFile) + word - 1) / word * word
}

// Name goes into the data source name: vfs=NAME. It is unique among those that
// are registered.
func (v *VFS) Name() string { return v.name }

// Close takes the VFS away from SQLite. It fails, and may be tried again, while
// files are open. A second call does nothing.
func (v *VFS) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.open > 0 {
		return fmt.Errorf("close a VFS: %d of its files are open", v.open)
	}
	if v.closed {
		return nil
	}
	v.closed = true
	tls := libc.NewTLS()
	defer tls.Close()
	if rc := sqlite3.Xsqlite3_vfs_unregister(tls, v.own); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("close a VFS: SQLite's error %d", rc)
	}
	v.release(tls)
	return nil
}

func (v *VFS) release(tls *libc.TLS) {
	for _, m := range v.methods {
		sqlite3.Xsqlite3_free(tls, m)
	}
	sqlite3.Xsqlite3_free(tls, v.own)
	sqlite3.Xsqlite3_free(tls, v.ownName)
	registered.remove(v.number)
	v.ciphers = nil
}

// Fault is a place on the disk that did not open with the key, or that SQLite
// wanted to write in a way that cannot be encrypted.
type Fault struct {
	File string // its path, "" for a temporary file
	Page int64  // from 1 on: page of a database, frame of a WAL, block of another file
	Err  error
}

func (f Fault) String() string { return fmt.Sprintf("%s, page %d: %v", f.File, f.Page, f.Err) }

// maxFaults bounds what a damaged disk can make us remember.
const maxFaults = 64

// Faults are the first 64 faults since the VFS was registered, oldest first.
func (v *VFS) Faults() []Fault {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]Fault(nil), v.faults...)
}

func (v *VFS) fault(f Fault) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, known := range v.faults {
		if known.File == f.File && known.Page == f.Page {
			return
		}
	}
	if len(v.faults) < maxFaults {
		v.faults = append(v.faults, f)
	}
}
