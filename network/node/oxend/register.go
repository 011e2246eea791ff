package oxend

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/chacha20poly1305"
)

// Register encrypts the Account ID, in bytes, that a name stands for, as a wallet
// does which registers it, and gives what Daemon knows the name by. Names are
// registered in lower case.
//
// Wire reference: session-foundation/libsession-util: src/session_encrypt.cpp
// (the other direction).
func Register(name string, account []byte) (hash string, n Name, err error) {
	sum := blake2b.Sum256([]byte(name))
	keyed, err := blake2b.New256(sum[:])
	if err != nil {
		return "", Name{}, err
	}
	keyed.Write([]byte(name))
	aead, err := chacha20poly1305.NewX(keyed.Sum(nil))
	if err != nil {
		return "", Name{}, err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	return base64.StdEncoding.EncodeToString(sum[:]), Name{
		EncryptedValue: hex.EncodeToString(aead.Seal(nil, nonce, account, nil)), Nonce: hex.EncodeToString(nonce),
	}, nil
}
