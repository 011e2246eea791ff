package pack

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"seance/messaging/identity"
	"seance/messaging/wire/sessionpb"
)

// vectorFile is a file of reference values made by libsession-util.
type vectorFile[Case any] struct {
	Count       int
	Cases       []Case
	PaddedSizes map[string]int `json:"padded_sizes"`
}

func loadVectors[Case any](t testing.TB, name string) (file vectorFile[Case]) {
	t.Helper()
	dir := os.Getenv("SEANCE_VECTORS")
	if dir == "" {
		dir = "testdata"
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) == 0 || len(file.Cases) != file.Count {
		t.Fatalf("%s has %d cases, not %d", name, len(file.Cases), file.Count)
	}
	return file
}

// hexBytes is a JSON string of hexadecimal digits; null is nil.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

func TestEncryptVectors(t *testing.T) {
	type vector struct {
		Kind, Name   string
		Message, Key hexBytes
		Domain       string
		Pad          bool
		Ciphertext   hexBytes
		MustFail     bool `json:"must_fail"`
	}
	file := loadVectors[vector](t, "config_encrypt.json")
	for i, c := range file.Cases {
		text, err := Decrypt(c.Key, c.Domain, c.Ciphertext)
		if c.MustFail || c.Kind == "must_fail" {
			if !errors.Is(err, ErrUndecryptable) {
				t.Errorf("case %d, %s: error %v", i, c.Name, err)
			}
			continue
		}
		want := []byte(c.Message)
		if c.Pad {
			want = Pad(want)
		}
		if err != nil || !bytes.Equal(text, want) {
			t.Errorf("case %d: %x, %v", i, text, err)
		}
		if got := Encrypt(c.Key, c.Domain, want); !bytes.Equal(got, c.Ciphertext) {
			t.Errorf("case %d: %x, want %x", i, got, c.Ciphertext)
		}
	}
	for length, want := range file.PaddedSizes {
		n, err := strconv.Atoi(length)
		if err != nil {
			t.Fatal(err)
		}
		if got := PaddedLen(n); got != want {
			t.Errorf("%d bytes are padded to %d, want %d", n, got, want)
		}
	}
}

func TestWrapVectors(t *testing.T) {
	type vector struct {
		Type     string
		Seed     hexBytes
		Seqno    int64
		Data     hexBytes
		Wrapped  hexBytes
		Not      string `json:"unwrap_as_must_fail"`
		MustFail bool   `json:"must_fail"`
		Kind     string
	}
	kinds := map[string]sessionpb.SharedConfigMessage_Kind{
		"UserProfile": sessionpb.SharedConfigMessage_USER_PROFILE, "Contacts": sessionpb.SharedConfigMessage_CONTACTS,
		"ConvoInfoVolatile": sessionpb.SharedConfigMessage_CONVO_INFO_VOLATILE, "UserGroups": sessionpb.SharedConfigMessage_USER_GROUPS,
	}
	stranger := keys(t, bytes.Repeat([]byte{7}, 32))
	for i, c := range loadVectors[vector](t, "config_wrap.json").Cases {
		account, kind := keys(t, c.Seed), kinds[c.Type]
		got, err := Unwrap(account, kind, c.Wrapped)
		if c.MustFail || c.Kind == "must_fail" {
			if err == nil {
				t.Errorf("case %d: no error", i)
			}
			continue
		}
		if err != nil || !bytes.Equal(got, c.Data) {
			t.Errorf("case %d: %x, %v", i, got, err)
		}
		if got, err := Wrap(account, kind, c.Seqno, c.Data); err != nil || !bytes.Equal(got, c.Wrapped) {
			t.Errorf("case %d: %x (%v), want %x", i, got, err, c.Wrapped)
		}
		if c.Not != "" {
			if _, err := Unwrap(account, kinds[c.Not], c.Wrapped); !errors.Is(err, ErrMalformed) {
				t.Errorf("case %d as %s: %v", i, c.Not, err)
			}
		}
		if _, err := Unwrap(stranger, kind, c.Wrapped); !errors.Is(err, ErrUndecryptable) {
			t.Errorf("case %d by another account: %v", i, err)
		}
	}
}

