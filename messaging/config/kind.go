package config

import (
	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
)

// Kind is one of the configs that there are.
type Kind uint8

// The kinds of configs. The first four belong to an account, the others to a
// group.
const (
	KindUserProfile Kind = iota + 1
	KindContacts
	KindConvoInfoVolatile
	KindUserGroups
	KindGroupInfo
	KindGroupMembers
)

type kindInfo struct {
	namespace id.Namespace
	domain    string
	wrapped   sessionpb.SharedConfigMessage_Kind
}

func (k Kind) info() kindInfo {
	switch k {
	case KindUserProfile:
		return kindInfo{2, "UserProfile", sessionpb.SharedConfigMessage_USER_PROFILE}
	case KindContacts:
		return kindInfo{3, "Contacts", sessionpb.SharedConfigMessage_CONTACTS}
	case KindConvoInfoVolatile:
		return kindInfo{4, "ConvoInfoVolatile", sessionpb.SharedConfigMessage_CONVO_INFO_VOLATILE}
	case KindUserGroups:
		return kindInfo{5, "UserGroups", sessionpb.SharedConfigMessage_USER_GROUPS}
	case KindGroupInfo:
		return kindInfo{13, "groups::Info", 0}
	case KindGroupMembers:
		return kindInfo{14, "groups::Members", 0}
	}
	panic("config: internal error: no such kind of config")
}

// Namespace is where the kind is stored in its owner's swarm.
func (k Kind) Namespace() id.Namespace { return k.info().namespace }

// String is the name of the kind, which is also part of its encryption.
func (k Kind) String() string { return k.info().domain }
