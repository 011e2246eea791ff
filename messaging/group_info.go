package messaging

import (
	"context"
	"slices"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/store"
)

// Group is what a member knows of a group.
type Group struct {
	Conversation
	Description string
	Admin       bool // whether we are one
	Members     []store.GroupMember
}

// Group is one of the groups that the account is in, was in, or is invited to;
// ErrUnknown if there is none.
func (c *Client) Group(ctx context.Context, conv id.Conversation) (Group, error) {
	v, err := c.Conversation(ctx, conv)
	name, ok := conv.Group()
	if err != nil || !ok {
		return Group{}, unknown(store.ErrNotFound, "group")
	}
	info := Group{Conversation: v}
	err = c.edit(ctx, func(tx *store.Tx) error {
		if g, err := c.group(tx, name); err == nil {
			info.Description, info.Admin = g.Info.Description(), g.Admin()
		}
		return nil
	})
	if err != nil {
		return Group{}, err
	}
	info.Members, err = c.Members(ctx, conv)
	return info, err
}

// invitations are the states of who has not joined.
var invitations = []store.MemberState{store.MemberToInvite, store.MemberInvited, store.MemberInviteFailed}

// Members are those of a group, and who is invited to it, with the names that they are
// shown by. We have joined once we accepted, though no admin has noted it yet.
func (c *Client) Members(ctx context.Context, conv id.Conversation) ([]store.GroupMember, error) {
	list, err := c.db.Members(ctx, conv)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	v, err := c.db.Conversation(ctx, conv)
	for i, m := range list {
		list[i].Name = c.authorName(ctx, conv, m.Account.Sender())
		if m.Account == c.Self().Account && slices.Contains(invitations, m.State) && v.Membership != store.Invited {
			list[i].State = store.MemberJoined
		}
	}
	return list, unknown(err, "group")
}

// putMembers makes the list of members what the config says.
func putMembers(tx *store.Tx, g *group.Group) error {
	var list []store.GroupMember
	for m := range g.Members.All() {
		list = append(list, store.GroupMember{
			Account: m.ID, Name: cutName(m.Name), Picture: store.Picture(m.Picture), ProfileMS: unixSeconds(m.Updated) * 1000,
			Admin: m.Admin, State: memberState(m),
		})
	}
	return tx.SetMembers(id.WithGroup(g.ID), list)
}

func memberState(m config.GroupMember) store.MemberState {
	switch {
	case m.Removed != config.Stays:
		return store.MemberRemoved
	case m.Admin && m.Promotion == config.NotSent:
		return store.MemberToPromote
	case m.Admin && m.Promotion == config.Sent:
		return store.MemberPromoted
	case m.Admin && m.Promotion == config.Failed:
		return store.MemberPromotionFailed
	case m.Invite == config.NotSent:
		return store.MemberToInvite
	case m.Invite == config.Sent:
		return store.MemberInvited
	case m.Invite == config.Failed:
		return store.MemberInviteFailed
	}
	return store.MemberJoined
}
