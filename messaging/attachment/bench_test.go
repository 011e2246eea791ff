package attachment

import (
	"crypto/rand"
	"slices"
	"testing"

	"seance/messaging/secret"
)

// BenchmarkSeal encrypts a file of 10 MB; the goal is 20 ms.
func BenchmarkSeal(b *testing.B) {
	data := make([]byte, MaxSize)
	rand.Read(data)
	seed := secret.New(make([]byte, 32))
	for name, seal := range forms(seed) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(MaxSize)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := seal(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOpen decrypts it.
func BenchmarkOpen(b *testing.B) {
	data := make([]byte, MaxSize)
	for name, seal := range forms(secret.New(make([]byte, 32))) {
		s, err := seal(data)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(MaxSize)
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				blob := slices.Clone(s.Blob)
				b.StartTimer()
				if _, err := Open(blob, s.Pointer); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func forms(seed secret.Bytes) map[string]func(data []byte) (Sealed, error) {
	return map[string]func(data []byte) (Sealed, error){
		"legacy":        func(data []byte) (Sealed, error) { return Seal(rand.Reader, data, true) },
		"deterministic": func(data []byte) (Sealed, error) { return SealDeterministic(seed, File, data) },
	}
}
