package wire

import (
	"crypto/ed25519"
	"crypto/rand"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/nacl/box"

	"seance/messaging/identity"
)

// message is the size that the budgets of design.md speak of.
func message(b *testing.B) (alice, bob *identity.Keys, content []byte) {
	return newKeys(b), newKeys(b), text(b, strings.Repeat("x", 180), 1780000000123)
}

func BenchmarkSeal(b *testing.B) {
	alice, bob, content := message(b)
	padded := Pad(content)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Seal(rand.Reader, alice, bob.Account(), padded); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	alice, bob, content := message(b)
	box, err := Seal(rand.Reader, alice, bob.Account(), Pad(content))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Open(bob, box); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeDirect(b *testing.B) {
	alice, bob, content := message(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := EncodeDirect(rand.Reader, alice, bob.Account(), 1780000000123, content); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeDirect(b *testing.B) {
	alice, bob, content := message(b)
	payload, err := EncodeDirect(rand.Reader, alice, bob.Account(), 1780000000123, content)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeDirect(bob, payload); err != nil {
			b.Fatal(err)
		}
	}
}

// The two below do the same by the obvious calls of x/crypto, as a peer to
// compare with in one run.

func BenchmarkSealPlainly(b *testing.B) {
	alice, bob, content := message(b)
	padded, to := Pad(content), bob.PublicX25519()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := box.SealAnonymous(nil, sign(alice, to, padded), &to, rand.Reader); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenPlainly(b *testing.B) {
	alice, bob, content := message(b)
	sealed, err := Seal(rand.Reader, alice, bob.Account(), Pad(content))
	if err != nil {
		b.Fatal(err)
	}
	from, to, own := alice.Ed25519(), bob.PublicX25519(), [keySize]byte(bob.X25519().Bytes())
	b.ReportAllocs()
	for b.Loop() {
		signed, ok := box.OpenAnonymous(nil, sealed, &to, &own)
		n := len(signed) - ed25519.SignatureSize
		if !ok || !ed25519.Verify(from[:], slices.Concat(signed[:n], to[:]), signed[n:]) {
			b.Fatal("it does not open")
		}
	}
}
