// Package id declares one type for each kind of identifier that the Session
// protocol knows. Text is parsed into them once, at the edge of the program;
// everything behind that edge takes the typed value.
//
// The package only describes identifiers. It knows no keys, no network and no
// storage, imports nothing but the standard library, and may be imported by
// every other package.
//
// The prefixes are those of session-foundation/session-desktop:
// ts/session/types/PubKey.ts.
package id

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// Prefixes of the 33-byte identifiers: the first byte tells the kind.
const (
	PrefixUnblinded = 0x00
	PrefixGroup     = 0x03
	PrefixAccount   = 0x05
	PrefixVersion   = 0x07
	PrefixBlinded15 = 0x15
	PrefixBlinded25 = 0x25
)

// Size is the length in bytes of a prefixed identifier.
const Size = 33

// ErrMalformed is returned, wrapped, for text that is no identifier of the
// kind asked for. It is a matter of form alone: whether the account or group
// exists is not known here.
var ErrMalformed = errors.New("malformed identifier")

type (
	// Account is an Account ID: 05 and an X25519 public key.
	Account [Size]byte
	// Group is the ID of a closed group: 03 and an Ed25519 public key.
	Group [Size]byte
	// Blinded is a community's name for an account: 15 or 25 and a blinded
	// Ed25519 public key.
	Blinded [Size]byte
	// Pubkey is the owner of a mailbox in a swarm, an Account or a Group.
	Pubkey [Size]byte
	// Sender is the author of a message, an Account or, in a community, a
	// Blinded. The zero value is nobody: the program itself.
	Sender [Size]byte
)

// Namespace numbers one of the mailboxes that an owner has in its swarm.
type Namespace int16

// Hash is the name that service nodes give a stored message: the unpadded
// base64 of a BLAKE2b-256 digest. It is compared, never taken apart.
type Hash string

func parse(s, kind string, prefixes ...byte) (b [Size]byte, err error) {
	if len(s) != 2*Size {
		return b, fmt.Errorf("%w: %s has %d hexadecimal digits, this has %d characters", ErrMalformed, kind, 2*Size, len([]rune(s)))
	}
	if _, err := hex.Decode(b[:], []byte(s)); err != nil {
		return b, fmt.Errorf("%w: %s is made of the digits 0-9 and a-f", ErrMalformed, kind)
	}
	for _, p := range prefixes {
		if b[0] == p {
			return b, nil
		}
	}
	return b, fmt.Errorf("%w: %s does not start with %02x", ErrMalformed, kind, b[0])
}

// ParseAccount reads 66 hexadecimal digits, of either case, starting with 05.
func ParseAccount(s string) (Account, error) {
	b, err := parse(s, "an Account ID", PrefixAccount)
	return b, err
}

// ParseGroup reads 66 hexadecimal digits, of either case, starting with 03.
func ParseGroup(s string) (Group, error) {
	b, err := parse(s, "a group ID", PrefixGroup)
	return b, err
}

// ParseBlinded reads 66 hexadecimal digits, of either case, starting with 15 or 25.
func ParseBlinded(s string) (Blinded, error) {
	b, err := parse(s, "a blinded ID", PrefixBlinded15, PrefixBlinded25)
	return b, err
}

// ParsePubkey reads an Account ID or a group ID.
func ParsePubkey(s string) (Pubkey, error) {
	b, err := parse(s, "a swarm public key", PrefixAccount, PrefixGroup)
	return b, err
}

// ParseSender reads an Account ID or a blinded ID.
func ParseSender(s string) (Sender, error) {
	b, err := parse(s, "an author's ID", PrefixAccount, PrefixBlinded15, PrefixBlinded25)
	return b, err
}

// AccountFromX25519 is the Account ID of a 32-byte X25519 public key.
func AccountFromX25519(key [32]byte) (a Account) {
	a[0] = PrefixAccount
	copy(a[1:], key[:])
	return a
}

// X25519 is the public key within the Account ID.
func (a Account) X25519() [32]byte { return [32]byte(a[1:]) }

// Pubkey is the account as an owner of a mailbox.
func (a Account) Pubkey() Pubkey { return Pubkey(a) }

// Sender is the account as an author of messages.
func (a Account) Sender() Sender { return Sender(a) }

// Sender is the blinded account as an author of messages.
func (b Blinded) Sender() Sender { return Sender(b) }

