package identity

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"errors"

	"filippo.io/edwards25519"
	"filippo.io/edwards25519/field"

	"seance/messaging/id"
)

// ErrBadKey is returned, wrapped, for 32 bytes that cannot be anybody's public
// key: no point of the curve, not written in the one canonical way, or a point
// of small order, under which anybody could sign.
var ErrBadKey = errors.New("not a usable public key")

// Verify reports whether sig is the Ed25519 signature of msg under public. It
// is as strict as libsodium: 64 bytes, S below the order of the group, and a
// key that is canonical and not of small order.
func Verify(public [32]byte, msg, sig []byte) bool {
	// crypto/ed25519 refuses S that is too large.
	return len(sig) == ed25519.SignatureSize && usable(public) && ed25519.Verify(public[:], msg, sig)
}

// X25519FromEd25519 converts a public key; with the result comes the Account
// ID. The error is ErrBadKey.
func X25519FromEd25519(public [32]byte) (x [32]byte, err error) {
	if !usable(public) {
		return x, ErrBadKey
	}
	p, err := new(edwards25519.Point).SetBytes(public[:])
	if err != nil {
		return x, ErrBadKey
	}
	return [32]byte(p.BytesMontgomery()), nil
}

// Reachable reports whether anything can be encrypted to an account. It cannot be
// to an ID whose key is a point of small order, such as one of zeros.
func Reachable(a id.Account) bool {
	x := a.X25519()
	public, err := ecdh.X25519().NewPublicKey(x[:])
	if err != nil {
		return false
	}
	private, err := ecdh.X25519().NewPrivateKey([]byte("a key that is good for a trial.."))
	if err != nil {
		panic("identity: internal error: an X25519 key has 32 bytes")
	}
	_, err = private.ECDH(public) // refuses exactly these
	return err == nil
}

// Ed25519FromX25519 is the Ed25519 key that belongs to an X25519 key, of the
// two the one with a clear sign bit. An Account ID does not tell which of them
// is the account's real key. Whether the result is a point at all shows when
// it is used.
func Ed25519FromX25519(x [32]byte) [32]byte {
	// y = (u - 1) / (u + 1), where 1/0 is 0.
	var u, one, y field.Element
	if _, err := u.SetBytes(x[:]); err != nil {
		panic("identity: internal error: a field element has 32 bytes")
	}
	one.One()
	y.Add(&u, &one)
	y.Invert(&y)
	u.Subtract(&u, &one)
	y.Multiply(&u, &y)
	return [32]byte(y.Bytes())
}

// usable refuses encodings of y at or above the prime 2^255 - 19 and the
// points whose order divides 8. A bad point that is neither is left to the
// decoder.
func usable(public [32]byte) bool {
	y := public
	y[31] &= 0x7f
	for _, small := range smallOrder {
		if y == small {
			return false
		}
	}
	if y[31] != 0x7f || y[0] < 0xed {
		return true
	}
	for _, b := range y[1:31] {
		if b != 0xff {
			return true
		}
	}
	return false
}

// smallOrder holds y, with a clear sign bit, of the points of order 1, 2, 4
// and 8 (two values). The test recomputes it from its definition.
var smallOrder = [5][32]byte{
	{1},
	{
		0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
	},
	{0},
	{
		0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
		0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
	},
	{
		0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
	},
}
