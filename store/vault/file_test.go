package vault

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"
)

// page is what SQLite would write: zeros where it reserves.
func somePage(seed byte) []byte {
	b := make([]byte, PageSize)
	for i := range payload {
		b[i] = seed + byte(i*7)
	}
	return b
}

func TestWritesThatCannotBeEncryptedAreRefused(t *testing.T) {
	v := register(t, newKey(t))
	dir := t.TempDir()
	reserved := somePage(1)
	reserved[payload+3] = 1
	foreign := emptyPage()
	foreign[20] = 0
	small := emptyPage()
	small[16] = 2
	header := make([]byte, frameHeader)
	header[3], header[8] = 1, 9
	for _, c := range []struct {
		name   string
		flags  int32
		b      []byte
		offset int64
	}{
		{"part of a page", sqlite3OpenDatabase, somePage(1)[:512], PageSize},
		{"two pages", sqlite3OpenDatabase, append(somePage(1), somePage(1)...), PageSize},
		{"between pages", sqlite3OpenDatabase, somePage(1), PageSize + 512},
		{"a page in full use", sqlite3OpenDatabase, reserved, PageSize},
		{"a first page without room", sqlite3OpenDatabase, foreign, 0},
		{"a first page of small pages", sqlite3OpenDatabase, small, 0},
		{"part of a frame", sqlite3OpenWAL, somePage(1)[:512], walHeader + frameHeader},
		{"a whole frame", sqlite3OpenWAL, make([]byte, frameSize), walHeader},
		{"a page in full use, in the log", sqlite3OpenWAL, reserved, walHeader + frameHeader},
		{"a first page without room, in the log", sqlite3OpenWAL, foreign, walHeader + frameHeader},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := openRaw(t, v, filepath.Join(dir, strings.ReplaceAll(c.name, " ", "")), c.flags)
			defer f.close()
			if c.flags == sqlite3OpenWAL {
				if rc := f.write(header, walHeader); rc != sqlite3.SQLITE_OK {
					t.Fatal(rc)
				}
			}
			before, faults := f.size(), len(v.Faults())
			if rc := f.write(c.b, c.offset); rc != sqlite3.SQLITE_IOERR_WRITE {
				t.Errorf("%d", rc)
			}
			if f.size() != before {
				t.Error("something was written")
			}
			if got := v.Faults(); len(got) != faults+1 || !strings.Contains(got[faults].String(), "cannot be encrypted") {
				t.Error(got)
			}
		})
	}
}

// TestPartsOfPages reads the main file and the log in every way that makes sense.
func TestPartsOfPages(t *testing.T) {
	v := register(t, newKey(t))
	f := openRaw(t, v, filepath.Join(t.TempDir(), "test.db"), sqlite3OpenDatabase)
	defer f.close()
	header := make([]byte, headerSize)
	if rc := f.read(header, 0); rc != sqlite3.SQLITE_IOERR_SHORT_READ || !bytes.Equal(header, emptyPage()[:headerSize]) {
		t.Errorf("an empty file: %d", rc)
	}
	pages := [][]byte{emptyPage(), somePage(1), somePage(2)}
	for i, p := range pages {
		if rc := f.write(p, int64(i*PageSize)); rc != sqlite3.SQLITE_OK {
			t.Fatal(rc)
		}
	}
	for _, c := range [][2]int{{0, 100}, {24, 16}, {0, PageSize}, {PageSize, PageSize}, {PageSize, payload}, {2*PageSize + 17, 4000}, {PageSize + payload - 1, 33}} {
		b := make([]byte, c[1])
		if rc := f.read(b, int64(c[0])); rc != sqlite3.SQLITE_OK || !bytes.Equal(b, bytes.Join(pages, nil)[c[0]:c[0]+c[1]]) {
			t.Errorf("%d bytes at %d: %d", c[1], c[0], rc)
		}
	}
	b := somePage(3)
	if rc := f.read(b, 3*PageSize); rc != sqlite3.SQLITE_IOERR_SHORT_READ || !isZero(b) {
		t.Errorf("past the end: %d", rc)
	}
	if rc := f.read(make([]byte, PageSize), 100); rc != sqlite3.SQLITE_IOERR_READ {
		t.Errorf("across pages: %d", rc)
	}
}

