// Package vault keeps what lies on the disk unreadable without the key.
//
// It owns three formats: the pages of the database and of everything that
// SQLite writes beside it (VFS), the file that holds the key of a profile,
// wrapped by a passphrase (KeyFile), and single files such as attachments
// (Blob). It knows nothing of what is in them: neither tables nor messages.
// It starts no goroutines.
//
// # What is on the disk
//
// A page is 4064 bytes of AES-256-GCM, its tag, a random nonce and 4 bytes of
// zeros. SQLite never uses these last 32 bytes (they are "reserved" in the
// header of the database) and reads them as zeros. Associated data bind a page
// to where it lies:
//
//   - the main file: the number of the page. No byte of the file is in the
//     clear, its header included;
//   - the WAL: the offset of the frame, the number and commit mark in the
//     frame's header, and the salts of this round of the log, so that frames
//     of earlier rounds cannot be mixed in. Page numbers and the log's own
//     header are in the clear. The checksum in a frame's header is not: it is a
//     linear function of the plaintext, from which eight bytes about each
//     change could be learnt. With the salts it makes one block of AES, masked
//     by its place (XEX), so that nothing grows;
//   - anything else (rollback journals, temporary files): blocks of 4064 bytes
//     by their number. Temporary files have a key of their own, which is
//     nowhere but in memory.
//
// The index of the WAL (-shm) is as SQLite wrote it: numbers of pages and
// frames, rebuilt whenever a database is opened.
//
// # What is not promised
//
// Who can write to the disk can put back an earlier state of the whole file or,
// in the main file, of single pages: nothing outside says which one is the
// newest. They can also cut off the end of a log, as a crash does. Sizes and the
// times of writes are visible. A rollback journal, which the store does not
// use, may not survive a power cut that tears a block of 4 KiB.
//
// Nonces are random: after 2^32 pages (16 TiB) written to one kind of file the
// chance that two are equal is no longer below 2^-32, and the key should be
// changed.
package vault
