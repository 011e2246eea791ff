// Package secret holds key material in a type that does not print itself.
//
// Keys reach logs and error texts by accident: through %v of a struct that
// contains them, or through JSON. A secret.Bytes shows as "[redacted]" in all
// of these. It can be wiped, and it is compared in constant time.
package secret

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Bytes is key material. The zero value is empty.
//
// The material is behind a function because package fmt ignores the methods of
// what it finds in unexported fields and prints those byte by byte, whatever
// pointers are in between. Of a function it prints the address.
type Bytes struct{ reveal func() []byte }

// New takes ownership of b: the caller must not use it afterwards.
func New(b []byte) Bytes { return Bytes{func() []byte { return b }} }

// Clone copies b.
func Clone(b []byte) Bytes { return New(append([]byte(nil), b...)) }

// Expose is the material itself, for the one call that needs it. The slice
// is not a copy: it is zeroed by Wipe.
func (s Bytes) Expose() []byte {
	if s.reveal == nil {
		return nil
	}
	return s.reveal()
}

// Len is the number of bytes.
func (s Bytes) Len() int { return len(s.Expose()) }

// Wipe overwrites the material with zeros. Copies that a library made of it
// are not reached.
func (s Bytes) Wipe() { clear(s.Expose()) }

// Equal compares in time that depends only on the lengths.
func (s Bytes) Equal(o Bytes) bool { return subtle.ConstantTimeCompare(s.Expose(), o.Expose()) == 1 }

// Format prints the same redaction for every verb and flag.
func (s Bytes) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// String is the redaction.
func (s Bytes) String() string { return redacted }

// LogValue is the redaction.
func (s Bytes) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is the redaction: JSON and TOML encoders use it.
func (s Bytes) MarshalText() ([]byte, error) { return []byte(redacted), nil }
