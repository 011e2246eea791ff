package archive

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

type file struct{ name, content string }

func write(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b)
	for _, f := range files {
		if err := w.Add(f.name, int64(len(f.content)), strings.NewReader(f.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(b []byte) (files []file, err error) {
	err = Read(bytes.NewReader(b), int64(len(b)), func(name string, size int64, content io.Reader) error {
		text, err := io.ReadAll(content)
		if err == nil && int64(len(text)) != size {
			err = errors.New("another size than was told")
		}
		files = append(files, file{name, string(text)})
		return err
	})
	return files, err
}

var some = []file{{"key.json", "{}"}, {"seance.db", strings.Repeat("page", 3000)}, {"attachments/0f", ""}, {"attachments/10", "x"}}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, files := range [][]file{nil, some} {
		got, err := read(write(t, files...))
		if err != nil || !slices.Equal(got, files) {
			t.Errorf("%d files, %v, want %d", len(got), err, len(files))
		}
	}
}

func TestNothingIsToldOfTheOwner(t *testing.T) {
	in := tar.NewReader(bytes.NewReader(write(t, some...)))
	for {
		h, err := in.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Uname != "" || h.ModTime.Unix() > 0 || h.Mode != 0o600 || len(h.PAXRecords) > 0 {
			t.Errorf("%+v", h)
		}
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{
		"key.json": true, "attachments/0f": true, "seance.db-wal": true,
		"": false, "/": false, "/etc": false, "../x": false, "a/../b": false, "..": false, ".x": false, "a/.x": false, "a//b": false,
		"a/": false, "a/b/c": false, "Key": false, "a b": false, "a\x00": false, `a\b`: false, "c:": false, "é": false,
		firstName: false, lastName: false, strings.Repeat("x", 201): false,
	} {
		if ValidName(name) != want {
			t.Errorf("ValidName(%q) is not %t", name, want)
		}
	}
}

func TestAFileOfAnotherSizeIsNotAdded(t *testing.T) {
	if err := NewWriter(io.Discard).Add("x", 5, strings.NewReader("four")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("too short: %v", err)
	}
	if err := NewWriter(io.Discard).Add("../x", 0, strings.NewReader("")); err == nil {
		t.Error("a wrong name was taken")
	}
}

// Wherever an archive is cut off, it is told: an end that falls between two
// files too, which tar itself takes for the end.
func TestACutIsTold(t *testing.T) {
	whole := write(t, some...)
	end := bytes.Index(whole, []byte(lastName))
	for n := 0; n < end; n += 64 {
		if _, err := read(whole[:n]); !errors.Is(err, ErrCut) && !errors.Is(err, ErrFormat) {
			t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
	if _, err := read(whole[:len(whole)/2]); !errors.Is(err, ErrCut) {
		t.Errorf("cut in the middle: %v", err)
	}
}

// raw is an archive of headers that no Writer writes.
func raw(t testing.TB, headers ...*tar.Header) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		content := h.Uname
		h.Uname = ""
		if h.Size == 0 {
			h.Size = int64(len(content))
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
	}
	_ = w.Flush()
	return b.Bytes()
}

func TestWhatIsRefused(t *testing.T) {
	begin := func() *tar.Header {
		return &tar.Header{Name: firstName, Uname: `{"form":"seance-backup","version":1}`}
	}
	end := func(n string) *tar.Header { return &tar.Header{Name: lastName, Uname: `{"files":` + n + `}`} }
	link := &tar.Header{Name: "seance.db", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}
	tests := []struct {
		name string
		b    []byte
		want error
	}{
		{"nothing", nil, ErrFormat},
		{"a text", []byte(strings.Repeat("Dear diary, ", 100)), ErrFormat},
		{"zeros", make([]byte, 4096), ErrFormat},
		{"another tar", raw(t, &tar.Header{Name: "x", Uname: "y"}), ErrFormat},
		{"another form", raw(t, &tar.Header{Name: firstName, Uname: `{"form":"x","version":1}`}), ErrFormat},
		{"no JSON", raw(t, &tar.Header{Name: firstName, Uname: `{`}), ErrFormat},
		{"a long note", raw(t, &tar.Header{Name: firstName, Uname: strings.Repeat(" ", 2000)}), ErrFormat},
		{"a newer one", raw(t, &tar.Header{Name: firstName, Uname: `{"form":"seance-backup","version":2}`}), ErrNewer},
		{"a link", raw(t, begin(), link, end("1")), ErrFormat},
		{"a directory", raw(t, begin(), &tar.Header{Name: "attachments/", Typeflag: tar.TypeDir}, end("1")), ErrFormat},
		{"a way out", raw(t, begin(), &tar.Header{Name: "../key.json", Uname: "{}"}, end("1")), ErrFormat},
		{"another number of files", raw(t, begin(), end("1")), ErrFormat},
		{"no end", raw(t, begin()), ErrCut},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if files, err := read(tt.b); !errors.Is(err, tt.want) {
				t.Errorf("%v, %v, want %v", files, err, tt.want)
			}
		})
	}
}

// A file with holes claims more bytes than it has.
func TestHolesAreRefused(t *testing.T) {
	records := map[string]string{"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.size": "1000000000000", "GNU.sparse.map": "0,1", "GNU.sparse.numblocks": "1"}
	var b bytes.Buffer
	pax := ""
	for k, v := range records {
		line := " " + k + "=" + v + "\n"
		n := len(line) + 2
		pax += string(rune('0'+n/10)) + string(rune('0'+n%10)) + line
	}
	b.Write(raw(t, &tar.Header{Name: firstName, Uname: `{"form":"seance-backup","version":1}`}))
	extended := raw(t, &tar.Header{Name: "x", Uname: pax})
	extended[156] = tar.TypeXHeader
	checksum(extended[:512])
	b.Write(extended)
	b.Write(raw(t, &tar.Header{Name: "seance.db", Uname: "x"}))
	claimed := false
	in := tar.NewReader(bytes.NewReader(b.Bytes()))
	for h, err := in.Next(); err == nil; h, err = in.Next() {
		claimed = claimed || h.Size == 1e12
	}
	if !claimed {
		t.Fatal("the archive of this test has no holes")
	}
	if files, err := read(b.Bytes()); !errors.Is(err, ErrCut) || len(files) > 0 {
		t.Errorf("%v, %v", files, err)
	}
}

// checksum puts right that of a header.
func checksum(h []byte) {
	copy(h[148:156], "        ")
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	digits := []byte("000000\x00 ")
	for i := 5; i >= 0; i-- {
		digits[i] = '0' + byte(sum&7)
		sum >>= 3
	}
	copy(h[148:156], digits)
}

func TestTheErrorOfWhoTakesIsTold(t *testing.T) {
	cause := errors.New("cause")
	b := write(t, some...)
	if err := Read(bytes.NewReader(b), int64(len(b)), func(string, int64, io.Reader) error { return cause }); !errors.Is(err, cause) {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(write(f, file{"key.json", "{}"}, file{"attachments/0f", "x"}))
	f.Add(write(f))
	f.Add(raw(f, &tar.Header{Name: firstName, Uname: `{"form":"seance-backup","version":1}`}, &tar.Header{Name: "../x", Uname: "y"}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var total int64
		_ = Read(bytes.NewReader(b), int64(len(b)), func(name string, size int64, content io.Reader) error {
			if !ValidName(name) {
				t.Fatalf("a file is called %q", name)
			}
			n, err := io.Copy(io.Discard, content)
			if total += n; total > int64(len(b)) || n > size {
				t.Fatalf("%d bytes out of %d", total, len(b))
			}
			return err
		})
	})
}
