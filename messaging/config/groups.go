package config

import (
	"crypto/ed25519"
	"fmt"
	"iter"
	"time"

	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/messaging/secret"
)

// The keys of UserGroups. Groups stand under their 33-byte ID, legacy groups
// under the Account ID that stands for them, rooms under their server.
const (
	groupsGroup     = "g"
	groupsCommunity = "o"
	groupsLegacy    = "C"

	// Of all three.
	groupName      = "n"
	groupPriority  = "+"
	groupJoined    = "j" // seconds
	groupNotify    = "@"
	groupMuteUntil = "!" // seconds
	groupInvited   = "i"

	// Of groups.
	groupSeed    = "K" // always there, so that the entry is never empty
	groupAuth    = "s"
	groupRemoved = "r"

	// Of legacy groups.
	legacyPublicKey = "k"
	legacySecretKey = "K"
	legacyMembers   = "m"
	legacyAdmins    = "a"
	legacyExpiry    = "E" // seconds
)

// AuthSize is the length of what a member of a group may act with.
const AuthSize = 100

// Removal is how a group ended for us.
type Removal int64

// The ways in which a group ends.
const (
	NotRemoved Removal = iota
	Kicked
	Destroyed
)

// GroupSettings are what groups, legacy groups and communities have in common.
type GroupSettings struct {
	// Priority below 0 hides the conversation, above 0 pins it.
	Priority  int64
	Joined    time.Time
	Notify    Notify
	MuteUntil time.Time
	// Invited says that an invitation was not answered yet.
	Invited bool
}

// Group is a group that we are in, were in, or are invited to.
type Group struct {
	ID   id.Group
	Name string
	GroupSettings
	// Seed is that of the group's key, which admins have; others have Auth, of
	// AuthSize bytes. Both are empty if we were removed.
	Seed, Auth secret.Bytes
	Removed    Removal
}

// Kick notes that we were removed: what we could act with is forgotten.
func (g *Group) Kick() {
	g.Seed, g.Auth = secret.Bytes{}, secret.Bytes{}
	if g.Removed != Destroyed {
		g.Removed = Kicked
	}
}

// Invite notes that we were invited, also after we were removed.
func (g *Group) Invite() {
	if g.Removed == Kicked {
		g.Removed = NotRemoved
	}
}

// Destroy notes that the group is no more.
func (g *Group) Destroy() {
	g.Seed, g.Auth = secret.Bytes{}, secret.Bytes{}
	g.Removed = Destroyed
}

// CommunityEntry is a room that we are in.
type CommunityEntry struct {
	Community
	GroupSettings
}

// LegacyGroup is a group of the kind that exists no more.
type LegacyGroup struct {
	ID   id.Account
	Name string
	GroupSettings
	// PublicKey and SecretKey, of 32 bytes each, encrypted its messages; both
	// or neither.
	PublicKey []byte
	SecretKey secret.Bytes
	// Members says of each member whether it is an admin.
	Members map[id.Account]bool
	Expiry  time.Duration
}

// UserGroups are the groups and communities of an account.
type UserGroups struct{ *Config }

// OpenUserGroups restores the config from its dump; without one it is empty.
func OpenUserGroups(account *identity.Keys, dump []byte) (*UserGroups, error) {
	c, err := open(KindUserGroups, account, dump)
	if err != nil {
		return nil, err
	}
	return &UserGroups{c}, nil
}

func loadGroupSettings(d *dict) GroupSettings {
	s := GroupSettings{
		Priority:  d.number(groupPriority),
		Joined:    unix(seconds(d.number(groupJoined))),
		Notify:    Notify(d.number(groupNotify)),
		MuteUntil: unix(seconds(d.number(groupMuteUntil))),
		Invited:   d.number(groupInvited) != 0,
	}
	if s.Notify < NotifyDefault || s.Notify > NotifyMentions {
		s.Notify = NotifyDefault
	}
	return s
}

func (s GroupSettings) write(e *editor) {
	e.nonzero(groupPriority, s.Priority)
	e.positive(groupJoined, unixSeconds(s.Joined))
	e.positive(groupNotify, int64(s.Notify))
	e.positive(groupMuteUntil, unixSeconds(s.MuteUntil))
	e.flag(groupInvited, s.Invited)
}

