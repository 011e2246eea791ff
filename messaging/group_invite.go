package messaging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/messaging/secret"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// Invite adds people to a group, or sends those the invitation again who have not
// answered. With history they are given the keys of what was written before.
//
// Wire reference: session-foundation/session-desktop: ts/state/ducks/metaGroups.ts.
func (c *Client) Invite(ctx context.Context, conv id.Conversation, who []id.Account, history bool) error {
	return c.administer(ctx, conv, func(tx *store.Tx, g *group.Group, ch *changes) error {
		added, err := c.addMembers(tx, g, who, history)
		if err != nil || len(added) == 0 {
			return err
		}
		// In every case: who was removed and is invited again takes themselves for removed
		// until there is a newer key than that of the notice.
		if err := g.Rekey(); err != nil {
			return err
		}
		return c.tellMembers(tx, g, sessionpb.GroupMemberChange_ADDED, added, history, ch)
	})
}

// administer changes a group as an admin of it, and has its swarm know.
func (c *Client) administer(ctx context.Context, conv id.Conversation, f func(*store.Tx, *group.Group, *changes) error) error {
	name, ok := conv.Group()
	if !ok {
		return fmt.Errorf("%w: this is not a group", ErrInvalid)
	}
	var ch changes
	err := c.edit(ctx, func(tx *store.Tx) error {
		ch.reset()
		g, err := c.administered(tx, name)
		if err != nil {
			return err
		}
		if err := f(tx, g, &ch); err != nil {
			return err
		}
		return c.applyGroupConfigs(tx, g, &ch)
	})
	if err == nil {
		c.announce(ctx, &ch)
	}
	return err
}

func (c *Client) sendInvite(tx *store.Tx, g *group.Group, who id.Account) error {
	auth, err := g.Auth(who)
	if err != nil {
		return err
	}
	return c.sendToMember(tx, store.OutgoingInvite, g, who, func(now int64) *sessionpb.GroupUpdate {
		return &sessionpb.GroupUpdate{Invite: &sessionpb.GroupInvite{
			GroupId: proto.String(g.ID.String()), Name: proto.String(g.Info.Name()), MemberAuthData: auth.Expose(), AdminSignature: g.SignInvite(who, now),
		}}
	})
}

func (c *Client) sendPromotion(tx *store.Tx, g *group.Group, who id.Account) error {
	entry, _ := c.configs.groups.Group(g.ID)
	return c.sendToMember(tx, store.OutgoingPromote, g, who, func(int64) *sessionpb.GroupUpdate {
		return &sessionpb.GroupUpdate{Promote: &sessionpb.GroupPromote{IdentitySeed: entry.Seed.Expose(), Name: proto.String(g.Info.Name())}}
	})
}

// sendToMember sends somebody what is for them alone, with the own profile.
func (c *Client) sendToMember(tx *store.Tx, kind store.OutgoingKind, g *group.Group, who id.Account, f func(now int64) *sessionpb.GroupUpdate) error {
	now, err := tx.ClaimTimestamp(c.net.Now().UnixMilli())
	if err != nil {
		return err
	}
	profile, err := c.profileIn(tx)
	if err != nil {
		return err
	}
	content := dataContent(&sessionpb.DataMessage{GroupUpdate: f(now)}, now, profile, "")
	data, err := c.seal(who, now, content)
	if err != nil {
		return err
	}
	_, err = tx.Enqueue(store.Outgoing{
		Kind: kind, Target: who.Pubkey(), Namespace: nsMessages, Data: data, TimestampMS: now, TTLMS: timeToLive.Milliseconds(), About: id.WithGroup(g.ID),
	})
	return err
}

// invitationSent notes what became of an invitation or a promotion.
func (c *Client) invitationSent(tx *store.Tx, o store.Outgoing, s config.Sending) error {
	name, ok := o.About.Group()
	if !ok {
		return nil
	}
	g, err := c.administered(tx, name)
	if errors.Is(err, ErrUnknown) || errors.Is(err, ErrInvalid) {
		return nil // left meanwhile
	}
	if err != nil {
		return err
	}
	m, known := g.Members.Get(id.Account(o.Target))
	switch {
	case !known:
		return nil
	case o.Kind == store.OutgoingPromote && m.Promotion != config.Accepted:
		m.Promotion = s
	case o.Kind == store.OutgoingInvite && m.Invite != config.Accepted:
		m.Invite = s
	}
	return g.Members.Set(m)
}

