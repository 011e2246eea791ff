// Package attachment encrypts and decrypts what lies on a file server: files of
// messages and profile pictures, in each of the three forms that apps use; and
// it reads and writes the URLs under which these are found.
//
//	form           key  who writes it                          layout
//	legacy          64  all apps, for files                    iv || AES-256-CBC || HMAC-SHA256
//	avatar          32  all apps, for pictures                 nonce || AES-256-GCM
//	deterministic   32  all apps, when told to; all read it    "S" || header || XChaCha20-Poly1305 secretstream
//
// Everything is pure: randomness is an argument, there is no I/O, no clock and
// no goroutine that outlives a call. The package knows neither messages nor the
// network.
//
// Wire reference: session-foundation/session-desktop:
// ts/util/crypto/attachmentsEncrypter.ts, ts/util/crypto/profileEncrypter.ts,
// ts/session/crypto/BufferPadding.ts; session-foundation/libsession-util:
// src/attachments.cpp.
package attachment

import (
	"errors"
	"fmt"

	"seance/messaging/secret"
)

const (
	// MaxSize is the size of the largest file that may be sent
	// (session-desktop: ts/session/constants.ts).
	MaxSize = 10_000_000
	// MaxBlob is the size of the largest encrypted file that a file server takes,
	// and that is decrypted here.
	MaxBlob = 10_223_616
)

// ErrEmpty is returned, wrapped, for a file without content, which the apps
// cannot receive.
var ErrEmpty = errors.New("the file is empty")

// ErrTooLarge is returned, wrapped, for a file above the limit.
var ErrTooLarge = errors.New("the file is too large")

// ErrDamaged is returned, wrapped, by Open for bytes that are not what the
// sender encrypted with the key of the pointer.
var ErrDamaged = errors.New("the file is damaged, or was encrypted with another key")

// ErrPointer is returned, wrapped, by Open for a pointer that cannot belong to
// any file: a key of no known length, no digest or no size where one is needed.
var ErrPointer = errors.New("the message does not say how to decrypt the file")

// Pointer is what a message says of an encrypted file.
type Pointer struct {
	Key           secret.Bytes // 64 or 32 bytes; empty for a file in the clear, as communities have
	Digest        []byte       // SHA-256 of the encrypted file; with keys of 64 bytes only
	Size          int64        // bytes before padding; 0 if not known, as for avatars
	Deterministic bool         // the mark in the file's URL
}

// Sealed is an encrypted file, and what has to be said of it.
type Sealed struct {
	Blob []byte
	Pointer
}

// checkSize says whether a file of n bytes may be sent.
func checkSize(n int) error {
	switch {
	case n == 0:
		return ErrEmpty
	case n > MaxSize:
		return fmt.Errorf("%w: it has %d bytes, the limit is %d", ErrTooLarge, n, MaxSize)
	}
	return nil
}

// Open decrypts what a file server has. It takes ownership of blob, which it
// overwrites: the result lies within. Nothing is decrypted that is not
// authentic. The error wraps ErrDamaged, ErrPointer or ErrTooLarge.
func Open(blob []byte, p Pointer) (data []byte, err error) {
	switch {
	case len(blob) > MaxBlob:
		return nil, fmt.Errorf("%w: %d bytes encrypted", ErrTooLarge, len(blob))
	case p.Size < 0 || p.Size > MaxBlob:
		return nil, fmt.Errorf("%w: a size of %d bytes", ErrPointer, p.Size)
	case p.Deterministic:
		data, err = openStream(blob, p.Key)
	case p.Key.Len() == legacyKeySize:
		if p.Size == 0 {
			return nil, fmt.Errorf("%w: no size", ErrPointer)
		}
		data, err = openLegacy(blob, p.Key, p.Digest)
	case p.Key.Len() == avatarKeySize:
		data, err = openAvatar(blob, p.Key)
	case p.Key.Len() == 0:
		data = blob
	default:
		return nil, fmt.Errorf("%w: a key of %d bytes", ErrPointer, p.Key.Len())
	}
	if err != nil {
		return nil, err
	}
	return cut(data, p.Size)
}

// cut removes the padding, which may be anything: the size counts.
func cut(data []byte, size int64) ([]byte, error) {
	switch {
	case size == 0:
		return data, nil
	case int64(len(data)) < size:
		return nil, fmt.Errorf("%w: %d of %d bytes are there", ErrDamaged, len(data), size)
	}
	return data[:size:size], nil
}
