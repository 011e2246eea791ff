package attachment

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/crypto/blake2b"

	"seance/messaging/secret"
)

// hexBytes is a JSON string of hexadecimal digits.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

type vector struct {
	Seed    hexBytes
	Domain  Domain
	Large   bool `json:"allow_large"`
	Data    hexBytes
	Pattern *struct{ Len, Start int } `json:"data_pattern"`
	Key     hexBytes
	Size    int
	Sum     hexBytes `json:"blake2b"`
	Blob    hexBytes `json:"ciphertext"`
	Refused bool     `json:"must_fail"`
	Corrupt []string `json:"corruptions_that_must_fail"`
}

func (v vector) data() []byte {
	if v.Pattern == nil {
		return v.Data
	}
	b := make([]byte, v.Pattern.Len)
	for i := range b {
		b[i] = byte(v.Pattern.Start + 7*i + i>>8)
	}
	return b
}

type vectorFile struct {
	Count int
	Sizes map[string]struct {
		Padding   int
		Encrypted int `json:"encrypted_size"`
		Most      int `json:"decrypted_max_size"`
	}
	Cases []vector
}

// vectors are values made by libsession-util.
func vectors(t testing.TB) (f vectorFile) {
	t.Helper()
	dir := os.Getenv("SEANCE_VECTORS")
	if dir == "" {
		dir = "testdata"
	}
	b, err := os.ReadFile(filepath.Join(dir, "attachments.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Cases) == 0 || len(f.Cases) != f.Count || len(f.Sizes) == 0 {
		t.Fatalf("%d of %d cases, %d sizes", len(f.Cases), f.Count, len(f.Sizes))
	}
	return f
}

func TestSizesVector(t *testing.T) {
	for text, want := range vectors(t).Sizes {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := streamSize(n); got != want.Encrypted || padding(n) != want.Padding {
			t.Errorf("%d bytes: encrypted %d, padding %d, want %+v", n, got, padding(n), want)
		}
		// The largest file that fits is the one with one byte of padding, if not
		// even its size made the unit grow.
		if streamSize(want.Most) == want.Encrypted && padding(want.Most) != 1 {
			t.Errorf("%d bytes: padding %d", want.Most, padding(want.Most))
		}
	}
}

func TestStreamVector(t *testing.T) {
	for i, v := range vectors(t).Cases {
		data := v.data()
		if v.Refused {
			if streamSize(len(data)) <= MaxBlob {
				t.Errorf("case %d: %d bytes would be uploaded", i, len(data))
			}
			if _, err := SealDeterministic(secret.Clone(v.Seed), v.Domain, data); !errors.Is(err, ErrTooLarge) {
				t.Errorf("case %d: %v", i, err)
			}
			continue
		}
		got := sealStream(v.Seed, v.Domain, data)
		sum := blake2b.Sum256(got.Blob)
		if !bytes.Equal(got.Key.Expose(), v.Key) || (v.Size != 0 && len(got.Blob) != v.Size) ||
			(v.Sum != nil && !bytes.Equal(sum[:], v.Sum)) || (v.Blob != nil && !bytes.Equal(got.Blob, v.Blob)) {
			t.Errorf("case %d: key %x, %d bytes, sum %x", i, got.Key.Expose(), len(got.Blob), sum)
			continue
		}
		if !v.Large && len(data) > 0 && len(data) <= MaxSize {
			public, err := SealDeterministic(secret.Clone(v.Seed), v.Domain, data)
			if err != nil || !bytes.Equal(public.Blob, got.Blob) || !public.Deterministic || public.Size != int64(len(data)) || public.Digest != nil {
				t.Errorf("case %d: %v", i, err)
			}
		}
		opened, err := openStream(slices.Clone(got.Blob), secret.Clone(v.Key))
		if err != nil || !bytes.Equal(opened, data) {
			t.Errorf("case %d: opened %d bytes, %v", i, len(opened), err)
		}
		pointer := Pointer{Key: secret.Clone(v.Key), Size: int64(len(data)), Deterministic: true}
		opened, err = Open(slices.Clone(got.Blob), pointer)
		if large := len(got.Blob) > MaxBlob; large != errors.Is(err, ErrTooLarge) || !large && !bytes.Equal(opened, data) {
			t.Errorf("case %d: opened %d bytes, %v", i, len(opened), err)
		}
		for _, name := range v.Corrupt {
			blob, key := corrupt(t, name, v.Blob, v.Key)
			if _, err := Open(blob, Pointer{Key: secret.New(key), Size: int64(len(data)), Deterministic: true}); !errors.Is(err, ErrDamaged) {
				t.Errorf("case %d, %s: %v", i, name, err)
			}
		}
	}
}

// corrupt makes the changes that the vectors name, and those that their
// description names besides.
func corrupt(t testing.TB, name string, blob, key []byte) ([]byte, []byte) {
	t.Helper()
	b, k := slices.Clone(blob), slices.Clone(key)
	switch name {
	case "flipped bit":
		b[50] ^= 1
	case "truncated":
		b = b[:len(b)-1]
	case "wrong first byte":
		b[0] = 'T'
	case "empty":
		b = nil
	case "header only":
		b = b[:25]
	case "trailing byte":
		b = append(b, 0)
	case "flipped header bit":
		b[1] ^= 1
	case "flipped last bit":
		b[len(b)-1] ^= 1
	case "first byte missing":
		b = b[1:]
	case "truncated to 42 bytes":
		b = b[:42]
	case "doubled":
		b = append(b, blob...)
	case "wrong key":
		k[0] ^= 1
	default:
		t.Fatalf("unknown corruption %q", name)
	}
	return b, k
}

var corruptions = []string{
	"flipped bit", "truncated", "wrong first byte", "empty", "header only", "trailing byte", "flipped header bit",
	"flipped last bit", "first byte missing", "truncated to 42 bytes", "doubled", "wrong key",
}

// Every corruption is found in files of one chunk, of several, and of such
// sizes that the last one is encrypted the fast way and the slow way.
func TestCorruptStream(t *testing.T) {
	for _, n := range []int{1, 5000, 32768, 40001, 70000, 140000} {
		data := bytes.Repeat([]byte{7}, n)
		s := sealStream(make([]byte, 32), File, data)
		for _, name := range corruptions {
			blob, key := corrupt(t, name, s.Blob, s.Key.Expose())
			if _, err := Open(blob, Pointer{Key: secret.New(key), Deterministic: true}); !errors.Is(err, ErrDamaged) {
				t.Errorf("%d bytes, %s: %v", n, name, err)
			}
		}
		// Chunks that are whole in themselves: cut off, swapped, said twice.
		if len(s.Blob) < streamStart+2*sealedChunk {
			continue
		}
		first, second, rest := s.Blob[streamStart:streamStart+sealedChunk], s.Blob[streamStart+sealedChunk:streamStart+2*sealedChunk], s.Blob[streamStart+2*sealedChunk:]
		for i, parts := range [][][]byte{{first}, {first, second}, {second, first, rest}, {first, first, second, rest}, {second, rest}} {
			blob := append(slices.Clone(s.Blob[:streamStart]), bytes.Join(parts, nil)...)
			if _, err := Open(blob, s.Pointer); !errors.Is(err, ErrDamaged) {
				t.Errorf("%d bytes, order %d: %v", n, i, err)
			}
		}
	}
}

// A stream of any length has the last chunk as libsodium makes it: the fast way
// and the slow way agree where both are right, and differ elsewhere.
func TestBothWaysOfAChunk(t *testing.T) {
	for n := range 200 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			key, header := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 24)
			s := newStream(key, header)
			for i, text := 0, s.room(n); i < n; i++ {
				text[i] = byte(i)
			}
			whole := s.aead.Seal(nil, s.nonce[:], s.buf, nil)
			crypt, mac := s.parts()
			slow := slices.Clone(s.buf)
			crypt.XORKeyStream(slow, slow)
			slow = append(slow, sumChunk(mac, slow)...)
			if bytes.Equal(whole, slow) != isPlain(n+blockSize) {
				t.Errorf("a chunk of %d bytes: equal %v", n, bytes.Equal(whole, slow))
			}
		})
	}
}
