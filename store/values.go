package store

import "fmt"

// blob makes nil an empty value: columns here are never NULL for "nothing".
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// fill copies an identifier or key out of a row. Another length means that
// someone else has written it.
func fill(dst, src []byte) error {
	if len(dst) != len(src) {
		return fmt.Errorf("%w: a value has %d bytes and should have %d", ErrCorrupt, len(src), len(dst))
	}
	copy(dst, src)
	return nil
}
