// Package store keeps a profile on disk: the account, the conversations and
// their messages, the outbox, what was already received, and the event log,
// all in one SQLite database, which is encrypted (see package vault), beside
// the files of attachments. It finds messages by their words, writes backups,
// and checks what it has.
//
// It owns the rows and their invariants: a message is known by conversation,
// author and timestamp and stands there once; unread counts and last messages
// are maintained with every change, never computed by reading a history; the
// outbox is ordered for each recipient; cursors only grow. It does not know
// what a message means, what is on the wire, or that there is a network.
//
// Everything that changes the database goes through Update, which runs one
// function in one transaction on the only connection that writes. What has
// been committed survives a crash and a power cut. Reading methods of Store
// use connections of their own, see the last commit, and never wait for a
// writer; the same questions asked of a Tx see its own changes. All methods of
// Store may be called from many goroutines at a time. A second process is kept
// out by Lock.
//
// The package starts no goroutine; those of database/sql end with Close.
//
// Times are milliseconds since 1970, as the protocol has them; 0 is "never" or
// "not known". Text is kept byte by byte.
package store
