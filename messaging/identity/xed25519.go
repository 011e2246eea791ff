package identity

import (
	"crypto/ecdh"
	"crypto/sha512"
	"fmt"
	"io"

	"filippo.io/edwards25519"

	"seance/messaging/digest"
)

// SignXEd25519 signs with an X25519 key so that whoever has only the X25519
// public key can verify it: communities without blinding need that. It draws
// 64 bytes of rand and fails only if that does.
//
// It is Signal's XEdDSA with a BLAKE2b hash for the nonce, as in
// session-foundation/libsession-util: src/xed25519.cpp.
func SignXEd25519(rand io.Reader, key *ecdh.PrivateKey, msg []byte) ([]byte, error) {
	var draw [64]byte
	if _, err := io.ReadFull(rand, draw[:]); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	secretBytes := key.Bytes()
	defer clear(secretBytes)
	a, err := new(edwards25519.Scalar).SetBytesWithClamping(secretBytes)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	// The verifier takes the public key with a clear sign bit. Where ours has
	// it set, the negated scalar is the one that fits. (The branch tells only
	// a bit of the Ed25519 public key.)
	public := new(edwards25519.Point).ScalarBaseMult(a).Bytes()
	if public[31]&0x80 != 0 {
		public[31] &= 0x7f
		a.Negate(a)
		copy(secretBytes, a.Bytes())
	}
	r := wideScalar(digest.SumPersonal(64, [16]byte([]byte("xed25519signatur")), secretBytes, msg, draw[:]))
	signature := new(edwards25519.Point).ScalarBaseMult(r).Bytes()
	h := sha512.New()
	h.Write(signature)
	h.Write(public)
	h.Write(msg)
	s := new(edwards25519.Scalar).MultiplyAdd(wideScalar(h.Sum(nil)), a, r)
	return append(signature, s.Bytes()...), nil
}

// VerifyXEd25519 reports whether sig was made by SignXEd25519 with the secret
// of the X25519 key public.
func VerifyXEd25519(public [32]byte, msg, sig []byte) bool {
	return Verify(Ed25519FromX25519(public), msg, sig)
}

func wideScalar(b []byte) *edwards25519.Scalar {
	s, err := new(edwards25519.Scalar).SetUniformBytes(b)
	if err != nil {
		panic("identity: internal error: a wide scalar has 64 bytes")
	}
	return s
}
