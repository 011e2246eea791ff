package messaging

import (
	"context"
	"fmt"
	"io"
	"strings"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/messaging/secret"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// NewGroup describes a group that is to be created.
type NewGroup struct {
	Name        string // 1 to MaxName bytes
	Description string // at most 600 bytes
	Picture     []byte // an image, as for SetGroupPicture; nil: none
	Members     []id.Account
}

// CreateGroup makes a group with the account as its admin, and invites the members. It
// works without a network too, unless the group has a picture: the invitations wait.
//
// Wire reference: session-foundation/session-desktop: ts/state/ducks/metaGroups.ts.
func (c *Client) CreateGroup(ctx context.Context, n NewGroup) (Conversation, error) {
	n.Name = strings.TrimSpace(n.Name)
	if n.Name == "" {
		return Conversation{}, fmt.Errorf("%w: a group needs a name", ErrInvalid)
	}
	if err := checkName(n.Name); err != nil {
		return Conversation{}, err
	}
	var p store.Picture
	if len(n.Picture) > 0 {
		var err error
		if p, err = c.uploadPicture(ctx, n.Picture); err != nil {
			return Conversation{}, err
		}
	}
	seed := make([]byte, group.SeedSize)
	if _, err := io.ReadFull(c.rand, seed); err != nil {
		return Conversation{}, fmt.Errorf("draw the key of a group: %w", err)
	}
	name, err := group.IDOf(secret.New(seed))
	if err != nil {
		return Conversation{}, err
	}
	var ch changes
	err = c.edit(ctx, func(tx *store.Tx) error {
		ch.reset()
		now := c.net.Now()
		entry := config.Group{ID: name, Name: n.Name, Seed: secret.New(seed), GroupSettings: config.GroupSettings{Joined: now}}
		if err := c.configs.groups.SetGroup(entry); err != nil {
			return err
		}
		if err := c.applyGroupEntry(tx, entry, &ch); err != nil {
			return err
		}
		g, err := c.group(tx, name)
		if err != nil {
			return err
		}
		if err := g.Info.SetName(n.Name); err != nil {
			return invalid(err)
		}
		if err := g.Info.SetDescription(n.Description); err != nil {
			return invalid(err)
		}
		if err := g.Info.SetPicture(config.Picture(p)); err != nil {
			return fmt.Errorf("the address of the picture: %w", err)
		}
		if err := g.Info.SetCreated(now); err != nil {
			return err
		}
		self := c.Self()
		me := config.GroupMember{ID: self.Account, Name: self.Name, Admin: true, Picture: config.Picture(self.Picture)}
		if err := g.Members.Set(me); err != nil {
			return err
		}
		invited, err := c.addMembers(tx, g, n.Members, false)
		if err != nil {
			return err
		}
		if err := g.Rekey(); err != nil {
			return err
		}
		if len(invited) > 0 {
			if err := c.tellMembers(tx, g, sessionpb.GroupMemberChange_ADDED, invited, false, &ch); err != nil {
				return err
			}
		}
		return c.applyGroupConfigs(tx, g, &ch)
	})
	if err != nil {
		return Conversation{}, err
	}
	c.announce(ctx, &ch)
	return c.Conversation(context.WithoutCancel(ctx), id.WithGroup(name))
}

// invalid tells what a config does not take as this package does.
func invalid(err error) error {
	if text, ok := strings.CutPrefix(err.Error(), config.ErrInvalid.Error()+": "); ok {
		return fmt.Errorf("%w: %s", ErrInvalid, text)
	}
	return err
}

// addMembers notes who is to be invited, and tells who of them was not before.
func (c *Client) addMembers(tx *store.Tx, g *group.Group, who []id.Account, history bool) (added []id.Account, err error) {
	for _, account := range who {
		m, known := g.Members.Get(account)
		switch {
		case account == c.Self().Account:
			return nil, fmt.Errorf("%w: you are in the group already", ErrInvalid)
		case known && m.Removed == config.Stays && (m.Admin || m.Invite == config.Accepted):
			return nil, fmt.Errorf("%w: %s is in the group already", ErrInvalid, c.memberName(tx, g, account))
		case !known && g.Members.Len() >= group.MaxMembers:
			return nil, fmt.Errorf("%w: a group has at most %d members", ErrInvalid, group.MaxMembers)
		}
		if _, err := g.Token(account); err != nil {
			return nil, fmt.Errorf("%w: nobody can have the Account ID %s", ErrInvalid, account)
		}
		again := known && m.Removed == config.Stays
		m.Invite, m.Removed, m.Supplement = config.NotSent, config.Stays, history || again && m.Supplement
		if v, err := tx.Conversation(id.With(account)); err == nil && m.Name == "" {
			m.Name, m.Picture = v.Name, config.Picture(v.Picture)
		}
		if err := g.Members.Set(m); err != nil {
			return nil, err
		}
		if !again {
			added = append(added, account)
		}
	}
	return added, nil
}

// tellMembers tells a group that members were added, removed or promoted.
func (c *Client) tellMembers(tx *store.Tx, g *group.Group, change sessionpb.GroupMemberChange_Type, who []id.Account, history bool, ch *changes) error {
	now, err := tx.ClaimTimestamp(c.net.Now().UnixMilli())
	if err != nil {
		return err
	}
	u := &sessionpb.GroupMemberChange{Type: change.Enum(), AdminSignature: g.SignMemberChange(int32(change), now)}
	var names []string
	for _, account := range who {
		if err := c.memberChanged(tx, id.WithGroup(g.ID), change, account, now); err != nil {
			return err
		}
		u.MemberIds = append(u.MemberIds, account.String())
		names = append(names, c.inLine(account))
	}
	if history {
		u.HistoryShared = &history
	}
	line := store.Message{Text: memberLine(change, "You", names)}
	return c.tell(tx, g, &sessionpb.GroupUpdate{MemberChange: u}, now, line, ch)
}
