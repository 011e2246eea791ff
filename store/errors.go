package store

import "errors"

// What callers decide on. Errors of this package wrap one of these, or the
// context's, or are failures of the disk that are told as they came.
var (
	// ErrNotFound is returned for a row that does not exist.
	ErrNotFound = errors.New("not found")
	// ErrExists is returned by CreateAccount for a profile that has one.
	ErrExists = errors.New("this profile has an account already")
	// ErrNewer is returned by Open for a database that a newer version of the
	// program has written. Nothing of it was changed.
	ErrNewer = errors.New("the database was written by a newer version of this program: use that version")
	// ErrForeign is returned by Open for a file that is not a database of this
	// program. Nothing of it was changed.
	ErrForeign = errors.New("the file is not a database of this program")
	// ErrCorrupt means that the database is damaged.
	ErrCorrupt = errors.New("the database is damaged: restore it from a backup")
	// ErrFull means that the disk is full. The transaction did not happen.
	ErrFull = errors.New("the disk is full: make room and try again")
	// ErrDenied means that the profile cannot be read or written.
	ErrDenied = errors.New("the profile cannot be written: check the permissions of the directory and its files")
	// ErrIO means that the disk failed. The transaction did not happen.
	ErrIO = errors.New("the disk failed to read or write the database: see to the disk, then try again")
	// ErrPassphrase means that the profile has a passphrase, and that nobody
	// could be asked for it.
	ErrPassphrase = errors.New("the profile is protected by a passphrase")
	// ErrClosed is returned by every method after Close.
	ErrClosed = errors.New("the database is closed")
)
