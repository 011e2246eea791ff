package attachment

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"seance/messaging/secret"
)

// byHand puts a file together from the published layout, apart from the code
// that is tested: what apps of today upload.
func byHand(t testing.TB, key, iv, text []byte) (blob, digest []byte) {
	t.Helper()
	pad := 16 - len(text)%16
	padded := append(slices.Clone(text), bytes.Repeat([]byte{byte(pad)}, pad)...)
	block, err := aes.NewCipher(key[:32])
	if err != nil {
		t.Fatal(err)
	}
	last := iv
	blob = slices.Clone(iv)
	for ; len(padded) > 0; padded = padded[16:] {
		var b [16]byte
		for i := range b {
			b[i] = padded[i] ^ last[i]
		}
		block.Encrypt(b[:], b[:])
		blob = append(blob, b[:]...)
		last = b[:]
	}
	mac := hmac.New(sha256.New, key[32:64])
	mac.Write(blob)
	blob = mac.Sum(blob)
	sum := sha256.Sum256(blob)
	return blob, sum[:]
}

func TestLegacyByHand(t *testing.T) {
	key, iv := make([]byte, 64), make([]byte, 16)
	rand.Read(key)
	rand.Read(iv)
	for _, tt := range []struct{ size, padding int }{{1, 0}, {1, 540}, {15, 0}, {16, 0}, {17, 500}, {541, 0}, {100_000, 3000}, {MaxSize, 0}, {MaxSize - 1, 1}} {
		data := make([]byte, tt.size)
		rand.Read(data)
		blob, digest := byHand(t, key, iv, append(slices.Clone(data), make([]byte, tt.padding)...))
		p := Pointer{Key: secret.Clone(key), Digest: digest, Size: int64(tt.size)}
		if got, err := Open(slices.Clone(blob), p); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%+v: opened %d bytes, %v", tt, len(got), err)
		}
		// And the other way round: what we encrypt is that, byte for byte.
		sealed, err := Seal(bytes.NewReader(append(slices.Clone(key), iv...)), data, true)
		if err != nil {
			t.Fatal(err)
		}
		want, digest := byHand(t, key, iv, append(slices.Clone(data), make([]byte, paddedSize(tt.size)-tt.size)...))
		if !bytes.Equal(sealed.Blob, want) || !bytes.Equal(sealed.Digest, digest) || !bytes.Equal(sealed.Key.Expose(), key) || sealed.Size != int64(tt.size) {
			t.Errorf("%+v: sealed otherwise than by hand", tt)
		}
	}
}