// Groups are the groups, in the order of their IDs.
func (u *UserGroups) Groups() iter.Seq[Group] {
	return func(yield func(Group) bool) {
		for key, d := range u.message.data.dict(groupsGroup).dicts() {
			if len(key) == id.Size && key[0] == id.PrefixGroup && !yield(loadGroup(id.Group([]byte(key)), d)) {
				return
			}
		}
	}
}

// Group is one group.
func (u *UserGroups) Group(name id.Group) (Group, bool) {
	d := u.message.data.dict(groupsGroup, string(name[:]))
	if d == nil {
		return Group{ID: name}, false
	}
	return loadGroup(name, d), true
}

func loadGroup(name id.Group, d *dict) Group {
	g := Group{
		ID: name, Name: d.text(groupName), GroupSettings: loadGroupSettings(d), Removed: Removal(d.number(groupRemoved)),
	}
	if seed := []byte(d.text(groupSeed)); seedOf(name, seed) {
		g.Seed = secret.New(seed)
	}
	if auth := d.text(groupAuth); len(auth) == AuthSize {
		g.Auth = secret.New([]byte(auth))
	}
	return g
}

// seedOf reports whether the group's key follows from seed.
func seedOf(group id.Group, seed []byte) bool {
	if len(seed) != ed25519.SeedSize {
		return false
	}
	key := ed25519.NewKeyFromSeed(seed)
	defer clear(key)
	return [32]byte(key[ed25519.SeedSize:]) == [32]byte(group[1:])
}

// SetGroup adds a group, or changes it. Names are cut to MaxName bytes; a seed
// that is not the group's is not stored. The error is ErrInvalid.
func (u *UserGroups) SetGroup(g Group) error {
	if g.ID[0] != id.PrefixGroup {
		return fmt.Errorf("%w: %x is no group ID", ErrInvalid, g.ID)
	}
	path := []string{groupsGroup, string(g.ID[:])}
	e := edit(u.message.data.dict(path...))
	g.write(e)
	e.name(groupName, g.Name)
	e.positive(groupRemoved, int64(g.Removed))
	if seedOf(g.ID, g.Seed.Expose()) {
		e.set(groupSeed, text(g.Seed.Expose()))
	} else {
		e.set(groupSeed, text(""))
		e.bytesIf(g.Auth.Len() == AuthSize, groupAuth, g.Auth.Expose())
	}
	u.set(e.done(), path...)
	return nil
}

// EraseGroup removes a group, and reports whether there was one.
func (u *UserGroups) EraseGroup(name id.Group) bool {
	path := []string{groupsGroup, string(name[:])}
	found := u.message.data.get(path...) != nil
	u.set(nil, path...)
	return found
}

// Communities are the rooms, in the order of server and token.
func (u *UserGroups) Communities() iter.Seq[CommunityEntry] {
	return func(yield func(CommunityEntry) bool) {
		for r := range rooms(u.message.data.dict(groupsCommunity)) {
			if c, ok := loadCommunity(r); ok && !yield(c) {
				return
			}
		}
	}
}

// Community is one room.
func (u *UserGroups) Community(server, token string) (CommunityEntry, bool) {
	c, key, err := Community{Server: server, Room: token}.canonical()
	if err != nil {
		return CommunityEntry{}, false
	}
	found := u.message.data.dict(groupsCommunity, c.Server)
	d := found.dict(serverRooms, key)
	if d == nil {
		return CommunityEntry{Community: c}, false
	}
	r := room{server: c.Server, name: key, dict: d}
	copy(r.key[:], found.text(serverKey))
	return loadCommunity(r)
}

// loadCommunity takes the room's token as it was typed, if that is known.
func loadCommunity(r room) (CommunityEntry, bool) {
	c := CommunityEntry{Community{r.server, r.name, r.key}, loadGroupSettings(r.dict)}
	if typed, ok := r.dict.get(groupName).(text); ok {
		c.Room = string(typed)
	}
	_, err := canonicalRoom(c.Room)
	return c, err == nil
}

