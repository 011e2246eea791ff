package onion

import (
	"crypto/rand"
	"testing"

	"golang.org/x/crypto/curve25519"
)

// BenchmarkV4 builds a request with a body of 10 MB through three nodes. Of its
// memory, the payload and the request are all that has to be.
func BenchmarkV4(b *testing.B) {
	public, err := curve25519.X25519(append(make([]byte, 31), 8), curve25519.Basepoint)
	if err != nil {
		b.Fatal(err)
	}
	hop := Hop{X25519: [32]byte(public)}
	body := make([]byte, 10_000_000)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		payload := Payload("POST", "/file", map[string]string{"Content-Type": "application/octet-stream"}, body)
		if _, err := V4(rand.Reader, XChaCha20, []Hop{hop, hop, hop}, Server{Protocol: "http", Host: "example.org", X25519: hop.X25519}, payload); err != nil {
			b.Fatal(err)
		}
	}
}
