package rpc

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"seance/network/node/registry"
)

// MaxData is the largest message, in bytes.
const MaxData = 76_800

// MaxRevoked is how many tokens one request may revoke, and how many an owner
// may have revoked at a time.
const MaxRevoked = 50

// maxHashes is how many messages one request may name. Storage servers fail
// where SQLite has no more variables, a little above.
const maxHashes = 32_000

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

func (f *fields) auth(alias bool) (a Auth) {
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

// join makes the text that is signed. Numbers are decimal.
func join(parts ...any) []byte {
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

// Join makes the text that a node signs in its answers, by the same rules.
func Join(parts ...any) []byte { return join(parts...) }

// Store keeps a message. All times are in milliseconds.
type Store struct {
	Auth
	HasAuth      bool // only the owner is set in Auth without it
	Namespace    Namespace
	Timestamp    int64
	SigTimestamp int64
	Expiry       int64
	Data         []byte
}

// Signed is the text of the signature.
func (r *Store) Signed() []byte { return join("store", r.Namespace.Text(), r.SigTimestamp) }

func parseStore(f *fields) *Store {
	r := &Store{}
	data, hasData := f.str("data")
	expiry, hasExpiry := f.timestamp("expiry")
	r.Namespace, _ = f.namespace("namespace")
	sigTimestamp, hasSigTimestamp := f.timestamp("sig_timestamp")
	var ok bool
	if r.Timestamp, ok = f.lenientInteger("timestamp", "integer"); !ok {
		f.missing("timestamp")
	}
	ttl, hasTTL := f.lenientUnsigned("ttl", "positive integer")
	switch {
	case hasExpiry && hasTTL:
		f.fail("Cannot specify both 'expiry' and 'ttl'")
	case hasExpiry:
		r.Expiry = expiry
	case hasTTL:
		r.Expiry = r.Timestamp + ttl
	default:
		f.fail("Required field 'expiry' or 'ttl' missing")
	}
	if f.raw("signature") != nil {
		r.Auth, r.HasAuth = f.auth(true), true
		r.SigTimestamp = r.Timestamp
		if hasSigTimestamp {
			r.SigTimestamp = sigTimestamp
		}
	} else {
		r.Owner = f.owner(true)
	}
	if !hasData {
		f.missing("data")
	}
	if r.Data, ok = decodeBase64(data); !ok {
		f.fail("Invalid 'data' value: not base64 encoded")
	}
	if len(data) > MaxData/3*4 {
		f.fail("Message body exceeds maximum allowed length of %d bytes", MaxData)
	}
	return r
}

// Retrieve reads messages.
type Retrieve struct {
	Auth
	HasAuth   bool
	Namespace Namespace
	Timestamp int64
	LastHash  string // "" from the start
	MaxCount  int64  // 0 is not given, -1 none, other negative numbers all
	MaxSize   int64  // 0 is not given, -N the Nth part of the largest answer
}

// Signed is the text of the signature.
func (r *Retrieve) Signed() []byte { return join("retrieve", r.Namespace.Text(), r.Timestamp) }

func parseRetrieve(f *fields) *Retrieve {
	r := &Retrieve{}
	lastHash, hasLast := f.str("lastHash")
	if last, ok := f.str("last_hash"); ok {
		if hasLast {
			f.fail("Cannot specify both 'last_hash' and 'lastHash'")
		}
		lastHash = last
	}
	r.MaxCount, _ = f.integer("max_count")
	r.MaxSize, _ = f.integer("max_size")
	ns, hasNS := f.namespace("namespace")
	var hasTimestamp bool
	r.Timestamp, hasTimestamp = f.timestamp("timestamp") // without one it is 0, which is too far off
	if f.raw("pubkey_ed25519") != nil || f.raw("signature") != nil || hasTimestamp || (hasNS && !ns.PublicRetrieve()) {
		r.Auth, r.HasAuth = f.auth(true), true
	} else {
		r.Owner = f.owner(true)
	}
	r.Namespace = ns
	if lastHash != "" {
		if len(lastHash) != 43 {
			f.fail("Invalid last_hash: expected base64 (43 chars)")
		} else if !validHash(lastHash) {
			f.fail("Invalid last_hash: not base64")
		}
	}
	r.LastHash = lastHash
	return r
}

func validHash(s string) bool {
	_, ok := decodeBase64(s)
	return ok && len(s) == 43
}

// hashes reads the message hashes of a request.
func (f *fields) hashes(check bool) []string {
	l := f.strings("messages")
	switch {
	case l == nil:
		f.missing("messages")
	case len(l) == 0:
		f.fail("messages does not contain any message hashes")
	case len(l) > maxHashes:
		f.fail("messages contains too many message hashes")
	}
	for _, h := range l {
		if check && !validHash(h) {
			f.fail("invalid message hash: %s", h)
		}
	}
	return l
}

// DeleteHashes deletes messages by hash.
type DeleteHashes struct {
	Auth
	Hashes   []string
	Required bool // it is an error when nothing was deleted anywhere
}

// Signed is the text of the signature.
func (r *DeleteHashes) Signed() []byte { return join("delete", r.Hashes) }

func parseDelete(f *fields) *DeleteHashes {
	r := &DeleteHashes{Auth: f.auth(false)}
	r.Hashes = f.hashes(true)
	r.Required = f.boolean("required")
	return r
}

// DeleteAll deletes all messages.
type DeleteAll struct {
	Auth
	Namespaces Namespaces
	Timestamp  int64
}

// Signed is the text of the signature.
func (r *DeleteAll) Signed() []byte {
	return join("delete_all", r.Namespaces.Text(), r.Timestamp)
}

func parseDeleteAll(f *fields) *DeleteAll {
	r := &DeleteAll{Namespaces: f.namespaces("namespace"), Auth: f.auth(false)}
	r.Timestamp = f.need(f.timestamp, "timestamp")
	return r
}

func (f *fields) need(get func(string) (int64, bool), name string) int64 {
	n, ok := get(name)
	if !ok {
		f.missing(name)
	}
	return n
}

// DeleteBefore deletes the messages that were stored up to a time.
type DeleteBefore struct {
	Auth
	Namespaces Namespaces
	Before     int64
}

// Signed is the text of the signature.
func (r *DeleteBefore) Signed() []byte {
	return join("delete_before", r.Namespaces.Text(), r.Before)
}

func parseDeleteBefore(f *fields) *DeleteBefore {
	r := &DeleteBefore{Namespaces: f.namespaces("namespace"), Auth: f.auth(false)}
	r.Before = f.need(f.timestamp, "before")
	return r
}

// ExpireAll shortens the life of all messages.
type ExpireAll struct {
	Auth
	Namespaces Namespaces
	Expiry     int64
}

// Signed is the text of the signature.
func (r *ExpireAll) Signed() []byte {
	return join("expire_all", r.Namespaces.Text(), r.Expiry)
}

func parseExpireAll(f *fields) *ExpireAll {
	r := &ExpireAll{Namespaces: f.namespaces("namespace"), Auth: f.auth(false)}
	r.Expiry = f.need(f.timestamp, "expiry")
	return r
}

// Expire changes the life of messages.
type Expire struct {
	Auth
	Hashes          []string
	Expiry          []int64 // one for all, or one for each hash
	Shorten, Extend bool
}

// Signed is the text of the signature.
func (r *Expire) Signed() []byte {
	mode := ""
	switch {
	case r.Shorten:
		mode = "shorten"
	case r.Extend:
		mode = "extend"
	}
	return join("expire", mode, r.Expiry, r.Hashes)
}

func parseExpire(f *fields) *Expire {
	r := &Expire{Auth: f.auth(false)}
	r.Expiry = f.timestamps("expiry")
	switch {
	case r.Expiry == nil:
		f.missing("expiry")
	case len(r.Expiry) == 0:
		f.fail("'expiry' does not contain any expiration timestamps")
	}
	r.Shorten, r.Extend = f.boolean("shorten"), f.boolean("extend")
	if r.Shorten && r.Extend {
		f.fail("cannot specify both 'shorten' and 'extend'")
	}
	r.Hashes = f.hashes(true)
	if len(r.Expiry) > 1 && len(r.Expiry) != len(r.Hashes) {
		f.fail("'expiry' must be a single expiry, or the same length as 'messages'")
	}
	return r
}

// GetExpiries asks when messages expire.
type GetExpiries struct {
	Auth
	Hashes    []string
	Timestamp int64
}

// Signed is the text of the signature.
func (r *GetExpiries) Signed() []byte { return join("get_expiries", r.Timestamp, r.Hashes) }

func parseGetExpiries(f *fields) *GetExpiries {
	r := &GetExpiries{Auth: f.auth(false)}
	r.Timestamp = f.need(f.timestamp, "timestamp")
	r.Hashes = f.hashes(false)
	return r
}

// Revoke takes subaccounts their access, or gives it back (Restore).
type Revoke struct {
	Auth
	Restore   bool
	Tokens    []Token
	Timestamp int64
}

// Method is the name of the request, which is also signed.
func (r *Revoke) Method() string {
	if r.Restore {
		return "unrevoke_subaccount"
	}
	return "revoke_subaccount"
}

// Signed is the text of the signature.
func (r *Revoke) Signed() []byte { return join(r.Method(), r.Timestamp, r.Tokens) }

func parseRevoke(f *fields) *Revoke {
	r := &Revoke{Auth: f.auth(false)}
	r.Subaccount = nil // subaccounts may not revoke
	r.Tokens = f.tokens("revoke")
	if len(r.Tokens) > MaxRevoked {
		f.fail("invalid revoke: cannot revoke more than %d subaccounts at once", MaxRevoked)
	}
	r.Timestamp = f.need(f.timestamp, "timestamp")
	return r
}

func parseUnrevoke(f *fields) *Revoke {
	r := &Revoke{Auth: f.auth(false), Restore: true}
	r.Subaccount = nil
	r.Timestamp = f.need(f.timestamp, "timestamp")
	r.Tokens = f.tokens("unrevoke")
	return r
}

func (f *fields) tokens(name string) []Token {
	l := f.strings(name)
	if l == nil {
		f.missing(name)
	}
	var out []Token
	for _, s := range l {
		t, ok := decodeToken(s)
		if !ok {
			f.fail("invalid %s: expected base64 or hex-encoded subaccount tag", name)
			return nil
		}
		out = append(out, t)
	}
	return out
}

// GetSwarm asks for the swarm of an owner.
type GetSwarm struct{ Owner Owner }

func parseGetSwarm(f *fields) *GetSwarm {
	return &GetSwarm{Owner: f.ownerOr("Pubkey must be 66 hex digits/33 bytes long", true)}
}

// Oxend is a question to the blockchain daemon beside a node.
type Oxend struct {
	Endpoint string
	Params   json.RawMessage // nil when there are none
}

func parseOxend(f *fields) *Oxend {
	r := &Oxend{}
	var ok bool
	if r.Endpoint, ok = f.str("endpoint"); !ok {
		f.missing("endpoint")
	}
	switch r.Endpoint {
	case "get_service_nodes", "ons_resolve":
	default:
		f.fail("Invalid oxend endpoint '%s'", r.Endpoint)
	}
	r.Params = f.raw("params")
	return r
}

// Info asks for version and time.
type Info struct{}

// ActiveNodes asks for the list of nodes in its packed form.
type ActiveNodes struct{}
