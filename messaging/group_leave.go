package messaging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"seance/messaging/group"
	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/network"
	"seance/network/snode"
	"seance/network/storage"
	"seance/store"
)

// ErrOnlyAdmin is returned by Leave where nobody else could administer the group.
var ErrOnlyAdmin = fmt.Errorf("%w: you are the only admin: make somebody else admin, or end the group for everybody", ErrInvalid)

// Leave leaves a group and tells its members, and deletes the conversation. It needs
// the network, unless we were removed before. With destroy, an admin ends the group for
// everybody.
//
// Wire reference: session-foundation/session-desktop: ts/session/conversations/ConversationController.ts.
func (c *Client) Leave(ctx context.Context, conv id.Conversation, destroy bool) error {
	name, ok := conv.Group()
	if !ok {
		return fmt.Errorf("%w: this is not a group", ErrInvalid)
	}
	var auth storage.Auth
	var farewell []storage.Message
	member := false
	err := c.edit(ctx, func(tx *store.Tx) error {
		farewell = nil
		if _, err := tx.Conversation(conv); err != nil {
			return unknown(err, "group")
		}
		g, err := c.group(tx, name)
		if member = err == nil; !member {
			return nil
		}
		if auth, err = c.groupAuth(name); err != nil {
			return err
		}
		switch {
		case destroy && !g.Admin():
			return fmt.Errorf("%w: only admins can end a group", ErrInvalid)
		case destroy:
			return g.Info.Destroy()
		case c.onlyAdmin(g):
			return ErrOnlyAdmin
		}
		farewell, err = c.farewell(tx, g)
		return err
	})
	if err != nil {
		return err
	}
	switch {
	case destroy && member:
		if err := c.destroyNow(ctx, name); err != nil {
			return err
		}
	case len(farewell) > 0:
		if err := c.sayFarewell(ctx, name, auth, farewell); err != nil {
			return err
		}
	}
	var ch changes
	err = c.edit(ctx, func(tx *store.Tx) error {
		ch.reset()
		return c.dropGroup(tx, name, &ch)
	})
	if err == nil {
		c.announce(ctx, &ch)
	}
	return err
}

// onlyAdmin reports whether nobody else is an admin of a group that others are in.
func (c *Client) onlyAdmin(g *group.Group) bool {
	others := false
	for m := range g.Members.All() {
		if m.ID == c.Self().Account {
			continue
		}
		if others = true; m.Admin {
			return false
		}
	}
	return others && g.Admin()
}

// farewell are the messages that tell a group that we leave: a line for the members, and
// the wish for the admins. Without a key nobody has seen us there.
func (c *Client) farewell(tx *store.Tx, g *group.Group) (list []storage.Message, err error) {
	if len(g.KeyHashes()) == 0 {
		return nil, nil
	}
	for _, u := range []*sessionpb.GroupUpdate{
		{MemberLeftNotification: &sessionpb.GroupMemberLeftNotification{}}, {MemberLeft: &sessionpb.GroupMemberLeft{}},
	} {
		now, err := tx.ClaimTimestamp(c.net.Now().UnixMilli())
		if err != nil {
			return nil, err
		}
		content := &sessionpb.Content{DataMessage: &sessionpb.DataMessage{GroupUpdate: u}, SigTimestamp: proto.Uint64(uint64(now))}
		if u.MemberLeftNotification != nil {
			setExpire(content, expireInGroup(g))
		}
		data, err := c.sealGroup(g, now, content)
		if err != nil {
			return nil, err
		}
		ttl := time.Duration(swarmMS(expireOf(content, id.KindGroup))) * time.Millisecond
		list = append(list, storage.Message{Namespace: nsGroupMessages, TTL: ttl, Data: data})
	}
	return list, nil
}

// sayFarewell stores them. Who has no access any more has left.
func (c *Client) sayFarewell(ctx context.Context, name id.Group, auth storage.Auth, farewell []storage.Message) error {
	reply, err := c.net.Batch(ctx, name.Pubkey(), network.BatchOptions{Sequence: true}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
		var requests []storage.Request
		for _, m := range farewell {
			m.Timestamp = now
			requests = append(requests, auth.Store(m, now))
		}
		return requests, nil
	})
	if err != nil {
		return fmt.Errorf("leave the group: %w", err)
	}
	for _, r := range reply.Results {
		var refused *storage.Error
		if _, err := r.Store(); errors.As(err, &refused) && refused.Code == 401 {
			return nil
		} else if err != nil {
			return fmt.Errorf("leave the group: %w", err)
		}
	}
	return nil
}

// destroyNow has the swarm know that a group is no more.
func (c *Client) destroyNow(ctx context.Context, name id.Group) error {
	leave, err := c.groups.alone(ctx, name)
	if err != nil {
		return err
	}
	defer leave()
	if err := c.pushGroup(ctx, name); err != nil {
		return fmt.Errorf("end the group: %w", err)
	}
	return nil
}
