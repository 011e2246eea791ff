package messaging

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// Promote makes members of a group admins.
func (c *Client) Promote(ctx context.Context, conv id.Conversation, who []id.Account) error {
	return c.administer(ctx, conv, func(tx *store.Tx, g *group.Group, ch *changes) error {
		for _, account := range who {
			m, err := c.memberOf(tx, g, account)
			if err != nil {
				return err
			}
			switch accepted := m.Admin && m.Promotion == config.Accepted; {
			case accepted && account == c.Self().Account:
				return fmt.Errorf("%w: you are an admin already", ErrInvalid)
			case accepted:
				return fmt.Errorf("%w: %s is an admin already", ErrInvalid, c.memberName(tx, g, account))
			}
			m.Admin, m.Invite, m.Promotion, m.Supplement = true, config.Accepted, config.NotSent, false
			if err := g.Members.Set(m); err != nil {
				return err
			}
		}
		return c.tellMembers(tx, g, sessionpb.GroupMemberChange_PROMOTED, who, false, ch)
	})
}

// RemoveMembers removes members from a group, with what they wrote or without. Admins
// can't be removed.
func (c *Client) RemoveMembers(ctx context.Context, conv id.Conversation, who []id.Account, withMessages bool) error {
	removal := config.RemovedMember
	if withMessages {
		removal = config.RemovedWithMessages
	}
	return c.administer(ctx, conv, func(tx *store.Tx, g *group.Group, ch *changes) error {
		for _, account := range who {
			m, err := c.memberOf(tx, g, account)
			if err != nil {
				return err
			}
			switch {
			case account == c.Self().Account:
				return fmt.Errorf("%w: nobody removes themselves: leave the group", ErrInvalid)
			case m.Admin:
				return fmt.Errorf("%w: %s is an admin, and admins cannot be removed", ErrInvalid, c.memberName(tx, g, account))
			}
			m.Removed, m.Invite = removal, config.Accepted
			if err := g.Members.Set(m); err != nil {
				return err
			}
		}
		return c.tellMembers(tx, g, sessionpb.GroupMemberChange_REMOVED, who, false, ch)
	})
}

func (c *Client) memberOf(tx *store.Tx, g *group.Group, who id.Account) (config.GroupMember, error) {
	m, known := g.Members.Get(who)
	if !known || m.Removed != config.Stays {
		return m, fmt.Errorf("%s is not in this group: %w", c.memberName(tx, g, who), ErrUnknown)
	}
	return m, nil
}

// deleteMessagesOf deletes what a member wrote, here and in the swarm.
func (c *Client) deleteMessagesOf(tx *store.Tx, g *group.Group, who id.Account, ch *changes) error {
	list, err := tx.MessagesOf(id.WithGroup(g.ID), nil, []id.Account{who}, c.net.Now().UnixMilli())
	if err != nil {
		return err
	}
	var hashes []id.Hash
	for _, m := range list {
		hashes = append(hashes, m.Hash)
		if _, err := c.unsent(tx, m, ch); err != nil {
			return err
		}
	}
	return c.deleteFromGroup(tx, g.ID, hashes)
}

// GroupChange is what an admin changes of a group; nil leaves it as it is.
type GroupChange struct {
	Name        *string
	Description *string // "" takes it away
	// Timer is after how long the messages written from now on disappear; 0: never.
	Timer *time.Duration
	// DeleteBefore has everybody delete all messages up to a time, and
	// DeleteFilesBefore those with files.
	DeleteBefore, DeleteFilesBefore *time.Time
}

// ConfigureGroup changes a group for all of its members.
func (c *Client) ConfigureGroup(ctx context.Context, conv id.Conversation, change GroupChange) error {
	if change.Name != nil {
		name := strings.TrimSpace(*change.Name)
		if name == "" {
			return fmt.Errorf("%w: a group needs a name", ErrInvalid)
		}
		if err := checkName(name); err != nil {
			return err
		}
		change.Name = &name
	}
	if t := change.Timer; t != nil && (*t < 0 || *t > maxTimer) {
		return fmt.Errorf("%w: messages disappear after at most two weeks", ErrInvalid)
	}
	return c.administer(ctx, conv, func(tx *store.Tx, g *group.Group, ch *changes) error {
		if change.Name != nil && *change.Name != g.Info.Name() {
			if err := g.Info.SetName(*change.Name); err != nil {
				return invalid(err)
			}
			u := &sessionpb.GroupInfoChange{Type: sessionpb.GroupInfoChange_NAME.Enum(), UpdatedName: change.Name}
			if err := c.tellInfo(tx, g, u, store.Message{Text: fmt.Sprintf("You renamed the group to \"%s\".", *change.Name)}, ch); err != nil {
				return err
			}
		}
		if change.Description != nil {
			if err := g.Info.SetDescription(*change.Description); err != nil {
				return invalid(err)
			}
		}
		if change.Timer != nil && *change.Timer != g.Info.Expiry() {
			if err := g.Info.SetExpiry(*change.Timer); err != nil {
				return err
			}
			timer := timerOf(config.ExpiryAfterSend, *change.Timer)
			u := &sessionpb.GroupInfoChange{
				Type: sessionpb.GroupInfoChange_DISAPPEARING_MESSAGES.Enum(), UpdatedExpiration: proto.Uint32(uint32(*change.Timer / time.Second)),
			}
			if err := c.tellInfo(tx, g, u, store.Message{Text: timerText(timer), Timer: &timer}, ch); err != nil {
				return err
			}
		}
		if change.DeleteBefore != nil {
			if err := g.Info.SetDeleteBefore(*change.DeleteBefore); err != nil {
				return err
			}
		}
		if change.DeleteFilesBefore != nil {
			return g.Info.SetDeleteFilesBefore(*change.DeleteFilesBefore)
		}
		return nil
	})
}

func (c *Client) tellInfo(tx *store.Tx, g *group.Group, u *sessionpb.GroupInfoChange, line store.Message, ch *changes) error {
	now, err := tx.ClaimTimestamp(c.net.Now().UnixMilli())
	if err != nil {
		return err
	}
	u.AdminSignature = g.SignInfoChange(int32(u.GetType()), now)
	return c.tell(tx, g, &sessionpb.GroupUpdate{InfoChange: u}, now, line, ch)
}
