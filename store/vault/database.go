package vault

import (
	sqlite3 "modernc.org/sqlite/lib"
)

// database is the main file: page by page as SQLite sees it.
type database struct {
	*file
	sealer
}

// headerSize is what SQLite reads before it knows the size of a page.
const headerSize = 100

func (d *database) read(b []byte, offset int64) int32 {
	start := offset - offset%PageSize
	if len(b) == PageSize && start == offset {
		rc := d.readPage(b, start)
		if rc == sqlite3.SQLITE_CORRUPT {
			return d.damaged(start/PageSize + 1)
		}
		return rc
	}
	if offset+int64(len(b)) > start+PageSize {
		return sqlite3.SQLITE_IOERR_READ
	}
	rc := d.readPage(d.buffer[:PageSize], start)
	if header := offset == 0 && len(b) == headerSize; header && rc != sqlite3.SQLITE_OK {
		// SQLite wants the size of pages and what is reserved in them. These
		// are known without the file, so a new database gets them from here.
		// And a first page that a crash tore while the WAL was copied does not
		// keep SQLite from finding it in the WAL.
		copy(b, emptyPage())
		if rc == sqlite3.SQLITE_CORRUPT {
			return sqlite3.SQLITE_OK
		}
		return rc
	}
	if rc == sqlite3.SQLITE_CORRUPT {
		return d.damaged(start/PageSize + 1)
	}
	copy(b, d.buffer[offset-start:])
	return rc
}

// readPage reads a page into b and opens it there.
func (d *database) readPage(b []byte, offset int64) int32 {
	rc := d.rawRead(b, offset)
	switch {
	case rc == sqlite3.SQLITE_IOERR_SHORT_READ && isZero(b):
		return rc // past the end
	case rc == sqlite3.SQLITE_IOERR_SHORT_READ: // part of a page
		clear(b)
		return sqlite3.SQLITE_CORRUPT
	case rc != sqlite3.SQLITE_OK:
		return rc
	case !d.open(b, b, d.at(roleDatabase, offset/PageSize+1)):
		return sqlite3.SQLITE_CORRUPT
	}
	return sqlite3.SQLITE_OK
}

func (d *database) write(b []byte, offset int64) int32 {
	page := offset/PageSize + 1
	if err := encryptable(b, page); len(b) != PageSize || offset%PageSize != 0 || err != "" {
		return d.refused(page, "a write of %d bytes at %d cannot be encrypted%s", len(b), offset, err)
	}
	d.seal(d.buffer[:PageSize], b[:payload], d.at(roleDatabase, page))
	return d.rawWrite(d.buffer[:PageSize], offset)
}

// encryptable says why a page cannot be written without losing something: the
// database was not made with pages of PageSize and room for us in them.
func encryptable(b []byte, page int64) string {
	switch {
	case len(b) != PageSize:
		return ""
	case !isZero(b[payload:]):
		return ": its last 32 bytes are in use"
	case page == 1 && (b[16] != PageSize>>8 || b[17] != 0 || b[20] != Reserved) && !isZero(b):
		return ": the database has pages of another size or reserves no room"
	}
	return ""
}

func (d *database) size() (int64, int32)      { return d.rawSize() }
func (d *database) truncate(size int64) int32 { return d.rawTruncate(size) }
func (d *database) flush() int32              { return sqlite3.SQLITE_OK }

func isZero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}
