package identity

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"filippo.io/edwards25519"
	"filippo.io/edwards25519/field"

	"seance/messaging/id"
)

func TestNothingPrintsKeys(t *testing.T) {
	raw := bytes.Repeat([]byte{0xa7}, SeedSize)
	seed, err := SeedFromBytes(raw)
	if err != nil {
		t.Fatal(err)
	}
	k := seed.Keys()
	holder := struct {
		Seed   Seed
		Keys   *Keys
		hidden *Keys
	}{seed, k, k}
	encoded, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "seed", seed, "keys", k, "holder", holder)
	outputs := map[string]string{"json": string(encoded), "log": log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		outputs[verb] = fmt.Sprintf(verb+verb+verb+verb, holder, *k, k, seed)
	}
	for how, out := range outputs {
		for _, key := range [][]byte{raw, k.Seed().Expose(), k.X25519().Bytes()} {
			for _, leak := range []string{hex.EncodeToString(key[:4]), fmt.Sprint(key[:4])[1:12], fmt.Sprintf("%#v", key[:2])[7:16]} {
				if strings.Contains(strings.ToLower(out), leak) {
					t.Errorf("%s shows a key: %s", how, out)
				}
			}
		}
	}
}

func TestWipe(t *testing.T) {
	seed, err := NewSeed(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k := seed.Keys()
	signing := k.signing.Expose()
	k.Wipe()
	if !bytes.Equal(signing, make([]byte, ed25519.PrivateKeySize)) {
		t.Error("the signing key is still there")
	}
}

func TestKeysFromSeedLengths(t *testing.T) {
	for _, n := range []int{0, 15, 17, 31, 33, 63, 65} {
		if _, err := KeysFromSeed(make([]byte, n)); err == nil {
			t.Errorf("%d bytes are accepted", n)
		}
	}
	if _, err := KeysFromSeed(make([]byte, 64)); err == nil {
		t.Error("a secret key with a public key of another is accepted")
	}
	k, err := KeysFromSeed(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	again, err := KeysFromSeed(k.signing.Expose())
	if err != nil || again.Account() != k.Account() {
		t.Errorf("64 bytes: %v", err)
	}
}

// The list is recomputed: points that eight additions bring to the neutral one.
func TestSmallOrderIsComplete(t *testing.T) {
	// A point of order 8: any point times the order of the prime subgroup, which
	// is the one before it (as a scalar, -1) and the point itself.
	minusOne := new(edwards25519.Scalar).Negate(scalarOne(t))
	found := map[[32]byte]bool{}
	for n := byte(0); len(found) < 5 && n < 255; n++ {
		p, err := new(edwards25519.Point).SetBytes(append([]byte{n, 1}, make([]byte, 30)...))
		if err != nil {
			continue
		}
		torsion := new(edwards25519.Point).ScalarMult(minusOne, p)
		torsion.Add(torsion, p)
		for multiple, i := new(edwards25519.Point).Set(torsion), 0; i < 8; i++ {
			y := [32]byte(multiple.Bytes())
			y[31] &= 0x7f
			found[y] = true
			multiple.Add(multiple, torsion)
		}
	}
	for _, y := range smallOrder {
		if !found[y] {
			t.Errorf("%x is not of small order", y)
		}
		delete(found, y)
	}
	for y := range found {
		t.Errorf("%x is missing", y)
	}
}

func scalarOne(t *testing.T) *edwards25519.Scalar {
	one, err := new(edwards25519.Scalar).SetCanonicalBytes(append([]byte{1}, make([]byte, 31)...))
	if err != nil {
		t.Fatal(err)
	}
	return one
}

func TestUnusableKeys(t *testing.T) {
	// Under a key of small order, R = S·B and any S >= 0 can be a signature.
	identityKey := [32]byte{1}
	forged := append(append([]byte{1}, make([]byte, 31)...), make([]byte, 32)...)
	if !ed25519.Verify(identityKey[:], []byte("anything"), forged) {
		t.Log("crypto/ed25519 has become strict")
	}
	if Verify(identityKey, []byte("anything"), forged) {
		t.Error("a signature under the neutral point is accepted")
	}
	keys := map[string][32]byte{"no point": {2}}
	for i, y := range smallOrder {
		keys[fmt.Sprintf("small order %d", i)] = y
		y[31] |= 0x80
		keys[fmt.Sprintf("small order %d, negative", i)] = y
	}
	for i := byte(0); i < 19; i++ { // y + p for every y that has two encodings
		y := [32]byte(new(field.Element).Subtract(new(field.Element), new(field.Element).One()).Bytes())
		y[0] = 0xed + i
		keys[fmt.Sprintf("p + %d", i)] = y
	}
	for name, key := range keys {
		if _, err := X25519FromEd25519(key); err == nil {
			t.Errorf("%s is converted", name)
		}
		if name != "no point" && usable(key) {
			t.Errorf("%s is usable", name)
		}
	}
}

func TestXEd25519NeedsRandomness(t *testing.T) {
	seed, err := NewSeed(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k := seed.Keys()
	if _, err := SignXEd25519(bytes.NewReader(make([]byte, 63)), k.X25519(), nil); err == nil {
		t.Error("63 bytes of randomness are enough")
	}
	sig, err := SignXEd25519(rand.Reader, k.X25519(), []byte("text"))
	if err != nil || !VerifyXEd25519(k.PublicX25519(), []byte("text"), sig) || VerifyXEd25519(k.PublicX25519(), []byte("texts"), sig) {
		t.Errorf("signature: %v", err)
	}
}

func BenchmarkKeys(b *testing.B) {
	seed, err := NewSeed(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		seed.Keys()
	}
}

func BenchmarkParsePhrase(b *testing.B) {
	for b.Loop() {
		if _, err := ParsePhrase(knownPhrase); err != nil {
			b.Fatal(err)
		}
	}
}

func TestReachable(t *testing.T) {
	seed, err := SeedFromBytes(make([]byte, SeedSize))
	if err != nil {
		t.Fatal(err)
	}
	account := seed.Keys().Account()
	zeros, one := id.Account{id.PrefixAccount}, id.Account{id.PrefixAccount, 1}
	for a, want := range map[id.Account]bool{account: true, zeros: false, one: false} {
		if Reachable(a) != want {
			t.Errorf("Reachable(%s) = %v", a, !want)
		}
	}
}
