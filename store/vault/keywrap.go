package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"

	"seance/messaging/secret"
)

// costs of Argon2id.
type costs struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

// usualCosts take about half a second on two cores.
var usualCosts = costs{memory: 64 << 10, time: 14, threads: 2}

// Files with other costs are read up to these limits: one that somebody put in
// the place of ours must not take all memory or the whole day.
const (
	maxArgonMemory  = 1 << 20 // KiB
	maxArgonTime    = 64
	maxArgonThreads = 16
)

const (
	keyFileVersion = 1
	plainKDF       = "none"
	argonKDF       = "argon2id"
	saltSize       = 16
)

// keyFile is what stands in the file, in JSON, byte strings in base64.
type keyFile struct {
	Version int    `json:"version"`
	KDF     string `json:"kdf"` // plainKDF: no passphrase, Keys are bare and all that follows is absent
	Memory  uint32 `json:"memory_kib,omitempty"`
	Time    uint32 `json:"time,omitempty"`
	Threads uint8  `json:"threads,omitempty"`
	Salt    []byte `json:"salt,omitempty"`
	Nonce   []byte `json:"nonce,omitempty"`
	Keys    []byte `json:"keys"` // one after the other; sealed with XChaCha20-Poly1305
}

func (k keyFile) format() ([]byte, error) {
	b, err := json.MarshalIndent(k, "", "  ")
	return append(b, '\n'), err
}

// parseKeyFile accepts nothing that format would not write, costs within the
// limits aside.
func parseKeyFile(b []byte) (k keyFile, err error) {
	if len(b) > maxKeyFile {
		return k, fmt.Errorf("longer than %d bytes", maxKeyFile)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&k); err != nil {
		return k, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return k, errors.New("something follows the end")
	}
	return k, k.check()
}

func (k keyFile) check() error {
	wrapping := 0
	switch {
	case k.Version > keyFileVersion:
		return fmt.Errorf("version %d is newer than this program", k.Version)
	case k.Version != keyFileVersion:
		return fmt.Errorf("version %d is unknown", k.Version)
	case k.KDF == plainKDF:
		if k.Memory != 0 || k.Time != 0 || k.Threads != 0 || len(k.Salt) != 0 || len(k.Nonce) != 0 {
			return errors.New("a key without a passphrase has no parameters")
		}
	case k.KDF != argonKDF:
		return errors.New("made with an unknown function")
	case k.Threads < 1 || k.Threads > maxArgonThreads, k.Time < 1 || k.Time > maxArgonTime,
		k.Memory < 8*uint32(k.Threads) || k.Memory > maxArgonMemory:
		return errors.New("its costs are out of bounds")
	case len(k.Salt) != saltSize, len(k.Nonce) != chacha20poly1305.NonceSizeX:
		return errors.New("a part of it has a wrong length")
	default:
		wrapping = chacha20poly1305.Overhead
	}
	if n := len(k.Keys) - wrapping; n != keySize && n != 2*keySize {
		return errors.New("the keys have a wrong length")
	}
	return nil
}

func wrapKeys(passphrase secret.Bytes, keys []byte, c costs) (keyFile, error) {
	k := keyFile{
		Version: keyFileVersion, KDF: argonKDF, Memory: c.memory, Time: c.time, Threads: c.threads,
		Salt: make([]byte, saltSize), Nonce: make([]byte, chacha20poly1305.NonceSizeX),
	}
	rand.Read(k.Salt) // never fails
	rand.Read(k.Nonce)
	kek := k.derive(passphrase)
	defer clear(kek)
	aead, err := chacha20poly1305.NewX(kek)
	if err != nil {
		return k, err
	}
	k.Keys = aead.Seal(nil, k.Nonce, keys, k.parameters())
	return k, nil
}

func (k keyFile) unwrap(passphrase secret.Bytes) ([]byte, error) {
	kek := k.derive(passphrase)
	defer clear(kek)
	aead, err := chacha20poly1305.NewX(kek)
	if err != nil {
		return nil, err
	}
	keys, err := aead.Open(nil, k.Nonce, k.Keys, k.parameters())
	if err != nil {
		return nil, ErrWrongPassphrase
	}
	return keys, nil
}

// derive gives the key that wraps. The blocks of memory that Argon2 fills on
// the way are left to the garbage collector.
func (k keyFile) derive(passphrase secret.Bytes) []byte {
	return argon2.IDKey(passphrase.Expose(), k.Salt, k.Time, k.Memory, k.Threads, chacha20poly1305.KeySize)
}

// parameters are all that is not secret, as associated data.
func (k keyFile) parameters() []byte {
	b := append([]byte("seance key.json\x00"), byte(k.Version))
	b = append(b, k.KDF...)
	b = append(b, 0)
	b = binary.BigEndian.AppendUint32(b, k.Memory)
	b = binary.BigEndian.AppendUint32(b, k.Time)
	b = append(b, k.Threads)
	return append(b, k.Salt...)
}
