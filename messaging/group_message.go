package messaging

import (
	"errors"
	"fmt"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/messaging/wire"
	"seance/messaging/wire/sessionpb"
	"seance/network/storage"
	"seance/store"
)

// openGroupMessage reads a message of a group. What was written with a key that is
// not here yet is too early.
func (c *Client) openGroupMessage(tx *store.Tx, name id.Group, stored storage.Stored) (incoming, error) {
	g, err := c.group(tx, name)
	if err != nil {
		return incoming{}, err
	}
	sender, envelope, err := g.Decrypt(stored.Data)
	if errors.Is(err, group.ErrNoKey) {
		if err := tx.SetSetting(earlyKey(name), []byte{1}); err != nil {
			return incoming{}, err
		}
		return incoming{}, errEarly
	}
	if err != nil {
		return incoming{}, err
	}
	m, err := wire.DecodeGroup(envelope)
	if err != nil {
		return incoming{}, err
	}
	if err := wire.CheckTimestamp(m.Message, m.TimestampMS); err != nil {
		return incoming{}, err
	}
	if m.TimestampMS > maxTimestamp {
		return incoming{}, fmt.Errorf("%w: no time that a message can have", errSkip)
	}
	ms := int64(m.TimestampMS)
	return incoming{
		c: c, hash: stored.Hash, sender: sender, content: m.Message, group: g,
		ms: ms, stored: max(ms, stored.Timestamp.UnixMilli()), expires: expiresMS(stored),
	}, nil
}

// applyInGroup does what a message of a group says.
func (in *incoming) applyInGroup(tx *store.Tx) error {
	v, err := tx.Conversation(id.WithGroup(in.group.ID))
	if err != nil {
		return fmt.Errorf("%w: a group that was left", errSkip)
	}
	data := in.content.GetDataMessage()
	update := data.GetGroupUpdate()
	if update == nil {
		contact, err := tx.Conversation(id.With(in.sender))
		if err == nil && contact.Blocked {
			return fmt.Errorf("%w: the sender is blocked", errSkip)
		}
	}
	switch d, files := in.group.Info.DeleteBefore(), in.group.Info.DeleteFilesBefore(); {
	case !d.IsZero() && in.ms <= d.UnixMilli(), !files.IsZero() && in.ms <= files.UnixMilli() && len(data.GetAttachments()) > 0:
		return fmt.Errorf("%w: the admins have deleted what is so old", errSkip)
	}
	if err := in.heardOf(tx); err != nil {
		return err
	}
	switch {
	case update != nil:
		return in.groupUpdate(tx, v, update)
	case data != nil:
		return in.data(tx, v, data)
	}
	return fmt.Errorf("%w: its kind has no meaning in a group", errSkip)
}

// heardOf notes that the sender of a message is there, and what they call themselves.
func (in *incoming) heardOf(tx *store.Tx) error {
	data := in.content.GetDataMessage()
	update := data.GetGroupUpdate()
	what := store.SignWrote
	if update.GetMemberLeft() != nil || update.GetMemberLeftNotification() != nil {
		what = store.SignLeft
	}
	at := min(in.ms, in.c.net.Now().UnixMilli())
	if err := tx.HeardOf(id.WithGroup(in.group.ID), in.sender, what, at); err != nil {
		return err
	}
	return in.memberProfile(tx, data)
}

// settle has an admin do what follows from what was heard of members last, once all that
// the swarm has was read: messages of before somebody was removed, left or was invited
// again prove nothing. Who has written has joined, whose name is in it; who leaves is
// removed.
//
// Wire reference: session-foundation/session-desktop: ts/state/ducks/metaGroups.ts.
func (c *Client) settle(tx *store.Tx, g *group.Group) error {
	if !g.Admin() {
		return nil
	}
	heard, err := tx.HeardMembers(id.WithGroup(g.ID))
	if err != nil {
		return err
	}
	for _, h := range heard {
		m, known := g.Members.Get(h.Account)
		switch {
		case !known || m.Removed != config.Stays || m.ID == c.Self().Account:
			continue
		case h.Heard == store.SignLeft:
			m.Removed = config.RemovedMember
		case h.Heard == store.SignWrote && (m.Invite == config.Sent || m.Invite == config.Failed):
			m.Invite, m.Supplement = config.Accepted, false
			if h.Name != "" && len(h.Picture.URL) <= config.MaxPictureURL {
				m.Name, m.Picture, m.Updated = h.Name, config.Picture(h.Picture), secondsOf(h.ProfileMS)
			}
		default:
			continue
		}
		if err := g.Members.Set(m); err != nil {
			return err
		}
	}
	return nil
}

// memberProfile keeps what a member calls itself, and its picture, for those who are no
// contacts.
func (in *incoming) memberProfile(tx *store.Tx, data *sessionpb.DataMessage) error {
	name, picture, updated := profileFrom(data.GetProfile(), data.GetProfileKey(), in.ms)
	if name == "" {
		return nil
	}
	return tx.NameMember(id.WithGroup(in.group.ID), in.sender, name, picture, max(updated, 0))
}
