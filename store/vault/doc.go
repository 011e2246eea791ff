// Package vault keeps what lies on the disk unreadable without the key.
//
// It owns three formats: the pages of the database and of everything that
// SQLite writes beside it (Register), the file that holds the key of a profile,
// wrapped by a passphrase (KeyFile), and single files such as attachments
// (SealBlob). It knows nothing of what is in them: neither tables nor messages.
// It starts no goroutines.
package vault
