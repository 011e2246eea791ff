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
type Bytes struct{ b []byte }

// New takes ownership of b: the caller must not use it afterwards.
func New(b []byte) Bytes { return Bytes{b} }

// Clone copies b.
func Clone(b []byte) Bytes { return Bytes{append([]byte(nil), b...)} }

// Expose is the material itself, for the one call that needs it. The slice
// is not a copy: it is zeroed by Wipe.
func (s Bytes) Expose() []byte { return s.b }

// Len is the number of bytes.
func (s Bytes) Len() int { return len(s.b) }

// Wipe overwrites the material with zeros. Copies that a library made of it
// are not reached.
func (s Bytes) Wipe() { clear(s.b) }

// Equal compares in time that depends only on the lengths.
func (s Bytes) Equal(o Bytes) bool { return subtle.ConstantTimeCompare(s.b, o.b) == 1 }

// Format prints the same redaction for every verb and flag.
func (s Bytes) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// String is the redaction.
func (s Bytes) String() string { return redacted }

// LogValue is the redaction.
func (s Bytes) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is the redaction: JSON and TOML encoders use it.
func (s Bytes) MarshalText() ([]byte, error) { return []byte(redacted), nil }
