// Package group holds what the members of a group share: what there is to know of it
// (Info), who is in it (Members), and the keys that encrypt both and the messages
// (Keys). A group is a key: who has its seed is an admin and signs for it; members are
// given the right to act in its swarm (Subaccount) and, with every change of members, a
// new key.
//
//	Open                  a group from what was kept of it
//	Rekey, LoadKey        keys, made by admins and read by members
//	Encrypt, Decrypt      messages
//	Auth, Subaccount      the right to act in the swarm
//	Sign..., Verify...    what admins tell
//	KickNotice, Kicked    what tells people that they were removed
//
// The package does no input or output, starts no goroutines, and knows nothing of
// conversations: package messaging lives in the groups.
//
// Wire reference: session-foundation/libsession-util: src/config/groups, src/multi_encrypt.cpp.
package group

import (
	"crypto/ecdh"
	"errors"
	"io"
	"time"

	"seance/messaging/config"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/messaging/secret"
)

var (
	// ErrMalformed is returned, wrapped, for what is no message of a group.
	ErrMalformed = errors.New("malformed message of a group")
	// ErrTooLarge is returned, wrapped, for messages longer than MaxPlaintext.
	ErrTooLarge = errors.New("message of a group is too large")
	// ErrNoKey is returned for a message that none of the keys opens.
	ErrNoKey = errors.New("no key opens this message of a group")
	// ErrSignature is returned for a message that its author, or the group, did not
	// sign.
	ErrSignature = errors.New("signature in a group is not valid")
	// ErrNotAdmin is returned for what only admins can do.
	ErrNotAdmin = errors.New("only admins of the group can do this")
)

// MaxMembers is how many people may be in a group.
const MaxMembers = 100

// Group is what one account knows of a group. It is not safe for use by several
// goroutines.
type Group struct {
	ID      id.Group
	Info    *config.GroupInfo
	Members *config.GroupMembers

	account *identity.Keys
	admin   *admin // nil: the account is a member only
	keys    keyring
	// keysChanged says that the keys are not as they were dumped last.
	keysChanged bool
}

// Dumps are what is kept of a group; nil is nothing.
type Dumps struct{ Info, Members, Keys []byte }

// Open restores a group. seed is that of its key, for admins; others have none.
func Open(g id.Group, account *identity.Keys, seed secret.Bytes, d Dumps) (*Group, error) {
	group := &Group{ID: g, account: account, keys: keyring{active: map[int64]hashSet{}}}
	if seed.Len() > 0 {
		var err error
		if group.admin, err = newAdmin(g, seed); err != nil {
			return nil, err
		}
	}
	if d.Keys != nil {
		if err := group.keys.load(d.Keys); err != nil {
			return nil, err
		}
	}
	var err error
	if group.Info, err = config.OpenGroupInfo(group.access(), d.Info); err != nil {
		return nil, err
	}
	group.Members, err = config.OpenGroupMembers(group.access(), d.Members)
	return group, err
}

// access is what reads and writes info and members: the keys, newest first.
func (g *Group) access() config.Access {
	a := config.Access{Author: config.GroupAuthor(g.ID)}
	for _, k := range g.keys.all() {
		a.Keys = append(a.Keys, secret.New(k))
	}
	if g.admin != nil {
		a.Sign = g.admin.Sign
	}
	return a
}

// opened gives the configs the keys that there are now.
func (g *Group) opened() {
	g.Info.SetAccess(g.access())
	g.Members.SetAccess(g.access())
}

// Admin reports whether the account is an admin of the group.
func (g *Group) Admin() bool { return g.admin != nil }

// BecomeAdmin makes the account one. The error is ErrMalformed if the seed is not that
// of the group.
func (g *Group) BecomeAdmin(seed secret.Bytes) (err error) {
	if g.admin != nil {
		return nil
	}
	if g.admin, err = newAdmin(g.ID, seed); err == nil {
		g.opened()
	}
	return err
}

// Sign signs as the group; nil by who is no admin.
func (g *Group) Sign(msg []byte) []byte {
	if g.admin == nil {
		return nil
	}
	return g.admin.Sign(msg)
}

// NeedsDump reports whether something changed since Dump was called last.
func (g *Group) NeedsDump() bool {
	return g.keysChanged || g.Info.NeedsDump() || g.Members.NeedsDump()
}

// Dump is what Open restores.
func (g *Group) Dump(now time.Time) Dumps {
	g.keysChanged = false
	return Dumps{g.Info.Dump(now), g.Members.Dump(now), g.keys.dump()}
}

// Encrypt makes of content, an envelope, what the members of the group can read.
func (g *Group) Encrypt(rand io.Reader, content []byte) ([]byte, error) {
	keys := g.keys.all()
	if len(keys) == 0 {
		return nil, ErrNoKey
	}
	return encrypt(rand, g.account, g.ID, keys[0], content, true, messagePadding)
}

// Decrypt opens what Encrypt makes, and tells who did. The error is ErrNoKey if the key
// may come yet.
func (g *Group) Decrypt(sealed []byte) (id.Account, []byte, error) {
	return decrypt(g.ID, g.keys.all(), sealed)
}

// Auth is what a member acts with in the group's swarm: AuthSize bytes, for them alone.
func (g *Group) Auth(member id.Account) (secret.Bytes, error) {
	if g.admin == nil {
		return secret.Bytes{}, ErrNotAdmin
	}
	return g.admin.auth(member, Read|Write)
}

// Token is the name of a member in the swarm, by which it is revoked.
func (g *Group) Token(member id.Account) (Token, error) {
	if g.admin == nil {
		return Token{}, ErrNotAdmin
	}
	t, _, err := g.admin.token(member, Read|Write)
	return t, err
}

// exchange is the X25519 key of the group, as its public key gives it.
func (g *Group) exchange() ([32]byte, error) { return identity.X25519FromEd25519([32]byte(g.ID[1:])) }

// own is the account's X25519 key.
func (g *Group) own() *ecdh.PrivateKey { return g.account.X25519() }
