package vault

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"seance/messaging/secret"
)

// keyFileName is the file in a profile's directory.
const keyFileName = "key.json"

// maxKeyFile is far more than a key file needs.
const maxKeyFile = 64 << 10

// KeyFile is a key file that was read. It holds the keys of a profile: one, or
// two while its database is being written anew with another.
type KeyFile struct{ content keyFile }

// LoadKeyFile reads the key file of the profile in dir. What it fails with is
// ErrKeyFile too, and fs.ErrNotExist if there is none.
func LoadKeyFile(dir string) (*KeyFile, error) {
	k, err := loadKeyFile(filepath.Join(dir, keyFileName))
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrKeyFile, err)
	}
	return k, nil
}

func loadKeyFile(name string) (*KeyFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	defer clear(b)
	if err != nil {
		return nil, err
	}
	content, err := parseKeyFile(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &KeyFile{content}, nil
}

// Protected reports whether a passphrase is needed.
func (k *KeyFile) Protected() bool { return k.content.KDF != plainKDF }

// Unlock gives the keys, in the order in which they were written. It takes about
// half a second if a passphrase is needed, and fails with ErrWrongPassphrase;
// otherwise the passphrase is ignored.
func (k *KeyFile) Unlock(passphrase secret.Bytes) ([]Key, error) {
	b := append([]byte(nil), k.content.Keys...)
	defer func() { clear(b) }()
	if k.Protected() {
		var err error
		if b, err = k.content.unwrap(passphrase); err != nil {
			return nil, err
		}
	}
	if len(b) != keySize && len(b) != 2*keySize {
		return nil, fmt.Errorf("%w (it holds %d bytes of keys)", ErrKeyFile, len(b))
	}
	var keys []Key
	for part := b; len(part) > 0; part = part[keySize:] {
		keys = append(keys, Key{secret.Clone(part[:keySize])})
	}
	return keys, nil
}

// WriteKeyFile puts a key file with one or two keys into dir, in place of one
// that is there: whatever happens, afterwards the old one or the new one is
// whole. With an empty passphrase the keys lie in it unprotected.
func WriteKeyFile(dir string, passphrase secret.Bytes, keys ...Key) error {
	if err := writeKeyFile(dir, passphrase, keys, usualCosts); err != nil {
		return fmt.Errorf("write the key file: %w", err)
	}
	return nil
}

func writeKeyFile(dir string, passphrase secret.Bytes, keys []Key, c costs) (err error) {
	plain := make([]byte, 0, 2*keySize)
	defer func() { clear(plain) }()
	for _, key := range keys {
		if key.Len() != keySize || len(plain) == cap(plain) {
			return errors.New("one or two keys of 32 bytes belong into it")
		}
		plain = append(plain, key.Expose()...)
	}
	if len(plain) == 0 {
		return errors.New("no key is given")
	}
	content := keyFile{Version: keyFileVersion, KDF: plainKDF, Keys: plain}
	if passphrase.Len() > 0 {
		if content, err = wrapKeys(passphrase, plain, c); err != nil {
			return err
		}
	}
	b, err := content.format()
	if err != nil {
		return err
	}
	defer clear(b)
	return replaceFile(dir, keyFileName, b)
}

// replaceFile writes a file of mode 0600, so that its name always stands for
// something whole.
func replaceFile(dir, name string, content []byte) (err error) {
	f, err := os.CreateTemp(dir, name+".*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			if removed := os.Remove(f.Name()); !errors.Is(removed, fs.ErrNotExist) {
				err = errors.Join(err, removed)
			}
		}
	}()
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, name)); err != nil {
		return err
	}
	return syncDirectory(dir)
}
