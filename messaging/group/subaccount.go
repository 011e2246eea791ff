package group

import (
	"crypto/ed25519"
	"crypto/sha512"
	"fmt"

	"filippo.io/edwards25519"

	"seance/messaging/digest"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/messaging/secret"
)

// AuthSize is the length of what an admin gives a member to act with.
const AuthSize = 100

// TokenSize is the length of the name that a member has for the group's swarm.
const TokenSize = 36

// Permission is what a member may do in the group's swarm.
type Permission byte

// The permissions. AnyPrefix lets a token be used for other kinds of accounts.
const (
	Read      Permission = 1
	Write     Permission = 2
	Delete    Permission = 4
	AnyPrefix Permission = 8
)

// Token is the name under which the nodes of a group's swarm know a member.
type Token [TokenSize]byte

// blinding is the scalar that hides a member from the nodes.
//
// Wire reference of this file: session-foundation/libsession-util: src/config/groups/keys.cpp.
func (a *admin) blinding(member id.Account) *edwards25519.Scalar {
	mask := digest.Sum(32, []byte("SessionGroupSubaccountMask"), a.seed.Expose())
	k, err := new(edwards25519.Scalar).SetUniformBytes(digest.Sum(64, mask, member[:], a.id[:]))
	if err != nil {
		panic("group: internal error: a hash has 64 bytes")
	}
	return k
}

// token is the member's name, and the blinding factor in it.
func (a *admin) token(member id.Account, p Permission) (t Token, k *edwards25519.Scalar, err error) {
	public := identity.Ed25519FromX25519(member.X25519())
	point, err := new(edwards25519.Point).SetBytes(public[:])
	if err != nil {
		return t, nil, fmt.Errorf("%w: nobody can have this Account ID", ErrMalformed)
	}
	k = a.blinding(member)
	t[0], t[1] = id.PrefixGroup, byte(p)
	copy(t[4:], new(edwards25519.Point).ScalarMult(k, point).Bytes())
	return t, k, nil
}

// auth is what a member acts with: the beginning of the token, the blinding factor, and
// the signature of the group's key on the token.
func (a *admin) auth(member id.Account, p Permission) (secret.Bytes, error) {
	t, k, err := a.token(member, p)
	if err != nil {
		return secret.Bytes{}, err
	}
	b := make([]byte, 0, AuthSize)
	b = append(b, t[:4]...)
	b = append(b, k.Bytes()...)
	return secret.New(append(b, a.Sign(t[:])...)), nil
}

// Subaccount is a member's right to act in a group's swarm.
type Subaccount struct {
	Token Token
	// Signature is that of the group's key on the token.
	Signature [ed25519.SignatureSize]byte

	factor  *edwards25519.Scalar
	account *identity.Keys
}

// OpenSubaccount reads what an admin gave this account. It does not check who signed
// it: see Valid.
func OpenSubaccount(account *identity.Keys, auth secret.Bytes) (*Subaccount, error) {
	b := auth.Expose()
	if len(b) != AuthSize {
		return nil, fmt.Errorf("%w: what a member acts with has %d bytes", ErrMalformed, len(b))
	}
	k, err := new(edwards25519.Scalar).SetCanonicalBytes(b[4:36])
	if err != nil {
		return nil, fmt.Errorf("%w: the factor of a member", ErrMalformed)
	}
	public := account.Ed25519()
	public[31] &= 0x7f
	point, err := new(edwards25519.Point).SetBytes(public[:])
	if err != nil {
		return nil, fmt.Errorf("%w: the account's own key", ErrMalformed)
	}
	s := &Subaccount{factor: k, account: account, Signature: [ed25519.SignatureSize]byte(b[36:])}
	copy(s.Token[:4], b[:4])
	copy(s.Token[4:], new(edwards25519.Point).ScalarMult(k, point).Bytes())
	return s, nil
}

// Valid reports whether an admin of the group gave at least these permissions.
func (s *Subaccount) Valid(g id.Group, p Permission) bool {
	flags := Permission(s.Token[1])
	if s.Token[0] != id.PrefixGroup && flags&AnyPrefix == 0 || flags&(p|Read) != p|Read {
		return false
	}
	return identity.Verify([32]byte(g[1:]), s.Token[:], s.Signature[:])
}

// Sign signs a request to the group's swarm as the member. Nodes verify it with the key
// in the token.
func (s *Subaccount) Sign(msg []byte) []byte {
	seed := s.account.Seed().Expose()
	expanded := sha512.Sum512(seed)
	defer clear(expanded[:])
	scalar, err := new(edwards25519.Scalar).SetBytesWithClamping(expanded[:32])
	if err != nil {
		panic("group: internal error: a scalar has 32 bytes")
	}
	if public := s.account.Ed25519(); public[31]&0x80 != 0 {
		scalar.Negate(scalar)
	}
	scalar.Multiply(scalar, s.factor)
	name := s.Token[4:]
	r := wide(digest.Sum(64, []byte("SubaccountSig"), digest.Sum(32, []byte("SubaccountSeed"), seed), name, msg))
	sig := new(edwards25519.Point).ScalarBaseMult(r).Bytes()
	h := sha512.New()
	h.Write(sig)
	h.Write(name)
	h.Write(msg)
	return append(sig, new(edwards25519.Scalar).MultiplyAdd(wide(h.Sum(nil)), scalar, r).Bytes()...)
}

func wide(b []byte) *edwards25519.Scalar {
	s, err := new(edwards25519.Scalar).SetUniformBytes(b)
	if err != nil {
		panic("group: internal error: a wide scalar has 64 bytes")
	}
	return s
}
