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
	again := openRaw(t, v, name, sqlite3OpenWAL)
	header[3]++
	again.write(header, walHeader)
	again.close()
	if string(readFile(t, name)[walHeader+8:][:16]) == hidden(0) {
		t.Error("the header of another page looks the same")
	}
	header[3]--
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

// TestDamagedFrames is the difference between recovery, which ends at a damaged
// frame, and anything else that reads frames, to which it is an error.
func TestDamagedFrames(t *testing.T) {
	v := register(t, newKey(t))
	name := filepath.Join(t.TempDir(), "log")
	f := openRaw(t, v, name, sqlite3OpenWAL)
	defer f.close()
	header := []byte("\x00\x00\x00\x05\x00\x00\x00\x00saltsaltchecksum")
	frame := append(bytes.Clone(header), somePage(1)...)
	if rc := f.write(make([]byte, walHeader), 0) | f.write(header, walHeader) | f.write(frame[frameHeader:], walHeader+frameHeader); rc != sqlite3.SQLITE_OK {
		t.Fatal(rc)
	}
	whole := readFile(t, name)
	damaged := bytes.Clone(whole)
	damaged[walHeader+100] ^= 1
	got := make([]byte, frameSize)
	for _, recovering := range []bool{false, true, false} {
		if recovering { // it begins with the header of the log, the rewriting of checksums with one of its checksums
			f.read(make([]byte, walHeader), 0)
		} else {
			f.read(make([]byte, 8), 24)
		}
		writeFile(t, name, whole)
		if rc := f.read(got, walHeader); rc != sqlite3.SQLITE_OK || !bytes.Equal(got, frame) {
			t.Errorf("undamaged: %d", rc)
		}
		writeFile(t, name, damaged)
		rc := f.read(got, walHeader)
		if want := int32(sqlite3.SQLITE_CORRUPT); recovering == (rc == want) || rc != want && rc != sqlite3.SQLITE_OK {
			t.Errorf("recovering %v: %d", recovering, rc)
		}
		if !bytes.Equal(got[:frameHeader], header) || !isZero(got[frameHeader:]) {
			t.Error("a damaged page is not zeros")
		}
		if rc := f.read(got[:PageSize], walHeader+frameHeader); rc != sqlite3.SQLITE_CORRUPT || !isZero(got[:PageSize]) {
			t.Errorf("a page of a damaged frame: %d", rc)
		}
	}
}

// TestRewrittenHeader is on the disk at once: it completes a transaction.
func TestRewrittenHeader(t *testing.T) {
	v := register(t, newKey(t))
	name := filepath.Join(t.TempDir(), "log")
	f := openRaw(t, v, name, sqlite3OpenWAL)
	defer f.close()
	start := make([]byte, walHeader)
	copy(start[16:], "saltsalt")
	unfinished := append([]byte("\x00\x00\x00\x05\x00\x00\x00\x00"), make([]byte, 16)...)
	finished := []byte("\x00\x00\x00\x05\x00\x00\x00\x00saltsaltchecksum")
	frame := make([]byte, frameSize)
	if rc := f.write(start, 0) | f.write(unfinished, walHeader) | f.write(somePage(1), walHeader+frameHeader) |
		f.read(make([]byte, 8), 24) | f.read(frame, walHeader) | f.write(finished, walHeader); rc != sqlite3.SQLITE_OK {
		t.Fatal(rc)
	}
	other := openRaw(t, v, name, sqlite3OpenWAL)
	defer other.close()
	if rc := other.read(frame, walHeader); rc != sqlite3.SQLITE_OK || !bytes.Equal(frame, append(finished, somePage(1)...)) {
		t.Errorf("%d, %q", rc, frame[:frameHeader])
	}
}

// TestDamagedBlocks differ by who wrote them: a journal that was found may have
// been torn by a crash, what this program wrote may not change.
func TestDamagedBlocks(t *testing.T) {
	v := register(t, newKey(t))
	name := filepath.Join(t.TempDir(), "journal")
	f := openRaw(t, v, name, sqlite3OpenJournal)
	defer f.close()
	content := append(somePage(1), somePage(2)...)
	if rc := f.write(content, 0); rc != sqlite3.SQLITE_OK {
		t.Fatal(rc)
	}
	b := readFile(t, name)
	b[7] ^= 1
	writeFile(t, name, b)
	got := make([]byte, 100)
	if rc := f.read(got, 0); rc != sqlite3.SQLITE_CORRUPT {
		t.Errorf("changed while it is used: %d", rc)
	}
	found := openRaw(t, v, name, sqlite3OpenJournal)
	defer found.close()
	if rc := found.read(got, 0); rc != sqlite3.SQLITE_OK || !isZero(got) {
		t.Errorf("found: %d", rc)
	}
	if rc := found.read(got, payload); rc != sqlite3.SQLITE_OK || !bytes.Equal(got, content[payload:payload+100]) {
		t.Errorf("the block behind: %d", rc)
	}
}

func TestNoncesDoNotComeBack(t *testing.T) {
	c, err := newCiphers(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for range 3 {
		s := &sealer{aead: c.database}
		for range 1000 {
			out := make([]byte, PageSize)
			s.seal(out, make([]byte, payload), s.at(roleDatabase, 1))
			seen[string(out[payload+tagSize:][:nonceSize])] = true
		}
	}
	if len(seen) != 3000 {
		t.Errorf("%d nonces for 3000 pages", len(seen))
	}
}

func TestDevice(t *testing.T) {
	f := openRaw(t, register(t, newKey(t)), filepath.Join(t.TempDir(), "test.db"), sqlite3OpenDatabase)
	defer f.close()
	c := xDeviceCharacteristics(f.tls, f.id)
	if c&sqlite3.SQLITE_IOCAP_SUBPAGE_READ != 0 || c&sqlite3.SQLITE_IOCAP_POWERSAFE_OVERWRITE == 0 {
		t.Errorf("%x", c)
	}
}
