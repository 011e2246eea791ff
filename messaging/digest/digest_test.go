package digest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestBlake2bVectors(t *testing.T) {
	dir := "testdata"
	if d := os.Getenv("SEANCE_VECTORS"); d != "" {
		dir = d
	}
	b, err := os.ReadFile(filepath.Join(dir, "blake2b.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Count int
		Cases []struct {
			Size               int
			Key, Message, Hash string
			MustFail           bool `json:"must_fail"`
		}
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) != file.Count {
		t.Fatalf("%d cases, not %d", len(file.Cases), file.Count)
	}
	for i, c := range file.Cases {
		if c.MustFail {
			if !panics(func() { Sum(c.Size, fromHex(t, c.Key), fromHex(t, c.Message)) }) {
				t.Errorf("case %d is accepted", i)
			}
			continue
		}
		message := fromHex(t, c.Message)
		want := fromHex(t, c.Hash)
		if got := Sum(c.Size, fromHex(t, c.Key), message); !bytes.Equal(got, want) {
			t.Errorf("case %d: %x, want %x", i, got, want)
		}
		half := len(message) / 2
		if got := Sum(c.Size, fromHex(t, c.Key), message[:half], nil, message[half:]); !bytes.Equal(got, want) {
			t.Errorf("case %d in two parts: %x, want %x", i, got, want)
		}
	}
}

// The value is that of Python's hashlib.blake2b(b"abc", digest_size=32,
// person=b"seance test text").
func TestPersonalisation(t *testing.T) {
	got := SumPersonal(32, [16]byte([]byte("seance test text")), []byte("a"), []byte("bc"))
	if want := fromHex(t, "c8a96367d7e0b69301195920fa2492078911e31961932e555739ceeaebd122a6"); !bytes.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
	if got := SumPersonal(32, [16]byte{}, []byte("abc")); !bytes.Equal(got, Sum(32, nil, []byte("abc"))) {
		t.Error("an empty personalisation changes the hash")
	}
}

func TestImpossibleParameters(t *testing.T) {
	for size, key := range map[int]int{-1: 0, 0: 0, 65: 0, 32: 65} {
		if !panics(func() { Sum(size, make([]byte, key)) }) {
			t.Errorf("size %d with a key of %d bytes is accepted", size, key)
		}
	}
}

func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}

func fromHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
