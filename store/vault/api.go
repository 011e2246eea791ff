package vault

import (
	"errors"
	"io"

	"seance/messaging/secret"
)

// PageSize is the page size of an encrypted database, of which the last
// Reserved bytes hold nonce and tag.
const (
	PageSize = 4096
	Reserved = 32
)

var (
	// ErrWrongKey: nothing in the database opens with this key.
	ErrWrongKey = errors.New("the database is encrypted with another key")
	// ErrDamaged: something that should open with this key does not.
	ErrDamaged = errors.New("damaged or tampered with")
	// ErrWrongPassphrase is returned by Unlock.
	ErrWrongPassphrase = errors.New("wrong passphrase")
	// ErrKeyFile: the key file is missing or damaged.
	ErrKeyFile = errors.New("the key file is damaged")
)

// Key opens what is encrypted in one profile.
type Key struct{ secret.Bytes }

// NewKey draws a key from rand.
func NewKey(rand io.Reader) (Key, error) { panic("not yet") }

// VFS is a registered SQLite VFS that encrypts with one key.
type VFS struct{}

// Register makes a VFS known to SQLite.
func Register(key Key) (*VFS, error) { panic("not yet") }

// Name goes into the data source name: vfs=NAME.
func (v *VFS) Name() string { panic("not yet") }

// Faults are the places that failed to open, the latest last, at most 64.
func (v *VFS) Faults() []Fault { panic("not yet") }

// Close takes the VFS away from SQLite. It fails while files are open.
func (v *VFS) Close() error { panic("not yet") }

// Fault is a place on the disk that did not open with the key.
type Fault struct {
	File string // its path
	Page int64  // from 1: page of the database, frame of the WAL, block of another file
}

// CreateDatabase writes an empty encrypted database: 0600, not over a file that
// exists, synced.
func CreateDatabase(file string, key Key) error { panic("not yet") }

// CheckKey fails with ErrWrongKey if nothing in the database opens with key. To
// be called before the database is opened: closing a file drops the locks that
// the process holds on it.
func CheckKey(file string, key Key) error { panic("not yet") }

// WAL says what is in a write-ahead log.
type WAL struct {
	Present   int  // frames that the file has room for, leftovers of earlier rounds included
	Valid     int  // frames of the present round that open, from the start without a gap
	Committed int  // of these, frames that belong to finished transactions
	Dropped   bool // a frame of the present round lies behind one that does not open: a tail was lost
}

// InspectWAL reads the log beside a database (its path with "-wal"). A log that
// does not exist is empty.
func InspectWAL(file string, key Key) (WAL, error) { panic("not yet") }

// VerifyDatabase opens every page of the main file and gives the numbers of
// those that fail. See CheckKey for when it may be called.
func VerifyDatabase(file string, key Key) (pages int64, damaged []int64, err error) { panic("not yet") }

// KeyFile is PROFILE/key.json.
type KeyFile struct{}

// LoadKeyFile reads the key file of the profile in dir. It fails with
// ErrKeyFile, which wraps fs.ErrNotExist if there is none.
func LoadKeyFile(dir string) (*KeyFile, error) { panic("not yet") }

// WriteKeyFile puts a key file into dir, over one that is there, so that either
// the old or the new one is found whatever happens. An empty passphrase leaves
// the keys unprotected. Two keys are for the time in which a database is
// written anew: which one opens it tells CheckKey.
func WriteKeyFile(dir string, passphrase secret.Bytes, keys ...Key) error { panic("not yet") }

// Protected reports whether a passphrase is needed.
func (k *KeyFile) Protected() bool { panic("not yet") }

// Unlock gives the keys, in the order in which they were written. The
// passphrase is ignored if none is needed.
func (k *KeyFile) Unlock(passphrase secret.Bytes) ([]Key, error) { panic("not yet") }

// SealBlob encrypts what is written to it, with a new key, into w. Close writes
// the end; it does not close w.
func SealBlob(w io.Writer, rand io.Reader) (io.WriteCloser, secret.Bytes, error) { panic("not yet") }

// Blob is an encrypted file that is read: from anywhere, and never a byte that
// is not authentic.
type Blob struct{}

// OpenBlob opens size bytes of r. It fails with ErrDamaged.
func OpenBlob(r io.ReaderAt, size int64, key secret.Bytes) (*Blob, error) { panic("not yet") }

// Size is the number of bytes of the plaintext.
func (b *Blob) Size() int64 { panic("not yet") }

func (b *Blob) Read(p []byte) (int, error)                   { panic("not yet") }
func (b *Blob) ReadAt(p []byte, offset int64) (int, error)   { panic("not yet") }
func (b *Blob) Seek(offset int64, whence int) (int64, error) { panic("not yet") }