// SetCommunity adds a room, or changes it. The error is ErrInvalid.
func (u *UserGroups) SetCommunity(entry CommunityEntry) error {
	c, key, err := entry.canonical()
	if err != nil {
		return err
	}
	path := []string{groupsCommunity, c.Server, serverRooms, key}
	e := edit(u.message.data.dict(path...))
	entry.write(e)
	e.set(groupName, text(c.Room))
	data := u.message.data.with(text(c.Key[:]), groupsCommunity, c.Server, serverKey)
	u.setData(data.with(e.done(), path...))
	return nil
}

// EraseCommunity removes a room, and reports whether there was one.
func (u *UserGroups) EraseCommunity(server, token string) bool {
	c, key, err := Community{Server: server, Room: token}.canonical()
	if err != nil {
		return false
	}
	data, found := withoutRoom(u.message.data, groupsCommunity, c.Server, key)
	u.setData(data)
	return found
}

// LegacyGroups are the legacy groups, in the order of their IDs.
func (u *UserGroups) LegacyGroups() iter.Seq[LegacyGroup] {
	return func(yield func(LegacyGroup) bool) {
		for key, d := range u.message.data.dict(groupsLegacy).dicts() {
			if len(key) == id.Size && key[0] == id.PrefixAccount && !yield(loadLegacy(id.Account([]byte(key)), d)) {
				return
			}
		}
	}
}

// LegacyGroup is one legacy group.
func (u *UserGroups) LegacyGroup(name id.Account) (LegacyGroup, bool) {
	d := u.message.data.dict(groupsLegacy, string(name[:]))
	if d == nil {
		return LegacyGroup{ID: name}, false
	}
	return loadLegacy(name, d), true
}

func loadLegacy(name id.Account, d *dict) LegacyGroup {
	g := LegacyGroup{
		ID: name, Name: d.text(groupName), GroupSettings: loadGroupSettings(d),
		Members: map[id.Account]bool{}, Expiry: duration(d.number(legacyExpiry)),
	}
	if public, private := d.text(legacyPublicKey), d.text(legacySecretKey); len(public) == 32 && len(private) == 32 {
		g.PublicKey, g.SecretKey = []byte(public), secret.New([]byte(private))
	}
	// Who is in both sets is no admin.
	for _, key := range []string{legacyAdmins, legacyMembers} {
		members, _ := d.get(key).(*set)
		if members == nil {
			continue
		}
		for _, v := range members.elements {
			if member, ok := v.(text); ok && len(member) == id.Size && member[0] == id.PrefixAccount {
				g.Members[id.Account([]byte(member))] = key == legacyAdmins
			}
		}
	}
	return g
}

// SetLegacyGroup adds a legacy group, or changes it. The error is ErrInvalid.
func (u *UserGroups) SetLegacyGroup(g LegacyGroup) error {
	if g.ID[0] != id.PrefixAccount {
		return fmt.Errorf("%w: %x is no legacy group's ID", ErrInvalid, g.ID)
	}
	path := []string{groupsLegacy, string(g.ID[:])}
	e := edit(u.message.data.dict(path...))
	g.write(e)
	e.set(groupName, text(shorten(g.Name)))
	keys := len(g.PublicKey) == 32 && g.SecretKey.Len() == 32
	e.bytesIf(keys, legacyPublicKey, g.PublicKey)
	e.bytesIf(keys, legacySecretKey, g.SecretKey.Expose())
	var members, admins []value
	for member, admin := range g.Members {
		if admin {
			admins = append(admins, text(member[:]))
		} else {
			members = append(members, text(member[:]))
		}
	}
	e.set(legacyMembers, newSet(members))
	e.set(legacyAdmins, newSet(admins))
	e.positive(legacyExpiry, int64(g.Expiry/time.Second))
	u.set(e.done(), path...)
	return nil
}

// EraseLegacyGroup removes a legacy group, and reports whether there was one.
func (u *UserGroups) EraseLegacyGroup(name id.Account) bool {
	path := []string{groupsLegacy, string(name[:])}
	found := u.message.data.get(path...) != nil
	u.set(nil, path...)
	return found
}
