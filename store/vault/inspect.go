package vault

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// WAL says what is in a write-ahead log.
type WAL struct {
	Present   int  // whole frames in the file, leftovers of earlier rounds of the log included
	Valid     int  // frames that recovery reads, which ends before the first that is not valid
	Committed int  // those of them that belong to finished transactions: recovery keeps them
	Dropped   bool // what follows the valid frames is torn or damaged: a tail is lost
}

// InspectWAL reads the log beside a database, as recovery would. One that does
// not exist is empty. See CheckKey for when it may be called; it has to be
// before the database is opened, because SQLite overwrites what it drops.
func InspectWAL(file string, key Key) (WAL, error) {
	c, err := newCiphers(key)
	if err != nil {
		return WAL{}, err
	}
	f, err := os.Open(file + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return WAL{}, nil
	} else if err != nil {
		return WAL{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return WAL{}, err
	}
	l := logReader{r: f, sealer: sealer{aead: c.wal}, frameCipher: frameCipher{tweak: c.tweak, block: c.header}}
	log, err := l.read(info.Size())
	if err != nil {
		return log, fmt.Errorf("read the write-ahead log: %w", err)
	}
	return log, nil
}

// logReader follows a log from its start.
type logReader struct {
	r io.ReaderAt
	sealer
	frameCipher
	order  binary.ByteOrder // of the words that are summed
	sum    [2]uint32
	header [walHeader]byte
	frame  [frameSize]byte
}

func (l *logReader) read(size int64) (log WAL, err error) {
	log.Present = int(max(0, size-walHeader) / frameSize)
	if log.Present == 0 {
		return log, nil
	}
	if _, err := l.r.ReadAt(l.header[:], 0); err != nil {
		return log, err
	}
	if !l.startsHere() {
		log.Dropped = true
		return log, nil
	}
	for log.Valid < log.Present {
		start := walHeader + int64(log.Valid)*frameSize
		if _, err := l.r.ReadAt(l.frame[:], start); err != nil {
			return log, err
		}
		opens, valid, commit := l.next(start)
		if !valid {
			// What an earlier round of the log left here opens.
			log.Dropped = !opens
			break
		}
		log.Valid++
		if commit {
			log.Committed = log.Valid
		}
	}
	return log, nil
}

// startsHere reports whether the header of the log is sound.
func (l *logReader) startsHere() bool {
	h := l.header[:]
	switch bigEndian32(h) {
	case 0x377f0682:
		l.order = binary.LittleEndian
	case 0x377f0683:
		l.order = binary.BigEndian
	default:
		return false
	}
	l.add(h[:24])
	return bigEndian32(h[4:]) == 3007000 && bigEndian32(h[8:]) == PageSize &&
		l.sum == [2]uint32{bigEndian32(h[24:]), bigEndian32(h[28:])}
}

// next judges the frame that was read: whether its page opens, whether it
// continues the log, and whether it ends a transaction.
func (l *logReader) next(start int64) (opens, valid, commit bool) {
	header, page := l.frame[:frameHeader], l.frame[frameHeader:]
	l.openHeader(header, start)
	if !l.open(page, page, l.at(roleWAL, start, header[:16]...)) {
		return false, false, false
	}
	if !bytes.Equal(header[8:16], l.header[16:24]) || bigEndian32(header) == 0 {
		return true, false, false
	}
	l.add(header[:8])
	l.add(page)
	return true, l.sum == [2]uint32{bigEndian32(header[16:]), bigEndian32(header[20:])}, bigEndian32(header[4:]) != 0
}

// add is the checksum of SQLite's log, which goes on from frame to frame.
func (l *logReader) add(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		l.sum[0] += l.order.Uint32(b) + l.sum[1]
		l.sum[1] += l.order.Uint32(b[4:]) + l.sum[0]
	}
}