// invitedToGroup takes an invitation to a group, or that we were made an admin of one.
//
// Wire reference: session-foundation/session-desktop: ts/receiver/groupv2/handleGroupV2Message.ts.
func (in *incoming) invitedToGroup(tx *store.Tx, from store.Conversation, u *sessionpb.GroupUpdate) error {
	switch {
	case in.own():
		return fmt.Errorf("%w: one's own devices are not invited", errSkip)
	case u.GetInvite() != nil:
		return in.invite(tx, from, u.GetInvite())
	case u.GetPromote() != nil:
		return in.promotion(tx, from, u.GetPromote())
	}
	return fmt.Errorf("%w: a kind of group update that is not for single people", errSkip)
}

func (in *incoming) invite(tx *store.Tx, from store.Conversation, u *sessionpb.GroupInvite) error {
	c := in.c
	name, err := id.ParseGroup(u.GetGroupId())
	if err != nil {
		return fmt.Errorf("%w: an invitation to nowhere", errSkip)
	}
	auth := secret.New(u.GetMemberAuthData())
	member, err := group.OpenSubaccount(c.keys, auth)
	if err != nil || !member.Valid(name, group.Read|group.Write) || !group.VerifyInvite(name, c.Self().Account, in.ms, u.GetAdminSignature()) {
		return errForged
	}
	entry, _ := c.configs.groups.Group(name)
	if entry.Removed == config.Destroyed || entry.Seed.Len() > 0 {
		return fmt.Errorf("%w: an invitation to a group that is gone, or one's own", errSkip)
	}
	return in.enter(tx, from, name, u.GetName(), func(entry *config.Group) { entry.Auth = auth })
}

// enter takes up what a group can be acted in with. If nobody that we know has sent it, it
// is asked first whether we want to be there, unless we are.
func (in *incoming) enter(tx *store.Tx, from store.Conversation, name id.Group, called string, with func(*config.Group)) error {
	c := in.c
	entry, known := c.configs.groups.Group(name)
	again := known && entry.Removed == config.NotRemoved && entry.Auth.Len()+entry.Seed.Len() > 0
	if !again && known { // what is left of the last time
		if err := c.emptyGroup(tx, name, &in.changes); err != nil {
			return err
		}
	}
	if !again {
		entry.ID, entry.Name, entry.Invited = name, cutName(called), true
	}
	entry.Invited = entry.Invited && !from.Approved
	entry.Invite()
	with(&entry)
	// What was done about us before we were invited does not count any more.
	if invited := time.UnixMilli(min(in.ms, c.net.Now().UnixMilli())); !again || invited.After(entry.Joined) {
		entry.Joined = invited
	}
	if err := c.joined(tx, entry, &in.changes); err != nil {
		return err
	}
	if !again && entry.Invited {
		if err := in.invitedLine(tx, name, from, entry.Name); err != nil {
			return err
		}
	}
	return c.deleteFromSwarm(tx, in.hash)
}

// invitedLine says who invited us.
func (in *incoming) invitedLine(tx *store.Tx, name id.Group, from store.Conversation, called string) error {
	applyProfile(&from, in.content.GetDataMessage().GetProfile(), in.content.GetDataMessage().GetProfileKey(), in.ms)
	v, err := tx.Conversation(id.WithGroup(name))
	if err != nil {
		return err
	}
	m := in.row(v, store.KindInfo, fmt.Sprintf("%s invited you to the group \"%s\".", title(from), called))
	m.Hash, m.Expire = "", store.Expire{}
	_, err = in.insert(tx, v, m)
	return err
}

// joined keeps the entry of a group that we are in, or may be in. If nothing is to be
// asked first, the others are told as soon as they can be.
func (c *Client) joined(tx *store.Tx, entry config.Group, ch *changes) error {
	if err := c.configs.groups.SetGroup(entry); err != nil {
		return err
	}
	if err := c.applyGroupEntry(tx, entry, ch); err != nil {
		return err
	}
	if entry.Invited {
		return nil
	}
	c.groups.soon(entry.ID)
	return tx.SetSetting(answerKey(entry.ID), []byte{1})
}

// answerKey is the setting that says that an invitation is still to be answered.
func answerKey(name id.Group) string { return "group_answer_" + name.String() }