// Each of these files would decrypt to something if it were not checked.
func TestLegacyIsChecked(t *testing.T) {
	key, iv := bytes.Repeat([]byte{1}, 64), bytes.Repeat([]byte{2}, 16)
	blob, digest := byHand(t, key, iv, bytes.Repeat([]byte("text"), 300))
	good := Pointer{Key: secret.Clone(key), Digest: digest, Size: 1200}
	sum := func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }
	flip := func(at int) []byte { b := slices.Clone(blob); b[(at+len(b))%len(b)] ^= 1; return b }
	badPad := make([]byte, 32)
	for i := range badPad {
		badPad[i] = 17
	}
	with := func(change func(p *Pointer)) Pointer { p := good; change(&p); return p }
	otherKey := bytes.Repeat([]byte{1}, 64)
	otherKey[63] ^= 1
	for name, tt := range map[string]struct {
		blob []byte
		p    Pointer
		want error
	}{
		"good":              {blob, good, nil},
		"smaller size":      {blob, with(func(p *Pointer) { p.Size = 1 }), nil},
		"iv":                {flip(0), good, ErrDamaged},
		"iv, own digest":    {flip(0), with(func(p *Pointer) { p.Digest = sum(flip(0)) }), ErrDamaged},
		"text, own digest":  {flip(40), with(func(p *Pointer) { p.Digest = sum(flip(40)) }), ErrDamaged},
		"mac, own digest":   {flip(-1), with(func(p *Pointer) { p.Digest = sum(flip(-1)) }), ErrDamaged},
		"digest":            {blob, with(func(p *Pointer) { p.Digest = sum(nil) }), ErrDamaged},
		"no digest":         {blob, with(func(p *Pointer) { p.Digest = nil }), ErrPointer},
		"short digest":      {blob, with(func(p *Pointer) { p.Digest = digest[:31] }), ErrPointer},
		"no size":           {blob, with(func(p *Pointer) { p.Size = 0 }), ErrPointer},
		"negative size":     {blob, with(func(p *Pointer) { p.Size = -1 }), ErrPointer},
		"huge size":         {blob, with(func(p *Pointer) { p.Size = 1 << 60 }), ErrPointer},
		"size beyond":       {blob, with(func(p *Pointer) { p.Size = 1201 }), ErrDamaged},
		"other mac key":     {blob, with(func(p *Pointer) { p.Key = secret.Clone(otherKey) }), ErrDamaged},
		"half a key":        {blob, with(func(p *Pointer) { p.Key = secret.Clone(key[:48]) }), ErrPointer},
		"cut":               {blob[:len(blob)-16], good, ErrDamaged},
		"empty":             {nil, good, ErrDamaged},
		"47 bytes":          {blob[:47], good, ErrDamaged},
		"too large":         {make([]byte, MaxBlob+1), good, ErrTooLarge},
		"as the other form": {blob, Pointer{Key: secret.Clone(key), Size: 1200, Deterministic: true}, ErrPointer},
		"as an avatar":      {blob, Pointer{Key: secret.Clone(key[:32])}, ErrDamaged},
	} {
		got, err := Open(slices.Clone(tt.blob), tt.p)
		if !errors.Is(err, tt.want) || err == nil && int64(len(got)) != tt.p.Size || err != nil && got != nil {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	// Authentic, but its last block is not padded.
	block, _ := aes.NewCipher(key[:32])
	raw := append(slices.Clone(iv), make([]byte, 32)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(raw[16:], badPad)
	mac := hmac.New(sha256.New, key[32:])
	mac.Write(raw)
	raw = mac.Sum(raw)
	if _, err := Open(raw, Pointer{Key: secret.Clone(key), Digest: sum(raw), Size: 1}); !errors.Is(err, ErrDamaged) {
		t.Errorf("not padded: %v", err)
	}
}

// The sizes are powers of 1.05, rounded down, computed elsewhere with 60 digits.
func TestPaddedSize(t *testing.T) {
	for n, want := range map[int]int{
		1: 541, 540: 541, 541: 541, 542: 568, 1000: 1020, 20000: 20018, 1_000_000: 1_041_743,
		9_687_216: 9_828_080, 9_828_081: 10_000_000, 9_999_999: 10_000_000, 10_000_000: 10_000_000,
	} {
		if got := paddedSize(n); got != want {
			t.Errorf("%d bytes are padded to %d, not %d", n, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, MaxSize).Draw(t, "n")
		if p := paddedSize(n); p < n || p > MaxSize || p > max(minPadded, n+n/20+1) {
			t.Errorf("%d bytes are padded to %d", n, p)
		}
	})
}

func TestAvatar(t *testing.T) {
	key, err := NewAvatarKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	picture := []byte("a picture")
	s, err := SealAvatar(rand.Reader, key, picture)
	if err != nil || !s.Key.Equal(key) || len(s.Blob) != 12+len(picture)+16 {
		t.Fatalf("%d bytes, %v", len(s.Blob), err)
	}
	block, _ := aes.NewCipher(key.Expose())
	gcm, _ := cipher.NewGCM(block)
	if got, err := gcm.Open(nil, s.Blob[:12], s.Blob[12:], nil); err != nil || !bytes.Equal(got, picture) {
		t.Errorf("the published layout opens to %q, %v", got, err)
	}
	nonce := []byte("twelve bytes")
	if got, err := Open(gcm.Seal(slices.Clone(nonce), nonce, picture, nil), Pointer{Key: key}); err != nil || !bytes.Equal(got, picture) {
		t.Errorf("opened %q, %v", got, err)
	}
	for i := range s.Blob {
		b := slices.Clone(s.Blob)
		b[i] ^= 0x80
		if _, err := Open(b, Pointer{Key: key}); !errors.Is(err, ErrDamaged) {
			t.Errorf("byte %d changed: %v", i, err)
		}
		if _, err := Open(slices.Clone(s.Blob[:i]), Pointer{Key: key}); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut to %d bytes: %v", i, err)
		}
	}
	if _, err := SealAvatar(rand.Reader, secret.New(make([]byte, 31)), picture); !errors.Is(err, ErrPointer) {
		t.Errorf("a key of 31 bytes: %v", err)
	}
}

func TestFileInTheClear(t *testing.T) {
	if got, err := Open([]byte("plain and padding"), Pointer{Size: 5}); err != nil || string(got) != "plain" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestLimits(t *testing.T) {
	seed, key := secret.New(make([]byte, 32)), secret.New(make([]byte, 32))
	for name, seal := range map[string]func(data []byte) (Sealed, error){
		"legacy":        func(d []byte) (Sealed, error) { return Seal(rand.Reader, d, true) },
		"unpadded":      func(d []byte) (Sealed, error) { return Seal(rand.Reader, d, false) },
		"avatar":        func(d []byte) (Sealed, error) { return SealAvatar(rand.Reader, key, d) },
		"deterministic": func(d []byte) (Sealed, error) { return SealDeterministic(seed, File, d) },
	} {
		if _, err := seal(nil); !errors.Is(err, ErrEmpty) {
			t.Errorf("%s, empty: %v", name, err)
		}
		if _, err := seal(make([]byte, MaxSize+1)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s, too large: %v", name, err)
		}
		data := make([]byte, MaxSize)
		rand.Read(data)
		s, err := seal(data)
		if err != nil || len(s.Blob) > MaxBlob {
			t.Errorf("%s: %d bytes encrypted, %v", name, len(s.Blob), err)
			continue
		}
		if got, err := Open(s.Blob, s.Pointer); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: opened %d bytes, %v", name, len(got), err)
		}
	}
	for name, draw := range map[string]func(r io.Reader) error{
		"legacy": func(r io.Reader) error { _, err := Seal(r, []byte("x"), true); return err },
		"avatar": func(r io.Reader) error { _, err := SealAvatar(r, key, []byte("x")); return err },
		"key":    func(r io.Reader) error { _, err := NewAvatarKey(r); return err },
	} {
		if err := draw(bytes.NewReader(make([]byte, 11))); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s, without randomness: %v", name, err)
		}
	}
}

func TestDeterministicProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := secret.New(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed"))
		data := bytes.Repeat(rapid.SliceOfN(rapid.Byte(), 1, 70).Draw(t, "data"), rapid.IntRange(1, 2000).Draw(t, "times"))
		s, err := SealDeterministic(seed, File, data)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := SealDeterministic(seed, File, data)
		other, _ := SealDeterministic(seed, Avatar, data)
		if !bytes.Equal(s.Blob, again.Blob) || s.Key.Equal(other.Key) || len(s.Blob)%4096 != 0 || len(s.Blob) != streamSize(len(data)) {
			t.Errorf("%d bytes", len(s.Blob))
		}
		if got, err := Open(s.Blob, s.Pointer); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	})
}

// Whatever is opened, it does not fail otherwise than with one of the known
// errors, and what is opened has the size that was told.
func FuzzOpen(f *testing.F) {
	key := bytes.Repeat([]byte{3}, 64)
	blob, digest := byHand(f, key, make([]byte, 16), []byte("text"))
	f.Add(blob, key, digest, int64(4), false)
	avatar, _ := SealAvatar(rand.Reader, secret.Clone(key[:32]), []byte("picture"))
	f.Add(avatar.Blob, key[:32], []byte(nil), int64(0), false)
	stream := sealStream(key[:32], File, []byte("file"))
	f.Add(stream.Blob, stream.Key.Expose(), []byte(nil), int64(4), true)
	f.Add([]byte("plain"), []byte(nil), []byte(nil), int64(2), false)
	f.Fuzz(func(t *testing.T, blob, key, digest []byte, size int64, deterministic bool) {
		n := len(blob)
		got, err := Open(slices.Clone(blob), Pointer{Key: secret.Clone(key), Digest: digest, Size: size, Deterministic: deterministic})
		switch {
		case err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrPointer) && !errors.Is(err, ErrTooLarge):
			t.Errorf("error %v", err)
		case err == nil && (len(got) > n || size > 0 && int64(len(got)) != size):
			t.Errorf("%d of %d bytes opened, told %d", len(got), n, size)
		}
	})
}
