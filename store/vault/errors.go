package vault

import "errors"

var (
	// ErrWrongKey: nothing in the database opens with this key.
	ErrWrongKey = errors.New("the database is encrypted with another key")
	// ErrDamaged: something that was sealed with this key does not open.
	ErrDamaged = errors.New("damaged or tampered with")
	// ErrWrongPassphrase is returned by Unlock.
	ErrWrongPassphrase = errors.New("wrong passphrase")
	// ErrKeyFile: the key file is missing or not to be understood.
	ErrKeyFile = errors.New("without its key file a profile cannot be opened: restore key.json from a backup")
)
