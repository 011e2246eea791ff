// Package config is the engine of the synced configs, by which the devices of
// an account, or the members of a group, agree on settings without a server
// that decides: contacts, groups, read positions, the profile.
//
// A config is a dictionary that every device changes on its own. Each version
// of it is stored in the swarm as one message that holds all data and says
// what was changed in it and in the versions before. Who finds several
// versions there that do not include each other merges them into a new one.
// All who merge the same versions make the same bytes, in whatever order they
// came, so that they agree again at once.
//
//	tree.go, diff.go       the data, and what changed in them
//	message.go, merge.go   versions, and one made of several
//	config.go, dump.go     Config: the state between device and swarm
//	multipart.go           what does not fit one message
//
// On it stand UserProfile, Contacts, ConvoInfoVolatile and UserGroups, which
// give the keys of the data their types. What they do not know they keep: a
// newer client's entries survive every edit made here.
//
// The package is pure: it knows no network and no storage, is told the time,
// needs no randomness, logs nothing and starts no goroutines. Nothing in it
// may be used by several goroutines at a time.
//
// Sources: session-foundation/libsession-util: docs/api/docs/config-merge-logic.md,
// src/config.cpp, src/config (base, contacts, convo_info_volatile, user_groups,
// user_profile).
package config

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"seance/messaging/config/pack"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/messaging/secret"
)

var (
	// ErrMalformed is returned, wrapped, for what is no message or dump of a
	// config, or one of a format that is newer than this program.
	ErrMalformed = errors.New("malformed config")
	// ErrSignature is returned, wrapped, for a message that its author did not
	// sign.
	ErrSignature = errors.New("signature of a config is not valid")
	// ErrReadOnly is returned, wrapped, for changes to a config that only
	// others may sign.
	ErrReadOnly = errors.New("config may only be read")
	// ErrInvalid is returned, wrapped, for values that a config cannot hold.
	ErrInvalid = errors.New("not a valid setting")
)

// Access is what is needed to read and write a config.
type Access struct {
	// Keys decrypt, of pack.KeySize bytes each; the first encrypts. Without any
	// nothing can be read or pushed.
	Keys []secret.Bytes
	// Account is set for the kinds that belong to an account.
	Account *identity.Keys
	// Author, if set, is the Ed25519 key that has to have signed every message,
	// and Sign signs as the author; who is not the author reads only.
	Author *[32]byte
	Sign   func(text []byte) []byte
}

// AccountAccess is the access of an account to its own configs.
func AccountAccess(account *identity.Keys) Access {
	return Access{Keys: []secret.Bytes{account.Seed()}, Account: account}
}

// state is how the config here stands to the one in the swarm.
type state int

const (
	clean   state = iota // the swarm has it
	dirty                // it was changed since
	waiting              // it was packed to be stored, which was not confirmed yet
)

// Config is one config on one device.
type Config struct {
	kind   Kind
	access Access
	signer signer

	state state
	// message is the current version. While dirty it is the version that is
	// being made: its diff and hash are computed when they are needed.
	message *message
	// base is what the diff of a dirty config is made against.
	base *dict
	// current is what the swarm calls the current version, nothing while that
	// is not known to be there; old is what may be deleted there.
	current, old hashes
	partials     partials

	needsDump bool
	// lost says that the version waits only since the swarm has dropped it.
	lost bool
	// beforePush, if set, may make last changes.
	beforePush func(now time.Time)
}

// New is a config that nothing was written to yet.
func New(kind Kind, access Access) *Config {
	return &Config{
		kind: kind, access: access, signer: signer{access.Author, access.Sign},
		message: emptyMessage(), current: hashes{}, old: hashes{}, partials: partials{},
	}
}

// Kind is the kind of the config.
func (c *Config) Kind() Kind { return c.kind }

// SetAccess replaces the keys, as when a group has a new one.
func (c *Config) SetAccess(access Access) {
	c.access, c.signer = access, signer{access.Author, access.Sign}
}

// Seqno is the number of the current version; 0 means that nothing was ever
// written.
func (c *Config) Seqno() int64 { return c.message.seqno }

// NeedsPush reports whether the swarm may not have the current version.
func (c *Config) NeedsPush() bool { return c.state != clean }

// NeedsDump reports whether something changed since Dump was called last.
func (c *Config) NeedsDump() bool { return c.needsDump }

// CurrentHashes are the hashes of the messages that make up the current
// version in the swarm, ascending; none if it is not known to be there.
func (c *Config) CurrentHashes() []id.Hash { return c.current.sorted() }

// ActiveHashes are the hashes of all messages that are needed and must not
// expire, ascending: the current ones and parts of versions that are
// incomplete.
func (c *Config) ActiveHashes(now time.Time) []id.Hash {
	active := hashes{}
	active.add(c.current.sorted()...)
	active.add(c.partials.hashes(now)...)
	return active.sorted()
}