func keys(t testing.TB, seed []byte) *identity.Keys {
	t.Helper()
	k, err := identity.KeysFromSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestCompressTakesWhatIsShorter(t *testing.T) {
	short, long := []byte("de"), []byte("d"+strings.Repeat("1:a0:", 1000)+"e")
	for _, message := range [][]byte{short, long} {
		packed, err := Compress(message)
		if err != nil {
			t.Fatal(err)
		}
		if compressed := packed[0] == compressedMark; compressed != (len(message) > 100) || len(packed) > len(message) {
			t.Errorf("%d bytes become %d", len(message), len(packed))
		}
		if got, err := Expand(packed); err != nil || !bytes.Equal(got, message) {
			t.Errorf("%d bytes: %v", len(got), err)
		}
	}
}

func TestExpandRefuses(t *testing.T) {
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	compressed := func(b []byte) []byte { return encoder.EncodeAll(b, []byte{compressedMark}) }
	bomb := make([]byte, MaxMessage+1)
	bomb[0] = plainMark
	good := compressed([]byte("d1:a1:be"))
	for name, c := range map[string]struct {
		text []byte
		want error
	}{
		"nothing":           {nil, ErrMalformed},
		"unknown":           {[]byte("x"), ErrMalformed},
		"zeros":             {make([]byte, 20), ErrMalformed},
		"a part":            {[]byte("mle"), ErrMalformed},
		"compressed nested": {compressed(good), ErrMalformed},
		"compressed none":   {compressed(nil), ErrMalformed},
		"cut off":           {good[:len(good)-1], ErrMalformed},
		"damaged":           {append([]byte("z\x00"), good[2:]...), ErrMalformed},
		"no frame":          {[]byte("zzzzzzzz"), ErrMalformed},
		"too large":         {bomb, ErrTooLarge},
		"bomb":              {compressed(bomb), ErrTooLarge},
	} {
		if got, err := Expand(c.text); !errors.Is(err, c.want) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func TestPartsOfEverySize(t *testing.T) {
	for _, n := range []int{partSize + 1, partSize + 9, partSize + 10, partSize + 99, partSize + 100, 2 * partSize, 2*partSize + 12345, 10 * partSize} {
		padded := bytes.Repeat([]byte("0123456789abcdef"), n/16+1)[:n]
		parts, whole, err := Split(padded)
		if err != nil {
			t.Fatal(err)
		}
		var chunks [][]byte
		for i, p := range parts {
			if want := MaxStored - Overhead; len(p) != want && i < len(parts)-1 || len(p) > want {
				t.Errorf("part %d of %d bytes has %d", i, n, len(p))
			}
			part, err := ParsePart(p)
			if err != nil || part.Index != i || part.Count != len(parts) || part.Whole != whole {
				t.Errorf("part %d: %+v, %v", i, part, err)
			}
			chunks = append(chunks, part.Chunk)
		}
		if got, err := Join(whole, chunks); err != nil || !bytes.Equal(got, padded) {
			t.Errorf("%d bytes together: %v", len(got), err)
		}
		chunks[0], chunks[1] = chunks[1], chunks[0]
		if _, err := Join(whole, chunks); !errors.Is(err, ErrMalformed) {
			t.Errorf("in the wrong order: %v", err)
		}
	}
	if _, _, err := Split(make([]byte, MaxMessage+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a message that is too large: %v", err)
	}
}

func TestParsePartRefuses(t *testing.T) {
	hash := "32:" + strings.Repeat("h", 32)
	for _, s := range []string{
		"", "m", "d", "ml", "mle", "ml" + hash + "1:\x00e", "mi1e",
		"ml" + hash + "1:\x001:\x020:e",            // an empty chunk
		"ml" + hash + "1:\x021:\x021:xe",           // number 2 of 2
		"ml" + hash + "1:\x001:\x011:xe",           // the only one
		"ml" + hash + "2:\x00\x001:\x021:xe",       // a number of two bytes
		"ml" + hash + "1:\x001:\x021:x1:ye",        // too many fields
		"ml" + hash + "1:\x001:\x021:xex",          // something behind
		"ml31:" + hash[4:] + "1:\x001:\x021:xe",    // a short hash
		"ml" + hash + "i0e1:\x021:xe",              // a number as such
		"ml" + hash + "1:\x001:\x0299999999:x",     // longer than it is
		"ml" + hash + "1:\x001:\x02l1:xee\x00\x00", // a list
	} {
		if part, err := ParsePart([]byte(s)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %+v, %v", s, part, err)
		}
	}
	if _, err := ParsePart([]byte("ml" + hash + "1:\x001:\x021:xe\x00\x00\x00\x00")); err != nil {
		t.Errorf("zeros at the end: %v", err)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte("d1:a1:be"))
	f.Add([]byte("\x00\x00z"))
	f.Add([]byte("ml32:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1:\x001:\x021:xe"))
	packed, err := Compress([]byte("d" + strings.Repeat("1:a0:", 100) + "e"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Fuzz(func(t *testing.T, in []byte) {
		text := Unpad(in)
		if part, err := ParsePart(text); err == nil && (part.Index >= part.Count || len(part.Chunk) == 0) {
			t.Fatalf("%+v", part)
		}
		expanded, err := Expand(text)
		if err != nil {
			return
		}
		if len(expanded) == 0 || len(expanded) > MaxMessage {
			t.Fatalf("%d bytes", len(expanded))
		}
		again, err := Compress(expanded)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Expand(again); err != nil || !bytes.Equal(got, expanded) {
			t.Fatalf("packed again: %q, %v", got, err)
		}
	})
}

func FuzzUnwrap(f *testing.F) {
	account := keys(f, bytes.Repeat([]byte{1}, 32))
	good, err := Wrap(account, sessionpb.SharedConfigMessage_CONTACTS, 5, []byte("data"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)-3])
	f.Fuzz(func(t *testing.T, in []byte) {
		if data, err := Unwrap(account, sessionpb.SharedConfigMessage_CONTACTS, in); err == nil && !bytes.Equal(data, []byte("data")) {
			t.Fatalf("forged: %q", data)
		}
		if text, err := Decrypt(account.Seed().Expose(), "Contacts", in); err == nil {
			t.Fatalf("forged: %q", text)
		}
	})
}
