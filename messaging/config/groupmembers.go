package config

import (
	"fmt"
	"iter"
	"time"

	"seance/messaging/id"
)

// The keys of a group's members, who stand under their 33-byte Account ID.
const (
	membersOf = "m"

	memberName       = "n" // always there, so that the entry is never empty
	memberPictureURL = "p"
	memberPictureKey = "q"
	memberUpdated    = "t" // seconds
	memberAdmin      = "A"
	memberPromotion  = "P"
	memberInvite     = "I"
	memberSupplement = "s"
	memberRemoved    = "R"
)

// Sending is what became of an invitation or a promotion.
type Sending int64

// The states of invitations and promotions: accepted, or none was needed; sent, failed,
// and still to be sent.
const (
	Accepted Sending = iota
	Sent
	Failed
	NotSent
)

// MemberRemoval is whether a member is to be removed.
type MemberRemoval int64

// The ways of removing a member.
const (
	Stays MemberRemoval = iota
	RemovedMember
	RemovedWithMessages
)

// GroupMember is a member of a group, or somebody who is to be.
type GroupMember struct {
	ID      id.Account
	Name    string
	Picture Picture
	Updated time.Time // of name and picture
	Admin   bool
	// Invite counts for who is no admin, Promotion for who is.
	Invite, Promotion Sending
	// Supplement says that they are to have the keys of what was written before.
	Supplement bool
	Removed    MemberRemoval
}

// GroupMembers are the members of a group. Only admins may change them.
//
// Wire reference: session-foundation/libsession-util: src/config/groups/members.cpp.
type GroupMembers struct{ *Config }

// OpenGroupMembers restores the config from its dump; without one it is empty.
func OpenGroupMembers(access Access, dump []byte) (*GroupMembers, error) {
	c, err := openGroupConfig(KindGroupMembers, access, dump)
	return &GroupMembers{c}, err
}

// Len is how many there are.
func (m *GroupMembers) Len() int { return len(m.message.data.dict(membersOf).all()) }

// All are the members, in the order of their ID.
func (m *GroupMembers) All() iter.Seq[GroupMember] {
	return func(yield func(GroupMember) bool) {
		n := 0
		for key, d := range m.message.data.dict(membersOf).dicts() {
			if n++; n > maxMemberEntries {
				return
			}
			if len(key) == id.Size && key[0] == id.PrefixAccount && !yield(loadMember(id.Account([]byte(key)), d)) {
				return
			}
		}
	}
}

// Get is one of them; for who is none, a new one to be invited.
func (m *GroupMembers) Get(who id.Account) (GroupMember, bool) {
	d := m.message.data.dict(membersOf, string(who[:]))
	if d == nil {
		return GroupMember{ID: who, Invite: NotSent}, false
	}
	return loadMember(who, d), true
}

func loadMember(who id.Account, d *dict) GroupMember {
	m := GroupMember{
		ID:        who,
		Name:      d.text(memberName),
		Picture:   d.picture(memberPictureURL, memberPictureKey),
		Updated:   unix(d.number(memberUpdated)),
		Admin:     d.number(memberAdmin) != 0,
		Invite:    sending(d.number(memberInvite)),
		Promotion: sending(d.number(memberPromotion)),
		Removed:   MemberRemoval(d.number(memberRemoved)),
	}
	if m.Admin {
		m.Invite = Accepted
	}
	if m.Removed < Stays || m.Removed > RemovedWithMessages {
		m.Removed = Stays
	}
	m.Supplement = m.Invite != Accepted && m.Promotion == Accepted && d.number(memberSupplement) != 0
	return m
}

func sending(n int64) Sending {
	if n < int64(Accepted) || n > int64(NotSent) {
		return Accepted
	}
	return Sending(n)
}

// Set adds a member, or changes one. The name is cut to MaxName bytes.
func (m *GroupMembers) Set(member GroupMember) error {
	if err := m.mayChange(); err != nil {
		return err
	}
	if member.ID[0] != id.PrefixAccount {
		return fmt.Errorf("%w: %x is no Account ID", ErrInvalid, member.ID)
	}
	key := string(member.ID[:])
	e := edit(m.message.data.dict(membersOf, key))
	e.set(memberName, text(shorten(member.Name)))
	e.picture(memberPictureURL, memberPictureKey, member.Picture)
	e.positive(memberUpdated, unixSeconds(member.Updated))
	e.flag(memberAdmin, member.Admin)
	e.positive(memberPromotion, int64(member.Promotion))
	e.numberIf(!member.Admin && member.Invite != Accepted, memberInvite, int64(member.Invite))
	e.flag(memberSupplement, member.Supplement)
	e.positive(memberRemoved, int64(member.Removed))
	m.set(e.done(), membersOf, key)
	return nil
}

// Erase forgets a member. It reports whether there was one.
func (m *GroupMembers) Erase(who id.Account) (bool, error) {
	if err := m.mayChange(); err != nil {
		return false, err
	}
	if _, known := m.Get(who); !known {
		return false, nil
	}
	m.set(nil, membersOf, string(who[:]))
	return true, nil
}

func (m *GroupMembers) mayChange() error {
	if m.ReadOnly() {
		return fmt.Errorf("%w: only admins change a group", ErrReadOnly)
	}
	return nil
}