// ReadOnly reports whether only others may change the config.
func (c *Config) ReadOnly() bool { return c.signer.author != nil && c.signer.sign == nil }

// setState leaves a state. What made up the current version is obsolete.
func (c *Config) setState(s state) {
	if c.state == clean {
		c.old.add(c.current.sorted()...)
		c.current = hashes{}
	}
	c.state, c.lost = s, false
	c.needsDump = true
}

// set changes what is at the end of path; a nil v takes it away.
func (c *Config) set(v value, path ...string) { c.setData(c.message.data.with(v, path...)) }

// setData makes data the current ones. Nothing happens if they are.
func (c *Config) setData(data *dict) {
	if data == c.message.data {
		return
	}
	if data == nil {
		data = &dict{}
	}
	if c.ReadOnly() {
		panic("config: internal error: a change to a config that may only be read")
	}
	if c.state == dirty {
		m := *c.message
		m.data = data
		c.message = &m
		c.needsDump = true
		return
	}
	c.base = c.message.data
	c.message = c.message.next(data)
	c.setState(dirty)
}

// settled is the current version with its diff, signature and hash, and its
// bytes.
func (c *Config) settled() (*message, []byte) {
	if c.state != dirty {
		return c.message, c.message.bytes()
	}
	m := *c.message
	m.diff = diff(c.base, m.data)
	return &m, m.seal(c.signer)
}

// Stored is a message as the swarm has it.
type Stored struct {
	Hash id.Hash
	Data []byte
}

// Rejected is a message that was left aside, and why.
type Rejected struct {
	Hash id.Hash
	Err  error
}

// Merged is what Merge did.
type Merged struct {
	// Accepted are the messages that were understood, ascending, whether they
	// brought anything new or not, and parts of messages that are not complete.
	Accepted []id.Hash
	// Rejected are the others. They change nothing; they are left in the swarm,
	// as they may be a newer client's.
	Rejected []Rejected
	// Changed reports whether the data are others than before.
	Changed bool
	// Outdated reports that edits which were not pushed are gone, since the
	// swarm was too far ahead of them.
	Outdated bool
}

// Merge takes in messages from the swarm, in any order and any number of
// times. Edits that were not pushed yet are kept, unless the swarm is more
// than five versions ahead.
func (c *Config) Merge(now time.Time, stored []Stored) Merged {
	var result Merged
	before := c.message.data
	accepted := hashes{}
	reject := func(err error, names ...id.Hash) {
		for _, name := range names {
			delete(accepted, name)
			result.Rejected = append(result.Rejected, Rejected{name, err})
		}
	}
	var incoming []candidate
	for _, s := range stored {
		text, err := c.open(s.Data)
		if err != nil {
			reject(err, s.Hash)
			continue
		}
		names := []id.Hash{s.Hash}
		if pack.IsPart(text) {
			c.needsDump = true
			if names, text, err = c.partials.add(now, s.Hash, text); err != nil {
				reject(err, s.Hash)
				continue
			}
		}
		accepted.add(s.Hash)
		if len(names) == 0 {
			continue // a part, and others are missing
		}
		if text, err = pack.Expand(text); err != nil {
			reject(err, s.Hash)
			continue
		}
		m, err := parseMessage(text, c.signer)
		if err != nil {
			reject(err, names...)
			continue
		}
		incoming = append(incoming, candidate{m, names})
	}
	c.partials.expire(now)
	if len(incoming) > 0 {
		result.Outdated = c.mergeMessages(incoming)
	}
	result.Accepted = accepted.sorted()
	result.Changed = !before.equal(c.message.data)
	return result
}

// open decrypts one message, down to the text without padding.
func (c *Config) open(data []byte) ([]byte, error) {
	if len(data) > pack.MaxStored {
		return nil, fmt.Errorf("%w: %d bytes", pack.ErrTooLarge, len(data))
	}
	if wrapped := c.kind.info().wrapped; wrapped != 0 && c.access.Account != nil {
		// Twice, since a release of one of the apps wrapped what was wrapped.
		for range 2 {
			inner, err := pack.Unwrap(c.access.Account, wrapped, data)
			if err != nil {
				break
			}
			data = inner
		}
	}
	for _, key := range c.access.Keys {
		if text, err := pack.Decrypt(key.Expose(), c.kind.info().domain, data); err == nil {
			return pack.Unpad(text), nil
		}
	}
	return nil, fmt.Errorf("%w: with none of %d keys", pack.ErrUndecryptable, len(c.access.Keys))
}

// candidate is a message that takes part in a merge.
type candidate struct {
	*message
	names []id.Hash // what the swarm calls it
}