func TestSealingAllocatesNothing(t *testing.T) {
	v := register(t, newKey(t))
	f := openRaw(t, v, filepath.Join(t.TempDir(), "test.db"), sqlite3OpenDatabase)
	defer f.close()
	log := openRaw(t, v, filepath.Join(t.TempDir(), "log"), sqlite3OpenWAL)
	defer log.close()
	page, header := somePage(1), make([]byte, frameHeader)
	header[3], header[8] = 1, 9
	page[16], page[17], page[20] = PageSize>>8, 0, Reserved
	n := testing.AllocsPerRun(100, func() {
		rc := f.write(page, 0) | f.read(page, 0) | log.write(header, walHeader) | log.write(page, walHeader+frameHeader) | log.read(page, walHeader+frameHeader)
		if rc != sqlite3.SQLITE_OK {
			t.Fatal(rc)
		}
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestHeaderWithoutPage writes headers that no page follows at once: they are on
// the disk for whoever looks next.
func TestHeaderWithoutPage(t *testing.T) {
	v := register(t, newKey(t))
	name := filepath.Join(t.TempDir(), "log")
	header := make([]byte, frameHeader)
	header[3], header[8], header[23] = 1, 9, 7
	looks := map[string]func(f *rawFile){
		"size":     func(f *rawFile) { f.size() },
		"sync":     func(f *rawFile) { xSync(f.tls, f.id, sqlite3.SQLITE_SYNC_NORMAL) },
		"read":     func(f *rawFile) { f.read(make([]byte, 8), walHeader+16) },
		"write":    func(f *rawFile) { f.write(header, walHeader+frameSize) },
		"truncate": func(f *rawFile) { f.truncate(walHeader + frameHeader) },
		"close":    func(*rawFile) {},
	}
	for how, look := range looks {
		t.Run(how, func(t *testing.T) {
			f := openRaw(t, v, name+"."+how, sqlite3OpenWAL)
			if rc := f.write(header, walHeader); rc != sqlite3.SQLITE_OK {
				t.Fatal(rc)
			}
			look(f)
			if how == "close" {
				f.close()
			} else {
				defer f.close()
			}
			other := openRaw(t, v, name+"."+how, sqlite3OpenWAL)
			defer other.close()
			got := make([]byte, frameHeader)
			if rc := other.read(got, walHeader); rc != sqlite3.SQLITE_OK || !bytes.Equal(got, header) {
				t.Errorf("%d, %x", rc, got)
			}
		})
	}
}

// TestFrameHeadersHide finds no salts, no checksum, and nothing that repeats.
func TestFrameHeadersHide(t *testing.T) {
	v := register(t, newKey(t))
	name := filepath.Join(t.TempDir(), "log")
	f := openRaw(t, v, name, sqlite3OpenWAL)
	header := []byte("\x00\x00\x00\x05\x00\x00\x00\x00saltsaltchecksum")
	for i := range 3 {
		start := int64(walHeader + i*frameSize)
		if rc := f.write(header, start) | f.write(somePage(1), start+frameHeader); rc != sqlite3.SQLITE_OK {
			t.Fatal(rc)
		}
	}
	f.close()
	b := readFile(t, name)
	if len(b) != walHeader+3*frameSize {
		t.Errorf("%d bytes", len(b))
	}
	for _, plain := range []string{"salt", "checksum", string(somePage(1)[40:48])} {
		if bytes.Contains(b, []byte(plain)) {
			t.Errorf("%q is in the log", plain)
		}
	}
	hidden := func(i int) string { return string(b[walHeader+i*frameSize+8:][:16]) }
	if hidden(0) == hidden(1) || hidden(1) == hidden(2) {
		t.Error("the same header looks the same elsewhere")
	}
	if !bytes.Equal(b[walHeader:][:8], header[:8]) {
		t.Error("page numbers are not in the clear, as is documented")
	}
}

func TestMistakesOfOursAreErrors(t *testing.T) {
	v := register(t, newKey(t))
	f := openRaw(t, v, filepath.Join(t.TempDir(), "test.db"), sqlite3OpenDatabase)
	defer f.close()
	broken := openFiles.get(*at[uintptr](f.id + stateOffset(v.base)))
	format := broken.format
	broken.format = nil
	if rc := f.write(somePage(1), PageSize); rc != sqlite3.SQLITE_IOERR {
		t.Errorf("%d", rc)
	}
	broken.format = format
}
