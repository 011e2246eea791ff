package rpc

import "encoding/json"

// MaxData is the largest message, in bytes.
const MaxData = 76_800

// MaxRevoked is how many tokens one request may revoke, and how many an owner
// may have revoked at a time.
const MaxRevoked = 50

// maxHashes is how many messages one request may name. Storage servers fail
// where SQLite has no more variables, a little above.
const maxHashes = 32_000

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
func (r *Store) Signed() []byte { return Join("store", r.Namespace.Text(), r.SigTimestamp) }

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
func (r *Retrieve) Signed() []byte { return Join("retrieve", r.Namespace.Text(), r.Timestamp) }

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
func (r *DeleteHashes) Signed() []byte { return Join("delete", r.Hashes) }

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
	return Join("delete_all", r.Namespaces.Text(), r.Timestamp)
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
	return Join("delete_before", r.Namespaces.Text(), r.Before)
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
	return Join("expire_all", r.Namespaces.Text(), r.Expiry)
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
	return Join("expire", mode, r.Expiry, r.Hashes)
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
func (r *GetExpiries) Signed() []byte { return Join("get_expiries", r.Timestamp, r.Hashes) }

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
func (r *Revoke) Signed() []byte { return Join(r.Method(), r.Timestamp, r.Tokens) }

func parseRevoke(f *fields) *Revoke {
	r := &Revoke{Auth: f.signed(false)}
	r.Tokens = f.tokens("revoke")
	if len(r.Tokens) > MaxRevoked {
		f.fail("invalid revoke: cannot revoke more than %d subaccounts at once", MaxRevoked)
	}
	r.Timestamp = f.need(f.timestamp, "timestamp")
	return r
}

func parseUnrevoke(f *fields) *Revoke {
	r := &Revoke{Auth: f.signed(false), Restore: true}
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