// mergeMessages reports whether edits that were not pushed were too old to count.
func (c *Config) mergeMessages(candidates []candidate) (outdated bool) {
	own := -1
	if c.message.seqno != 0 {
		mine := c.message
		if c.state == dirty {
			mine, _ = c.settled()
		}
		// Of equal messages the first counts. It has to be one whose name in
		// the swarm is known: ours comes first only if its name is.
		candidate := candidate{mine, c.current.sorted()}
		if own = 0; len(c.current) == 0 {
			own = len(candidates)
		}
		candidates = slices.Insert(candidates, own, candidate)
	}
	messages := make([]*message, len(candidates))
	for i, candidate := range candidates {
		messages[i] = candidate.message
	}
	merged, index := merge(messages, c.signer)
	if own >= 0 && c.state != clean && !c.lost && index != own && !c.ReadOnly() {
		mine := messages[own].version
		outdated = mine.seqno <= merged.seqno-lag && mine != merged.version &&
			!slices.ContainsFunc(merged.lags, func(row lagRow) bool { return row.version == mine })
	}
	// All that the result includes is obsolete.
	for i, candidate := range candidates {
		if i != index {
			c.old.add(candidate.names...)
		}
	}
	switch {
	case index < 0:
		// Who had unpushed edits writes that the merge changed nothing beyond
		// what it merged, others that everything was set: so the official
		// library does it, and the bytes have to be the same.
		if c.base = nil; c.state == dirty {
			c.base = merged.data
		}
		c.message = merged
		c.setState(dirty)
	case index != own:
		c.message = merged
		c.setState(clean)
		c.current = hashes{}
		c.current.add(candidates[index].names...)
	}
	c.old.remove(c.current)
	return outdated
}

// Push is what has to be stored.
type Push struct {
	// Seqno is the version's number, for Confirm.
	Seqno int64
	// Messages are to be stored, all of them: more than one are the parts of
	// one version.
	Messages [][]byte
	// Obsolete may be deleted once the messages are stored. Each name is given
	// once: who has to push again adds what the push before it named.
	Obsolete []id.Hash
}

// Push packs the current version to be stored. The config then waits for
// Confirm; until that came NeedsPush is true and Push may be repeated.
func (c *Config) Push(now time.Time) (Push, error) {
	if len(c.access.Keys) == 0 {
		return Push{}, fmt.Errorf("push a config: %w", ErrReadOnly)
	}
	if c.beforePush != nil {
		c.beforePush(now)
	}
	m, text := c.settled()
	messages, err := c.pack(now, m.seqno, text)
	if err != nil {
		return Push{}, err
	}
	if c.state == dirty {
		c.message, c.base = m, nil
		c.setState(waiting)
	}
	push := Push{Seqno: m.seqno, Messages: messages}
	if !c.ReadOnly() {
		push.Obsolete = c.old.sorted()
	}
	c.old = hashes{}
	return push, nil
}

// Lost says that the swarm has dropped the current version, as after a long
// absence: it has to be stored again, as it is. No dump needs to know: whoever
// forgot it finds out anew.
func (c *Config) Lost() {
	if c.state != clean || c.message.seqno == 0 || c.ReadOnly() {
		return
	}
	c.state, c.current, c.lost = waiting, hashes{}, true
}

// pack makes of the bytes of a version what is stored.
func (c *Config) pack(now time.Time, seqno int64, text []byte) ([][]byte, error) {
	info := c.kind.info()
	key := c.access.Keys[0].Expose()
	text, err := pack.Compress(text)
	if err != nil {
		return nil, err
	}
	padded := pack.Pad(text)
	if !pack.Fits(len(padded)) {
		parts, whole, err := pack.Split(padded)
		if err != nil {
			return nil, err
		}
		for i := range parts {
			parts[i] = pack.Encrypt(key, info.domain, parts[i])
		}
		// They need not be put together when they come back.
		c.partials.finish(now, whole)
		return parts, nil
	}
	sealed := pack.Encrypt(key, info.domain, padded)
	if info.wrapped != 0 && c.access.Account != nil {
		wrapped, err := pack.Wrap(c.access.Account, info.wrapped, seqno, sealed)
		if err != nil {
			return nil, err
		}
		// Clients that need the wrapping do not know parts either, so it is
		// left out rather than splitting what fits without.
		if len(wrapped) <= pack.MaxStored {
			sealed = wrapped
		}
	}
	return [][]byte{sealed}, nil
}

// Confirm says that all messages of a Push were stored, and their names. If
// the config was changed since, that is no longer of interest.
func (c *Config) Confirm(seqno int64, stored []id.Hash) {
	if c.state != waiting || seqno != c.message.seqno {
		return
	}
	c.setState(clean)
	c.current = hashes{}
	c.current.add(stored...)
	c.old.remove(c.current)
}
