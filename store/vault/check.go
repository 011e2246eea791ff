package vault

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// lockPage is the page that SQLite locks bytes in and never writes.
const lockPage = 1<<30/PageSize + 1

// CheckKey fails with ErrWrongKey if neither the database nor its WAL has a page
// that opens with key. A database without pages fits any key.
//
// This and the other functions that read a database by its path are for when it
// is closed: closing a file drops the locks that SQLite holds on it in this
// process.
func CheckKey(file string, key Key) error {
	r, err := openPages(file, key)
	if err != nil {
		return err
	}
	defer r.file.Close()
	// One page is enough, but the first may be damaged, and then others tell
	// damage from a wrong key.
	const samples = 64
	step := max(1, r.pages/samples)
	for page := int64(1); page <= r.pages; page += step {
		if ok, err := r.opens(page); ok || err != nil {
			return err
		}
	}
	if r.pages == 0 {
		return nil
	}
	if log, err := InspectWAL(file, key); err != nil || log.Valid > 0 {
		return err
	}
	return ErrWrongKey
}

// VerifyDatabase opens every page of the main file and gives their number and
// the numbers, from 1 on, of those that fail, at most limit. What a WAL beside
// the file would repair counts as damaged: checkpoint it first.
func VerifyDatabase(file string, key Key, limit int) (pages int64, damaged []int64, err error) {
	r, err := openPages(file, key)
	if err != nil {
		return 0, nil, err
	}
	defer r.file.Close()
	for page := int64(1); page <= r.pages; page++ {
		ok, err := r.opens(page)
		if err != nil {
			return r.pages, damaged, err
		}
		if !ok && page != lockPage {
			if damaged = append(damaged, page); len(damaged) >= limit {
				break
			}
		}
	}
	return r.pages, damaged, nil
}

// pageReader reads the main file without SQLite.
type pageReader struct {
	file  *os.File
	pages int64 // the last may be a part of one
	sealer
	page [PageSize]byte
}

func openPages(file string, key Key) (*pageReader, error) {
	c, err := newCiphers(key)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	pages := (info.Size() + PageSize - 1) / PageSize
	return &pageReader{file: f, pages: pages, sealer: sealer{aead: c.database}}, nil
}

func (r *pageReader) opens(page int64) (bool, error) {
	_, err := r.file.ReadAt(r.page[:], (page-1)*PageSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("read page %d: %w", page, err)
	}
	return err == nil && r.open(r.page[:], r.page[:], r.at(roleDatabase, page)), nil
}
