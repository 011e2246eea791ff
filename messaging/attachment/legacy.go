package attachment

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"hash"
	"io"
	"math"

	"seance/messaging/secret"
)

const (
	// legacyKeySize is that of a key for AES-256, then one for HMAC-SHA256.
	legacyKeySize = 64
	aesKeySize    = 32
	// minPadded is the size to which the smallest files are padded.
	minPadded = 541
)

// Seal encrypts a file in the legacy form. It draws 80 bytes of rand: the key,
// then the iv. A padded file tells less of its size; the images of link
// previews are not padded. The error wraps ErrEmpty or ErrTooLarge, or is
// rand's.
func Seal(rand io.Reader, data []byte, padded bool) (Sealed, error) {
	return SealFrom(rand, bytes.NewReader(data), len(data), padded)
}

// SealFrom is Seal for a file of a known size that is read where it is encrypted:
// it is in memory once. An error of r is one, and so is an early end.
func SealFrom(rand, r io.Reader, n int, padded bool) (Sealed, error) {
	if err := checkSize(n); err != nil {
		return Sealed{}, err
	}
	key := make([]byte, legacyKeySize)
	if _, err := io.ReadFull(rand, key); err != nil {
		return Sealed{}, fmt.Errorf("draw a key: %w", err)
	}
	var iv [aes.BlockSize]byte
	if _, err := io.ReadFull(rand, iv[:]); err != nil {
		return Sealed{}, fmt.Errorf("draw an iv: %w", err)
	}
	size := n
	if padded {
		size = paddedSize(size)
	}
	pad := aes.BlockSize - size%aes.BlockSize
	blob := make([]byte, len(iv)+size+pad+sha256.Size)
	copy(blob, iv[:])
	if _, err := io.ReadFull(r, blob[len(iv):][:n]); err != nil {
		return Sealed{}, fmt.Errorf("read what is to be encrypted: %w", err)
	}
	digest := sealLegacy(key, blob, pad)
	return Sealed{blob, Pointer{Key: secret.New(key), Digest: digest, Size: int64(n)}}, nil
}

// paddedSize is the next size of a row in which each is a twentieth larger than
// the one before. Source: session-desktop: ts/session/crypto/BufferPadding.ts.
func paddedSize(n int) int {
	size := int(math.Pow(1.05, math.Ceil(math.Log(float64(n))/math.Log(1.05))))
	return max(n, min(max(size, minPadded), MaxSize))
}

// sealLegacy encrypts a file in place: blob is the iv, the file with zeros after it,
// room for the padding of the block cipher (PKCS #7) and for the HMAC.
func sealLegacy(key, blob []byte, pad int) (digest []byte) {
	iv, text := blob[:aes.BlockSize], len(blob)-sha256.Size
	for i := text - pad; i < text; i++ {
		blob[i] = byte(pad)
	}
	block, err := aes.NewCipher(key[:aesKeySize])
	if err != nil {
		panic("internal error: " + err.Error()) // its length is right
	}
	crypt := cipher.NewCBCEncrypter(block, iv)
	mac, sum := hmac.New(sha256.New, key[aesKeySize:]), sha256.New()
	hashAlong(blob[:text], len(iv), crypt, mac, sum)
	mac.Sum(blob[:text])
	sum.Write(blob[text:])
	return sum.Sum(nil)
}

// hashAlong encrypts text from a place on and hashes all of it, piece by piece,
// while a piece is still in the processor's cache.
func hashAlong(text []byte, from int, crypt cipher.BlockMode, hashes ...hash.Hash) {
	const piece = 16 << 10
	for _, h := range hashes {
		h.Write(text[:from])
	}
	for rest := text[from:]; len(rest) > 0; {
		p := rest[:min(piece, len(rest))]
		crypt.CryptBlocks(p, p)
		for _, h := range hashes {
			h.Write(p)
		}
		rest = rest[len(p):]
	}
}

// openLegacy checks both HMAC and digest before it decrypts in place.
func openLegacy(blob []byte, key secret.Bytes, digest []byte) ([]byte, error) {
	if len(digest) != sha256.Size {
		return nil, fmt.Errorf("%w: a digest of %d bytes", ErrPointer, len(digest))
	}
	n := len(blob) - sha256.Size
	if n < 2*aes.BlockSize || n%aes.BlockSize != 0 {
		return nil, fmt.Errorf("%w: %d bytes encrypted", ErrDamaged, len(blob))
	}
	k := key.Expose()
	mac := hmac.New(sha256.New, k[aesKeySize:])
	mac.Write(blob[:n])
	sum := sha256.Sum256(blob)
	if !hmac.Equal(mac.Sum(nil), blob[n:]) || subtle.ConstantTimeCompare(sum[:], digest) != 1 {
		return nil, ErrDamaged
	}
	block, err := aes.NewCipher(k[:aesKeySize])
	if err != nil {
		return nil, err
	}
	data := blob[aes.BlockSize:n]
	cipher.NewCBCDecrypter(block, blob[:aes.BlockSize]).CryptBlocks(data, data)
	return unpadBlock(data)
}

// unpadBlock removes the padding of the block cipher. What it says about a
// padding that is wrong helps nobody: the bytes are authentic.
func unpadBlock(data []byte) ([]byte, error) {
	pad := int(data[len(data)-1])
	if pad == 0 || pad > aes.BlockSize {
		return nil, fmt.Errorf("%w: its last block is not padded", ErrDamaged)
	}
	for _, b := range data[len(data)-pad:] {
		if int(b) != pad {
			return nil, fmt.Errorf("%w: its last block is not padded", ErrDamaged)
		}
	}
	return data[:len(data)-pad], nil
}
