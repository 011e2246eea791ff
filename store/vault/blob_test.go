package vault

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/iotest"

	"seance/messaging/secret"
)

// sealed writes content in pieces of uneven sizes.
func sealed(t testing.TB, content []byte) ([]byte, secret.Bytes) {
	t.Helper()
	var b bytes.Buffer
	w, key, err := SealBlob(&b, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; len(content) > 0; i++ {
		n := min(len(content), 1+i*i*997)
		if written, err := w.Write(content[:n]); err != nil || written != n {
			t.Fatal(written, err)
		}
		content = content[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err == nil {
		t.Error("closed twice")
	}
	if _, err := w.Write([]byte{1}); err == nil {
		t.Error("written after the end")
	}
	return b.Bytes(), key
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

var blobSizes = []int{0, 1, blobChunk - 1, blobChunk, blobChunk + 1, 2*blobChunk - 16, 2 * blobChunk, 3*blobChunk + 12345}

func TestBlob(t *testing.T) {
	for _, n := range blobSizes {
		content := random(n)
		b, key := sealed(t, content)
		r, err := OpenBlob(bytes.NewReader(b), int64(len(b)), key)
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if r.Size() != int64(n) {
			t.Errorf("%d bytes are %d", n, r.Size())
		}
		if err := iotest.TestReader(r, content); err != nil {
			t.Errorf("%d bytes: %v", n, err)
		}
		if _, err := OpenBlob(bytes.NewReader(b), int64(len(b)), newKey(t).Bytes); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes with another key: %v", n, err)
		}
	}
}

func TestBlobAtOnce(t *testing.T) {
	content := random(3 * blobChunk)
	b, key := sealed(t, content)
	r, err := OpenBlob(bytes.NewReader(b), int64(len(b)), key)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			p := make([]byte, 1000)
			for offset := i * 31; offset+len(p) < len(content); offset += 30_011 {
				if _, err := r.ReadAt(p, int64(offset)); err != nil || !bytes.Equal(p, content[offset:offset+len(p)]) {
					t.Errorf("at %d: %v", offset, err)
				}
			}
		})
	}
	wg.Wait()
}

// TestDamagedBlob finds what was done to a blob, and until it does gives
// nothing but what was in it.
func TestDamagedBlob(t *testing.T) {
	content := random(3*blobChunk + 100)
	whole, key := sealed(t, content)
	chunk := func(i int) []byte { return whole[i*blobSealed : min(len(whole), (i+1)*blobSealed)] }
	join := func(parts ...[]byte) []byte { return slices.Concat(parts...) }
	damaged := map[string][]byte{
		"nothing":          {},
		"cut by a byte":    whole[:len(whole)-1],
		"cut by a chunk":   whole[:3*blobSealed],
		"cut in a chunk":   whole[:2*blobSealed+500],
		"one byte more":    join(whole, []byte{0}),
		"a chunk more":     join(whole[:3*blobSealed], chunk(2), chunk(3)),
		"twice":            join(whole, whole),
		"chunks exchanged": join(chunk(1), chunk(0), chunk(2), chunk(3)),
		"a chunk missing":  join(chunk(0), chunk(2), chunk(3)),
	}
	for i := range 64 {
		b := slices.Clone(whole)
		b[(i*len(b)/64+i)%len(b)] ^= 1 << (i % 8)
		damaged["a bit, "+string(rune('A'+i))] = b
	}
	for name, b := range damaged {
		r, err := OpenBlob(bytes.NewReader(b), int64(len(b)), key)
		if err == nil {
			var got []byte
			got, err = io.ReadAll(r)
			if !bytes.HasPrefix(content, got) {
				t.Errorf("%s: what is read was not written", name)
			}
		}
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnfinishedBlob is what a crash leaves.
func TestUnfinishedBlob(t *testing.T) {
	for _, n := range blobSizes {
		var b bytes.Buffer
		w, key, err := SealBlob(&b, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(random(n))
		if _, err := OpenBlob(bytes.NewReader(b.Bytes()), int64(b.Len()), key); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestBlobOnAFullDisk(t *testing.T) {
	f, _, err := SealBlob(failingWriter{}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(random(3 * blobChunk)); !errors.Is(err, errFull) || !errors.Is(f.Close(), errFull) {
		t.Errorf("a full disk: %v", err)
	}
}

var errFull = errors.New("full")

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }

func FuzzBlob(f *testing.F) {
	var b bytes.Buffer
	key := bytes.Repeat([]byte{7}, keySize)
	w, secretKey, err := SealBlob(&b, bytes.NewReader(key))
	if err != nil {
		f.Fatal(err)
	}
	content := bytes.Repeat([]byte("abc"), 50_000)
	w.Write(content)
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	whole := b.Bytes()
	f.Add([]byte{}, 0, len(whole), int64(0), 0, 100)
	f.Add([]byte{1}, 70_000, len(whole), int64(10), 2, 5)
	f.Add(whole[:100], blobSealed, blobSealed+100, int64(-3), 1, 5)
	// The whole with junk put over some of it, cut off at size.
	f.Fuzz(func(t *testing.T, junk []byte, at, size int, offset int64, whence, n int) {
		sealed := bytes.Clone(whole)
		if at >= 0 && at < len(sealed) {
			copy(sealed[at:], junk)
		}
		if size >= 0 && size < len(sealed) {
			sealed = sealed[:size]
		}
		r, err := OpenBlob(bytes.NewReader(sealed), int64(len(sealed)), secretKey)
		if err != nil {
			return
		}
		start, err := r.Seek(offset, whence)
		if err != nil || start < 0 {
			return
		}
		p := make([]byte, max(0, n%(1<<20)))
		got, _ := io.ReadFull(r, p)
		if got > 0 && !bytes.Equal(p[:got], content[start:start+int64(got)]) {
			t.Error("read what was never written")
		}
	})
}
