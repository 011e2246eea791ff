package vault

import (
	sqlite3 "modernc.org/sqlite/lib"
)

// The log begins with a header; then come frames, each a header and a page.
// All keep the size and the place that they have for SQLite.
const (
	walHeader   = 32
	frameHeader = 24
	frameSize   = frameHeader + PageSize
)

// wal is the write-ahead log.
//
// SQLite writes a frame's header, then its page; both go to the disk in one
// write. Two more things happen within a transaction that does not fit into the
// page cache: pages of its frames are written again, without their headers; and
// headers of such a transaction first have zeros for salts and checksum and get
// the true ones before the commit. What the page is bound to must be the same
// before and after, so the salts are filled in at once.
type wal struct {
	*file
	sealer
	frameCipher

	header  [frameHeader]byte // as SQLite wrote it,
	known   int64             // of the frame at this offset; -1: of none
	pending bool              // it is not on the disk yet: its page will follow

	recovering bool  // SQLite looks for the end of the log
	inspected  int64 // offset of the last frame read as a whole: its header may be written alone
}

func (w *wal) read(b []byte, offset int64) int32 {
	if rc := w.flush(); rc != sqlite3.SQLITE_OK {
		return rc
	}
	if offset+int64(len(b)) <= walHeader {
		w.recovering = len(b) == walHeader
		return w.rawRead(b, offset)
	}
	inFrame := (offset - walHeader) % frameSize
	start := offset - inFrame
	switch {
	case offset < walHeader:
		return sqlite3.SQLITE_IOERR_READ
	case inFrame == 0 && len(b) == frameSize:
		return w.readFrame(b, start)
	case inFrame == frameHeader && len(b) == PageSize:
		return w.readPage(b, start)
	case inFrame+int64(len(b)) <= frameHeader:
		w.recovering = false
		rc := w.rawRead(w.buffer[:frameHeader], start)
		w.openHeader(w.buffer[:frameHeader], start)
		copy(b, w.buffer[inFrame:frameHeader])
		return rc
	}
	return sqlite3.SQLITE_IOERR_READ
}

// readFrame is for recovery, to which a frame that does not open is like one
// that was torn: with zeros in it the checksum fails, and the log ends before
// it. It also serves the rewriting of checksums, which must not take zeros for
// a page.
func (w *wal) readFrame(b []byte, start int64) int32 {
	w.inspected = start
	rc := w.readPage(b[frameHeader:], start)
	copy(b, w.buffer[:frameHeader])
	if rc == sqlite3.SQLITE_CORRUPT && w.recovering {
		return sqlite3.SQLITE_OK
	}
	return rc
}

// readPage opens the page of a frame into b and leaves its header in the clear
// at the start of w.buffer.
func (w *wal) readPage(b []byte, start int64) int32 {
	if rc := w.rawRead(w.buffer, start); rc != sqlite3.SQLITE_OK {
		clear(b)
		return rc
	}
	w.openHeader(w.buffer[:frameHeader], start)
	if !w.open(b, w.buffer[frameHeader:], w.at(roleWAL, start, w.buffer[:16]...)) {
		return w.damaged(frameNumber(start))
	}
	return sqlite3.SQLITE_OK
}

func (w *wal) write(b []byte, offset int64) int32 {
	w.recovering = false
	inFrame := (offset - walHeader) % frameSize
	start := offset - inFrame
	switch {
	case offset == 0 && len(b) == walHeader:
		if rc := w.flush(); rc != sqlite3.SQLITE_OK {
			return rc
		}
		w.known = -1
		return w.rawWrite(b, 0)
	case offset >= walHeader && inFrame == 0 && len(b) == frameHeader:
		return w.writeHeader(b, start)
	case offset >= walHeader && inFrame == frameHeader && len(b) == PageSize:
		return w.writePage(b, start)
	}
	return w.refused(frameNumber(start), "a write of %d bytes at %d cannot be encrypted", len(b), offset)
}

func (w *wal) writeHeader(b []byte, start int64) int32 {
	if rc := w.flush(); rc != sqlite3.SQLITE_OK {
		return rc
	}
	w.known = -1
	copy(w.header[:], b)
	if isZero(b[8:]) {
		if rc := w.rawRead(w.word, 16); rc != sqlite3.SQLITE_OK {
			return rc
		}
		copy(w.header[8:], w.word)
	}
	w.known, w.pending = start, true
	if w.inspected == start { // a header that is written anew; no page will follow
		return w.flush()
	}
	return sqlite3.SQLITE_OK
}

func (w *wal) writePage(b []byte, start int64) int32 {
	if w.known != start {
		if rc := w.flush(); rc != sqlite3.SQLITE_OK {
			return rc
		}
		if rc := w.rawRead(w.buffer[:frameHeader], start); rc != sqlite3.SQLITE_OK {
			return rc
		}
		w.openHeader(w.buffer[:frameHeader], start)
		copy(w.header[:], w.buffer[:frameHeader])
		w.known = start
	}
	page := int64(bigEndian32(w.header[:]))
	if err := encryptable(b, page); err != "" {
		return w.refused(frameNumber(start), "page %d cannot be encrypted%s", page, err)
	}
	w.seal(w.buffer[frameHeader:], b[:payload], w.at(roleWAL, start, w.header[:16]...))
	if !w.pending {
		return w.rawWrite(w.buffer[frameHeader:], start+frameHeader)
	}
	w.pending = false
	w.inspected = 0
	copy(w.buffer[:frameHeader], w.header[:])
	w.sealHeader(w.buffer[:frameHeader], start)
	rc := w.rawWrite(w.buffer, start)
	if rc != sqlite3.SQLITE_OK {
		w.known = -1
	}
	return rc
}

// flush writes a header that no page followed.
func (w *wal) flush() int32 {
	if !w.pending {
		return sqlite3.SQLITE_OK
	}
	w.pending = false
	copy(w.buffer[:frameHeader], w.header[:])
	w.sealHeader(w.buffer[:frameHeader], w.known)
	return w.rawWrite(w.buffer[:frameHeader], w.known)
}

func (w *wal) size() (int64, int32) {
	if rc := w.flush(); rc != sqlite3.SQLITE_OK {
		return 0, rc
	}
	return w.rawSize()
}

func (w *wal) truncate(size int64) int32 {
	if rc := w.flush(); rc != sqlite3.SQLITE_OK {
		return rc
	}
	w.known = -1
	return w.rawTruncate(size)
}

// frameNumber counts from 1, as SQLite does.
func frameNumber(start int64) int64 { return (start-walHeader)/frameSize + 1 }
