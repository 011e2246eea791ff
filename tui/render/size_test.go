package render

import (
	"math"
	"testing"
)

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		-1: "0 B", 0: "0 B", 999: "999 B", 1000: "1.0 KB", 9_949: "9.9 KB", 9_950: "10 KB", 48_200: "48 KB",
		999_499: "999 KB", 999_500: "1.0 MB", 10_000_000: "10 MB", math.MaxInt64: "9.2 EB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}
