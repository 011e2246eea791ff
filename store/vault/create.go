package vault

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	sqlite3 "modernc.org/sqlite/lib"
)

// emptyPage is the first and only page of a database without tables, as
// https://sqlite.org/fileformat2.html has it: pages of PageSize with Reserved
// bytes that are ours, to be written through a WAL, text in UTF-8.
func emptyPage() []byte {
	page := make([]byte, PageSize)
	copy(page, "SQLite format 3\x00")
	put16, put32 := binary.BigEndian.PutUint16, binary.BigEndian.PutUint32
	put16(page[16:], PageSize)
	page[18], page[19] = 2, 2 // written and read by versions that know the WAL
	page[20] = Reserved
	page[21], page[22], page[23] = 64, 32, 32 // constants
	put32(page[24:], 1)                       // changes
	put32(page[28:], 1)                       // pages
	put32(page[44:], 4)                       // format of the schema
	put32(page[56:], 1)                       // UTF-8
	put32(page[92:], 1)                       // the change in which the next number was written:
	put32(page[96:], sqlite3.SQLITE_VERSION_NUMBER)
	page[headerSize] = 13               // a leaf of a table,
	put16(page[headerSize+5:], payload) // without cells
	return page
}

// CreateDatabase writes an empty encrypted database, readable for its owner
// only, which is on the disk when it returns. It fails with fs.ErrExist if the
// file exists.
func CreateDatabase(file string, key Key) error {
	c, err := newCiphers(key)
	if err != nil {
		return err
	}
	var page [PageSize]byte
	s := sealer{aead: c.database}
	s.seal(page[:], emptyPage()[:payload], s.at(roleDatabase, 1))
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("create the database: %w", err)
	}
	_, err = f.Write(page[:])
	if err := errors.Join(err, f.Sync(), f.Close(), syncDirectory(filepath.Dir(file))); err != nil {
		return fmt.Errorf("create the database: %w", errors.Join(err, os.Remove(file)))
	}
	return nil
}