// Account is the author's account, unless it is known by a blinded ID only.
func (s Sender) Account() (Account, bool) { return Account(s), s[0] == PrefixAccount }

// IsZero reports whether the author is nobody.
func (s Sender) IsZero() bool { return s == Sender{} }

// Pubkey is the group as an owner of a mailbox.
func (g Group) Pubkey() Pubkey { return Pubkey(g) }

// IsAccount reports whether the owner is an account and not a group.
func (p Pubkey) IsAccount() bool { return p[0] == PrefixAccount }

// Key is the owner without its prefix.
func (p Pubkey) Key() [32]byte { return [32]byte(p[1:]) }

// IsZero reports whether a was never set.
func (a Account) IsZero() bool { return a == Account{} }

func (a Account) String() string { return hex.EncodeToString(a[:]) }
func (g Group) String() string   { return hex.EncodeToString(g[:]) }
func (b Blinded) String() string { return hex.EncodeToString(b[:]) }
func (p Pubkey) String() string  { return hex.EncodeToString(p[:]) }
func (s Sender) String() string  { return hex.EncodeToString(s[:]) }

// Short is the form that people are shown where the whole would not fit.
func (a Account) Short() string { return Shorten(a.String()) }

// Shorten keeps the two ends of a long identifier.
func Shorten(s string) string {
	if len(s) < 16 {
		return s
	}
	return s[:6] + "…" + s[len(s)-4:]
}

// LogValue keeps whole identifiers out of logs.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.Short()) }

// LogValue keeps whole identifiers out of logs.
func (g Group) LogValue() slog.Value { return slog.StringValue(Shorten(g.String())) }

// LogValue keeps whole identifiers out of logs.
func (b Blinded) LogValue() slog.Value { return slog.StringValue(Shorten(b.String())) }

// LogValue keeps whole identifiers out of logs.
func (p Pubkey) LogValue() slog.Value { return slog.StringValue(Shorten(p.String())) }

// LogValue keeps whole identifiers out of logs.
func (s Sender) LogValue() slog.Value { return slog.StringValue(Shorten(s.String())) }

// Kind is a kind of conversation.
type Kind string

// The kinds of conversation, as they are written in JSON.
const (
	KindContact   Kind = "contact"
	KindGroup     Kind = "group"
	KindCommunity Kind = "community"
	KindSelf      Kind = "self"
)

// Conversation names a conversation: an Account ID, a group ID or a room's
// URL. The note to self is the conversation with one's own Account ID. Groups
// of the old kind have IDs like those of accounts, so a word stands before.
type Conversation string

const legacy = "legacy-"

// With is the conversation with an account.
func With(a Account) Conversation { return Conversation(a.String()) }

// Account is the other side of a one-to-one conversation.
func (c Conversation) Account() (Account, bool) {
	a, err := ParseAccount(string(c))
	return a, err == nil
}

// WithGroup is the conversation of a group.
func WithGroup(g Group) Conversation { return Conversation(g.String()) }

// Group is the group whose conversation it is.
func (c Conversation) Group() (Group, bool) {
	g, err := ParseGroup(string(c))
	return g, err == nil
}

// WithLegacy is the conversation of a group of the old kind.
func WithLegacy(group Account) Conversation { return Conversation(legacy + group.String()) }

// Legacy is the group of the old kind whose conversation it is.
func (c Conversation) Legacy() (Account, bool) {
	text, ok := strings.CutPrefix(string(c), legacy)
	if !ok {
		return Account{}, false
	}
	a, err := ParseAccount(text)
	return a, err == nil
}

// InRoom is the conversation in a room of a community server, whose base URL
// and token are canonical.
func InRoom(server, room string) Conversation { return Conversation(server + "/" + room) }

// Room is the room of a community server: its base URL and token.
func (c Conversation) Room() (server, room string, ok bool) {
	at := strings.LastIndexByte(string(c), '/')
	if scheme := strings.Index(string(c), "://"); scheme < 0 || at < scheme+len("://") {
		return "", "", false
	}
	return string(c[:at]), string(c[at+1:]), true
}

// LogValue keeps whole identifiers out of logs.
func (c Conversation) LogValue() slog.Value {
	if strings.Contains(string(c), "://") {
		return slog.StringValue("community")
	}
	return slog.StringValue(Shorten(string(c)))
}
