package rpc

import (
	"encoding/hex"
	"strconv"
	"strings"

	"seance/network/node/registry"
)

// Owner is the key that messages are stored under.
type Owner = registry.Owner

// Namespace numbers the mailboxes of an owner.
type Namespace int16

// PublicInbox says that anyone may store here: 0, 10, -10 and so on.
func (n Namespace) PublicInbox() bool { return n%10 == 0 }

// PublicOutbox says that anyone may read here, and that it holds one message
// only: -1, -21, -41 and so on.
func (n Namespace) PublicOutbox() bool { return n < 0 && -int(n)%20 == 1 }

// PublicRetrieve says that reading needs no signature.
func (n Namespace) PublicRetrieve() bool { return n == -10 || n.PublicOutbox() }

// Unrevocable says that a revoked subaccount may still read here: negative
// numbers that end in 11.
func (n Namespace) Unrevocable() bool { return n < 0 && -int(n)%100 == 11 }

// Text is how the namespace stands in what is signed and hashed: 0 is nothing.
func (n Namespace) Text() string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(int(n))
}

// Namespaces is one namespace or all of them.
type Namespaces struct {
	All bool
	One Namespace
}

// Text is how the choice stands in what is signed.
func (n Namespaces) Text() string {
	if n.All {
		return "all"
	}
	return n.One.Text()
}

// Token names a subaccount: prefix, access flags, two zero bytes and the
// Ed25519 key that signs its requests.
type Token [36]byte

// Access is a set of permissions of a subaccount.
type Access byte

// The permissions. AnyPrefix lifts the binding of a token to one prefix.
const (
	Read Access = 1 << iota
	Write
	Delete
	AnyPrefix
)

// Auth is who asks: the owner, or a subaccount that the owner signed.
type Auth struct {
	Owner      Owner
	Ed25519    *[32]byte // of an 05 owner
	Signature  [64]byte
	Subaccount *Subaccount
}

// Subaccount is a token with the owner's signature over it.
type Subaccount struct {
	Token     Token
	Signature [64]byte
}

// owner reads the pubkey, which some requests may also write pubKey.
func (f *fields) owner(alias bool) Owner {
	return f.ownerOr("Pubkey must be 66 hex digits (33 bytes) long", alias)
}

// ownerOr is owner with another text for what is no pubkey.
func (f *fields) ownerOr(text string, alias bool) (o Owner) {
	s, ok := f.str("pubkey")
	if alias {
		if other, both := f.str("pubKey"); both {
			if ok {
				f.fail("Cannot specify both 'pubkey' and 'pubKey'")
			}
			s, ok = other, true
		}
	}
	if !ok {
		f.missing("pubkey")
		return o
	}
	switch len(s) {
	case 2 * len(o):
		if n, err := hex.Decode(o[:], []byte(s)); err == nil && n == len(o) {
			return o
		}
	case len(o):
		copy(o[:], s)
		return o
	}
	f.fail("%s", text)
	return o
}

// auth reads who asks.
func (f *fields) auth(alias bool) Auth {
	a := f.signed(alias)
	token, _ := f.str("subaccount")
	if token == "" {
		return a
	}
	tokenSig, ok := f.str("subaccount_sig")
	if !ok {
		f.fail("invalid subaccount: subaccount_sig is required when using subaccount")
		return a
	}
	a.Subaccount = &Subaccount{}
	if a.Subaccount.Token, ok = decodeToken(token); !ok {
		f.fail("invalid subaccount: expected base64 or hex-encoded subaccount token")
	}
	if a.Subaccount.Signature, ok = decodeSignature(tokenSig); !ok {
		f.fail("invalid subaccount signature: expected base64 encoded Ed25519 signature")
	}
	return a
}

// signed reads the owner that asks, where subaccounts may not: they are not looked at.
func (f *fields) signed(alias bool) (a Auth) {
	a.Owner = f.owner(alias)
	sig, ok := f.str("signature")
	if !ok {
		f.missing("signature")
		return a
	}
	if key, ok := f.str("pubkey_ed25519"); ok {
		a.Ed25519 = new([32]byte)
		switch {
		case a.Owner[0] != 5:
			f.fail("pubkey_ed25519 is only permitted for 05[...] pubkeys")
		case len(key) == 64:
			if _, err := hex.Decode(a.Ed25519[:], []byte(key)); err != nil {
				f.fail("invalid pubkey_ed25519: value is not hex")
			}
		case len(key) == 32:
			copy(a.Ed25519[:], key)
		default:
			f.fail("Invalid pubkey_ed25519: expected 64 hex char or 32 byte pubkey")
		}
	}
	if a.Signature, ok = decodeSignature(sig); !ok {
		f.fail("invalid signature: expected base64 encoded Ed25519 signature")
	}
	return a
}

// Join makes the text that is signed, by the owner in a request and by the node
// in its answer. Numbers are decimal.
func Join(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b = append(b, p...)
		case int64:
			b = strconv.AppendInt(b, p, 10)
		case []string:
			b = append(b, strings.Join(p, "")...)
		case []int64:
			for _, n := range p {
				b = strconv.AppendInt(b, n, 10)
			}
		case []Token:
			for _, t := range p {
				b = append(b, t[:]...)
			}
		}
	}
	return b
}