// answerInvitation tells the others of a group that we have joined, once there is a key
// to tell it with.
func (c *Client) answerInvitation(tx *store.Tx, g *group.Group) error {
	owed, err := tx.Setting(answerKey(g.ID))
	if err != nil || len(owed) == 0 || g.Generation() < 0 {
		return err
	}
	if err := tx.SetSetting(answerKey(g.ID), nil); err != nil {
		return err
	}
	now, err := tx.ClaimTimestamp(c.net.Now().UnixMilli())
	if err != nil {
		return err
	}
	profile, err := c.profileIn(tx)
	if err != nil {
		return err
	}
	u := &sessionpb.GroupUpdate{InviteResponse: &sessionpb.GroupInviteResponse{IsApproved: proto.Bool(true)}}
	return c.enqueueInGroup(tx, g.ID, now, dataContent(&sessionpb.DataMessage{GroupUpdate: u}, now, profile, ""))
}

// AcceptInvitation joins a group.
func (c *Client) AcceptInvitation(ctx context.Context, conv id.Conversation) error {
	return c.invitation(ctx, conv, func(tx *store.Tx, entry config.Group, ch *changes) error {
		entry.Invited = false
		return c.joined(tx, entry, ch)
	})
}

// DeclineInvitation turns an invitation away. Nobody learns of it.
func (c *Client) DeclineInvitation(ctx context.Context, conv id.Conversation) error {
	return c.invitation(ctx, conv, func(tx *store.Tx, entry config.Group, ch *changes) error {
		return c.dropGroup(tx, entry.ID, ch)
	})
}

// BlockInvitation turns an invitation away, and blocks who has sent it.
//
// Wire reference: session-foundation/session-desktop: ts/interactions/conversationInteractions.ts.
func (c *Client) BlockInvitation(ctx context.Context, conv id.Conversation) (who id.Account, err error) {
	err = c.invitation(ctx, conv, func(tx *store.Tx, entry config.Group, ch *changes) error {
		v, err := tx.Conversation(conv)
		if err != nil {
			return err
		}
		var known bool
		if who, known = v.Last.Author.Account(); !known || who == c.Self().Account {
			return fmt.Errorf("%w: it is not known who has invited you; turn the invitation away", ErrInvalid)
		}
		if err := c.dropGroup(tx, entry.ID, ch); err != nil {
			return err
		}
		ch.conversation(id.With(who))
		return c.block(tx, who)
	})
	return who, err
}

func (c *Client) invitation(ctx context.Context, conv id.Conversation, f func(*store.Tx, config.Group, *changes) error) error {
	name, _ := conv.Group()
	var ch changes
	err := c.edit(ctx, func(tx *store.Tx) error {
		ch.reset()
		entry, known := c.configs.groups.Group(name)
		if !known || !entry.Invited {
			return fmt.Errorf("no such invitation: %w", ErrUnknown)
		}
		return f(tx, entry, &ch)
	})
	if err == nil {
		c.announce(ctx, &ch)
	}
	return err
}

// promotion takes that we were made an admin: the seed of the group's key proves it.
func (in *incoming) promotion(tx *store.Tx, from store.Conversation, u *sessionpb.GroupPromote) error {
	c := in.c
	seed := secret.New(u.GetIdentitySeed())
	name, err := group.IDOf(seed)
	if err != nil {
		return fmt.Errorf("%w: %w", errSkip, err)
	}
	entry, _ := c.configs.groups.Group(name)
	switch {
	case entry.Removed == config.Destroyed:
		return fmt.Errorf("%w: an admin of a group that is gone", errSkip)
	case entry.Seed.Len() > 0 && (!entry.Invited || !from.Approved):
		return nil
	}
	if err := in.enter(tx, from, name, u.GetName(), func(entry *config.Group) { entry.Seed = seed }); err != nil {
		return err
	}
	for _, s := range groupSpaces {
		if err := tx.ForgetCursors(name.Pubkey(), s.namespace); err != nil {
			return err
		}
	}
	return nil
}

// confirmAdmin tells the other admins that we have heard that we are one.
func (c *Client) confirmAdmin(g *group.Group) error {
	m, known := g.Members.Get(c.Self().Account)
	if !g.Admin() || !known || m.Admin && m.Promotion == config.Accepted && m.Invite == config.Accepted {
		return nil
	}
	m.Admin, m.Promotion, m.Invite = true, config.Accepted, config.Accepted
	return g.Members.Set(m)
}
