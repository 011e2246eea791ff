package vault

import (
	"fmt"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// file is what is known of an open file beside what SQLite's own VFS keeps.
type file struct {
	vfs    *VFS
	number uintptr
	path   string
	base   *sqlite3.Tsqlite3_io_methods
	format format
	tls    *libc.TLS // of the call that is running,
	id     uintptr   // and the sqlite3_file of this file
	memory uintptr   // of SQLite, because its VFS is given addresses as numbers:
	buffer []byte    // what is on the disk of a page or a frame
	word   []byte    // eight bytes
}

// format is how the content of one kind of file lies on the disk. All give
// SQLite's result codes.
type format interface {
	read(b []byte, offset int64) int32
	write(b []byte, offset int64) int32
	size() (int64, int32)
	truncate(size int64) int32
	flush() int32 // writes what write has put off
}

// methods are what SQLite calls for an open file, and what it would have called
// without us.
type methods struct {
	sqlite3.Tsqlite3_io_methods
	base  uintptr // Tsqlite3_io_methods
	state uintptr // see stateOffset
}

// methodsFor gives the methods that stand in for base. They stay until the VFS
// is closed.
func (v *VFS) methodsFor(tls *libc.TLS, base uintptr) uintptr {
	v.mu.Lock()
	defer v.mu.Unlock()
	if m, ok := v.methods[base]; ok {
		return m
	}
	p := sqlite3.Xsqlite3_malloc(tls, int32(unsafe.Sizeof(methods{})))
	if p == 0 {
		return 0
	}
	m := at[methods](p)
	*m = methods{Tsqlite3_io_methods: *at[sqlite3.Tsqlite3_io_methods](base), base: base, state: stateOffset(v.base)}
	m.FiVersion = min(m.FiVersion, 2) // from 3 on SQLite may map files into memory and read past us
	m.FxClose = function(xClose)
	m.FxRead = function(xRead)
	m.FxWrite = function(xWrite)
	m.FxTruncate = function(xTruncate)
	m.FxSync = function(xSync)
	m.FxFileSize = function(xFileSize)
	m.FxDeviceCharacteristics = function(xDeviceCharacteristics)
	v.methods[base] = p
	return p
}

// fileOf finds the state of a file that SQLite hands to one of its methods.
func fileOf(tls *libc.TLS, id uintptr) *file {
	m := at[methods](at[sqlite3.Tsqlite3_file](id).FpMethods)
	f := openFiles.get(*at[uintptr](id + m.state))
	f.tls, f.id = tls, id
	return f
}

// rescue keeps a mistake of ours from ending the program: SQLite sees an error.
func rescue(rc *int32) {
	if recover() != nil {
		*rc = sqlite3.SQLITE_IOERR
	}
}

// as calls what a field of a method table points to.
func as[F any](function uintptr) F { return *(*F)(unsafe.Pointer(&struct{ uintptr }{function})) }

func xOpen(tls *libc.TLS, vfs, path, id uintptr, flags int32, outFlags uintptr) (rc int32) {
	defer rescue(&rc)
	at[sqlite3.Tsqlite3_file](id).FpMethods = 0
	v := registered.get(at[sqlite3.Tsqlite3_vfs](vfs).FpAppData)
	// The base is given itself: it keeps things of its own where we keep our number.
	open := as[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](v.base.FxOpen)
	if rc := open(tls, v.baseAt, path, id, flags, outFlags); rc != sqlite3.SQLITE_OK {
		return rc
	}
	base := at[sqlite3.Tsqlite3_file](id).FpMethods
	f := &file{vfs: v, base: at[sqlite3.Tsqlite3_io_methods](base), tls: tls, id: id}
	if path != 0 {
		f.path = libc.GoString(path)
	}
	own := v.methodsFor(tls, base)
	if own == 0 || !f.allocate() || !f.setFormat(flags) {
		at[sqlite3.Tsqlite3_file](id).FpMethods = 0
		f.rawClose()
		return sqlite3.SQLITE_NOMEM
	}
	f.number = openFiles.add(f)
	*at[uintptr](id + stateOffset(v.base)) = f.number
	at[sqlite3.Tsqlite3_file](id).FpMethods = own
	v.mu.Lock()
	v.open++
	v.mu.Unlock()
	return sqlite3.SQLITE_OK
}

func (f *file) allocate() bool {
	if f.memory = sqlite3.Xsqlite3_malloc(f.tls, frameSize+8); f.memory == 0 {
		return false
	}
	memory := unsafe.Slice(at[byte](f.memory), frameSize+8)
	f.buffer, f.word = memory[:frameSize], memory[frameSize:]
	return true
}

func (f *file) setFormat(flags int32) bool {
	c := f.vfs.ciphers
	switch {
	case flags&sqlite3.SQLITE_OPEN_MAIN_DB != 0:
		f.format = &database{file: f, sealer: sealer{aead: c.database}}
	case flags&sqlite3.SQLITE_OPEN_WAL != 0:
		f.format = &wal{file: f, sealer: sealer{aead: c.wal}, frameCipher: frameCipher{tweak: c.tweak, block: c.header}, known: -1}
	case flags&sqlite3.SQLITE_OPEN_DELETEONCLOSE != 0:
		key, err := temporaryCipher()
		if err != nil {
			return false
		}
		f.format = newBlocks(f, sealer{aead: key}, roleTemp)
	default:
		f.format = newBlocks(f, sealer{aead: c.journal}, roleJournal)
	}
	return true
}

func xClose(tls *libc.TLS, id uintptr) (rc int32) {
	defer rescue(&rc)
	f := fileOf(tls, id)
	flushed := f.format.flush()
	rc = f.rawClose()
	openFiles.remove(f.number)
	f.vfs.mu.Lock()
	f.vfs.open--
	f.vfs.mu.Unlock()
	if rc == sqlite3.SQLITE_OK {
		rc = flushed
	}
	return rc
}

func xRead(tls *libc.TLS, id, buffer uintptr, n int32, offset int64) (rc int32) {
	defer rescue(&rc)
	return fileOf(tls, id).format.read(unsafe.Slice(at[byte](buffer), n), offset)
}

func xWrite(tls *libc.TLS, id, buffer uintptr, n int32, offset int64) (rc int32) {
	defer rescue(&rc)
	return fileOf(tls, id).format.write(unsafe.Slice(at[byte](buffer), n), offset)
}

func xTruncate(tls *libc.TLS, id uintptr, size int64) (rc int32) {
	defer rescue(&rc)
	return fileOf(tls, id).format.truncate(size)
}

func xSync(tls *libc.TLS, id uintptr, flags int32) (rc int32) {
	defer rescue(&rc)
	f := fileOf(tls, id)
	if rc := f.format.flush(); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return as[func(*libc.TLS, uintptr, int32) int32](f.base.FxSync)(tls, id, flags)
}

func xFileSize(tls *libc.TLS, id, size uintptr) (rc int32) {
	defer rescue(&rc)
	n, rc := fileOf(tls, id).format.size()
	*at[int64](size) = n
	return rc
}

// xDeviceCharacteristics asks SQLite not to read parts of pages, which cost us
// whole ones, and to write frames of the WAL in one piece.
func xDeviceCharacteristics(tls *libc.TLS, id uintptr) int32 {
	f := fileOf(tls, id)
	c := as[func(*libc.TLS, uintptr) int32](f.base.FxDeviceCharacteristics)(tls, id)
	return c&^sqlite3.SQLITE_IOCAP_SUBPAGE_READ | sqlite3.SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

// The raw calls are those of SQLite's own VFS. What they are given lies in
// SQLite's memory.

// rawClose also frees what the file has of SQLite's memory.
func (f *file) rawClose() int32 {
	sqlite3.Xsqlite3_free(f.tls, f.memory)
	f.memory, f.buffer, f.word = 0, nil, nil
	return as[func(*libc.TLS, uintptr) int32](f.base.FxClose)(f.tls, f.id)
}

func (f *file) rawRead(b []byte, offset int64) int32 {
	read := as[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](f.base.FxRead)
	return read(f.tls, f.id, uintptr(unsafe.Pointer(unsafe.SliceData(b))), int32(len(b)), offset)
}

func (f *file) rawWrite(b []byte, offset int64) int32 {
	write := as[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](f.base.FxWrite)
	return write(f.tls, f.id, uintptr(unsafe.Pointer(unsafe.SliceData(b))), int32(len(b)), offset)
}

func (f *file) rawTruncate(size int64) int32 {
	return as[func(*libc.TLS, uintptr, int64) int32](f.base.FxTruncate)(f.tls, f.id, size)
}

func (f *file) rawSize() (int64, int32) {
	rc := as[func(*libc.TLS, uintptr, uintptr) int32](f.base.FxFileSize)(f.tls, f.id, uintptr(unsafe.Pointer(unsafe.SliceData(f.word))))
	return *(*int64)(unsafe.Pointer(unsafe.SliceData(f.word))), rc
}

// damaged notes the place and gives what SQLite makes "malformed" of.
func (f *file) damaged(page int64) int32 {
	f.vfs.fault(Fault{File: f.path, Page: page, Err: ErrDamaged})
	return sqlite3.SQLITE_CORRUPT
}

// refused notes a write that would lose data if it were encrypted.
func (f *file) refused(page int64, format string, args ...any) int32 {
	f.vfs.fault(Fault{File: f.path, Page: page, Err: fmt.Errorf(format, args...)})
	return sqlite3.SQLITE_IOERR_WRITE
}
