package messaging

import (
	"errors"
	"strings"

	"seance/messaging/config"
	"seance/messaging/id"
	"seance/store"
)

// Groups and communities are entries of the list of conversations, whose
// settings the devices share.

// applyGroups makes the conversations of groups and communities those of the
// config. Those that it does not have were left elsewhere; but the first time it
// may never have heard of them.
func (c *Client) applyGroups(tx *store.Tx, first bool, ch *changes) error {
	there := map[id.Conversation]bool{}
	apply := func(v store.Conversation, s config.GroupSettings) error {
		there[v.ID] = true
		return c.applyGroup(tx, v, s, ch)
	}
	for g := range c.configs.groups.Groups() {
		if open := c.groups.open[g.ID]; open != nil && open.Admin() && g.Seed.Len() == 0 { // left elsewhere, and invited again
			if err := c.emptyGroup(tx, g.ID, ch); err != nil {
				return err
			}
		}
		there[id.WithGroup(g.ID)] = true
		if err := c.applyGroupEntry(tx, g, ch); err != nil {
			return err
		}
	}
	for g := range c.configs.groups.LegacyGroups() {
		v := store.Conversation{ID: id.WithLegacy(g.ID), Kind: id.KindGroup, Name: cutName(g.Name), Membership: store.Archived}
		if err := apply(v, g.GroupSettings); err != nil {
			return err
		}
	}
	for room := range c.configs.groups.Communities() {
		v := store.Conversation{ID: id.InRoom(room.Server, strings.ToLower(room.Room)), Kind: id.KindCommunity, Name: cutName(room.Room)}
		if err := apply(v, room.GroupSettings); err != nil {
			return err
		}
	}
	if first {
		return nil
	}
	list, err := tx.Conversations()
	if err != nil {
		return err
	}
	for _, v := range list {
		if v.Kind != id.KindGroup && v.Kind != id.KindCommunity || there[v.ID] {
			continue
		}
		if name, ok := v.ID.Group(); ok {
			err = c.dropGroup(tx, name, ch)
		} else {
			ch.removed = append(ch.removed, v.ID)
			err = tx.DeleteConversation(v.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// applyGroup puts a conversation with the settings of its entry. What else is
// known of it stays: the name of a group or a room is better known to itself. Of a
// group that has ended nothing else stays.
func (c *Client) applyGroup(tx *store.Tx, v store.Conversation, s config.GroupSettings, ch *changes) error {
	before, err := tx.Conversation(v.ID)
	unknown := errors.Is(err, store.ErrNotFound)
	if err != nil && !unknown {
		return err
	}
	membership, name := v.Membership, v.Name
	if group, ok := v.ID.Group(); ok && membership != before.Membership && (membership == store.Kicked || membership == store.Destroyed) {
		if err := c.emptyGroup(tx, group, ch); err != nil {
			return err
		}
		before.MarkedUnread = false
	}
	if !unknown {
		v = before
	}
	if v.Name == "" {
		v.Name = name
	}
	if v.Membership == store.Lapsed && membership == store.Member {
		membership = store.Lapsed
	}
	v.Membership, v.Approved, v.ApprovedMe = membership, membership != store.Invited, true
	v.Hidden, v.Priority = s.Priority < 0, int(min(max(s.Priority, 0), 1<<30))
	v.Notify, v.MutedUntilMS = notifyOf(s.Notify), unixSeconds(s.MuteUntil)*1000
	if unknown {
		if v.CreatedMS = unixSeconds(s.Joined) * 1000; v.CreatedMS <= 0 {
			v.CreatedMS = c.net.Now().UnixMilli()
		}
	}
	if v == before {
		return nil
	}
	if err := tx.PutConversation(v); err != nil {
		return err
	}
	ch.conversation(v.ID)
	if name, ok := v.ID.Group(); ok && (unknown || v.Membership != before.Membership) {
		if v.Membership == store.Member { // perhaps on another device, and nothing is heard of it here
			c.groups.soon(name)
		}
		if _, err := tx.AppendEvent(membershipEvents[v.Membership], v.ID, 0); err != nil {
			return err
		}
	}
	if unknown {
		return c.readElsewhere(tx, v.ID, ch)
	}
	return nil
}

func membershipOf(g config.Group) store.Membership {
	switch {
	case g.Removed == config.Kicked:
		return store.Kicked
	case g.Removed == config.Destroyed:
		return store.Destroyed
	case g.Invited:
		return store.Invited
	}
	return store.Member
}

// reflectGroup writes the settings of a group or a community into its entry, if
// there is one. Groups of the old kind are kept as they are.
func (s *configs) reflectGroup(v store.Conversation) error {
	set := func(to *config.GroupSettings) {
		to.Priority, to.Notify, to.MuteUntil = priority(v), notifyIn(v.Notify), secondsOf(v.MutedUntilMS)
	}
	if name, ok := v.ID.Group(); ok {
		if g, known := s.groups.Group(name); known {
			set(&g.GroupSettings)
			return s.groups.SetGroup(g)
		}
	}
	if server, room, ok := v.ID.Room(); ok {
		if entry, known := s.groups.Community(server, room); known {
			set(&entry.GroupSettings)
			return s.groups.SetCommunity(entry)
		}
	}
	return nil
}
