package messaging

import (
	"context"
	"errors"
	"strconv"
	"time"

	"seance/messaging/config"
	"seance/messaging/group"
	"seance/messaging/id"
	"seance/network/storage"
	"seance/store"
)

// takeGroup does what a member of a group's swarm answered: first keys and configs,
// then whether we were removed, then the messages. It counts what was new.
func (c *Client) takeGroup(ctx context.Context, name id.Group, reply retrieved) (fresh int, err error) {
	var ch changes
	member := true
	err = c.edit(ctx, func(tx *store.Tx) error {
		ch.reset()
		g, err := c.group(tx, name)
		if err != nil {
			return err
		}
		if fresh, err = c.takeGroupConfigs(tx, g, reply); err != nil {
			return err
		}
		if fresh > 0 {
			if err := c.applyGroupConfigs(tx, g, &ch); err != nil {
				return err
			}
		}
		if member, err = c.takeKick(tx, g, reply.answers[nsRevoked], &ch); err != nil || !member {
			return err
		}
		if member = !g.Info.Destroyed(); !member {
			return nil
		}
		if err := c.applyExpired(tx, g, reply, &ch); err != nil {
			return err
		}
		if err := c.confirmAdmin(g); err != nil {
			return err
		}
		return c.answerInvitation(tx, g)
	})
	if err != nil {
		return 0, err
	}
	c.announce(ctx, &ch)
	if !member {
		return fresh + 1, nil
	}
	box := inbox{name.Pubkey(), nsGroupMessages, func(tx *store.Tx, m storage.Stored) (incoming, error) { return c.openGroupMessage(tx, name, m) }}
	n, err := c.take(ctx, box, reply.member, reply.answers[nsGroupMessages])
	if fresh += n; fresh > 0 {
		c.groups.settledNow(name, false)
	}
	if err != nil || reply.more || c.groups.isSettled(name) {
		return fresh, err
	}
	err = c.edit(ctx, func(tx *store.Tx) error {
		g, err := c.group(tx, name)
		if err != nil {
			return nil // it was left meanwhile
		}
		return c.settle(tx, g)
	})
	if err == nil {
		c.groups.settledNow(name, true)
	}
	return fresh, err
}

// applyExpired shows that the swarm of a group has no keys any more, or has some again. Who
// was invited of late only waits for them.
//
// Wire reference: session-foundation/session-android: org/thoughtcrime/securesms/groups/GroupPoller.kt.
func (c *Client) applyExpired(tx *store.Tx, g *group.Group, reply retrieved, ch *changes) error {
	v, err := tx.Conversation(id.WithGroup(g.ID))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	entry, _ := c.configs.groups.Group(g.ID)
	_, made := g.Pending()
	switch there := g.Generation() >= 0 || made; {
	case there && v.Membership == store.Lapsed:
		v.Membership = store.Member
	case !there && v.Membership == store.Member && reply.refused[nsGroupKeys] == nil && !reply.more && c.net.Now().Sub(entry.Joined) > groupTTL:
		v.Membership = store.Lapsed
	default:
		return nil
	}
	ch.conversation(v.ID)
	if err := tx.PutConversation(v); err != nil {
		return err
	}
	_, err = tx.AppendEvent(membershipEvents[v.Membership], v.ID, 0)
	return err
}

// takeGroupConfigs merges keys and configs, and counts those that were new.
func (c *Client) takeGroupConfigs(tx *store.Tx, g *group.Group, reply retrieved) (fresh int, err error) {
	now, owner := c.net.Now(), g.ID.Pubkey()
	generations, opened := g.Generation(), false
	for _, m := range reply.answers[nsGroupKeys] {
		stored := config.Stored{Hash: storage.MessageHash(owner, nsGroupKeys, m.Data), Data: m.Data}
		known, err := tx.Seen(owner, nsGroupKeys, stored.Hash)
		if err != nil {
			return 0, err
		}
		if known {
			continue
		}
		fresh++
		err = recovered(func() error {
			ours, err := g.LoadKey(stored, m.Timestamp)
			opened = opened || ours
			return err
		})
		if err != nil {
			c.log.Info("skipped a group's key", "group", g.ID, "hash", string(stored.Hash), "reason", err)
		}
		if err := tx.MarkSeen(owner, nsGroupKeys, stored.Hash, now.Add(configTTL+seenMargin).UnixMilli()); err != nil {
			return 0, err
		}
	}
	for _, cfg := range []*config.Config{g.Info.Config, g.Members.Config} {
		if messages := reply.answers[cfg.Kind().Namespace()]; len(messages) > 0 {
			changed, _, err := c.mergeConfig(owner, cfg, messages)
			if err != nil {
				return 0, err
			}
			if changed {
				fresh++
			}
		}
	}
	if fresh > 0 && g.Generation() != generations {
		if err := tx.Unseal(owner); err != nil { // what was not sent yet is sent with the new key
			return 0, err
		}
	}
	if opened {
		if err := c.readAgain(tx, g.ID); err != nil {
			return 0, err
		}
	}
	for _, ns := range []id.Namespace{nsGroupKeys, config.KindGroupInfo.Namespace(), config.KindGroupMembers.Namespace(), nsRevoked} {
		if messages := reply.answers[ns]; len(messages) > 0 {
			if err := tx.SetCursor(owner, ns, reply.member, storage.MessageHash(owner, ns, messages[len(messages)-1].Data)); err != nil {
				return 0, err
			}
		}
	}
	return fresh, nil
}

// earlyKey is the setting that says that messages of a group came before the key
// that opens them.
func earlyKey(name id.Group) string { return "group_early_" + name.String() }

// readAgain has the messages of a group read from the beginning if some could not be
// read before: with what came they may be. Those that are known are not taken twice.
func (c *Client) readAgain(tx *store.Tx, name id.Group) error {
	early, err := tx.Setting(earlyKey(name))
	if err != nil || len(early) == 0 {
		return err
	}
	if err := tx.SetSetting(earlyKey(name), nil); err != nil {
		return err
	}
	c.groups.soon(name)
	return tx.ForgetCursors(name.Pubkey(), nsGroupMessages)
}

// noticeKey is the setting that says when we were removed from a group by somebody who
// did not know its newest key, in milliseconds.
func noticeKey(name id.Group) string { return "group_notice_" + name.String() }

// takeKick looks for the notice that we were removed. It reports whether we still
// are a member.
//
// The apps take a notice for an old one if it knows of fewer keys than they do. An admin
// who removes somebody while another makes a key sends such a one too. Here it counts
// too if it is newer than the invitation and we are not in the list of members, as
// far as that can be read. So does one for an admin, whom somebody removed that had not
// heard of it: admins themselves cannot be.
//
// Wire reference: session-foundation/session-desktop: ts/session/apis/snode_api/SNodeAPI
// and ts/receiver/groupv2.
func (c *Client) takeKick(tx *store.Tx, g *group.Group, messages []storage.Stored, ch *changes) (bool, error) {
	saved, err := tx.Setting(noticeKey(g.ID))
	if err != nil {
		return true, err
	}
	entry, known := c.configs.groups.Group(g.ID)
	noticed, _ := strconv.ParseInt(string(saved), 10, 64)
	before := noticed
	for _, m := range messages {
		var generation int64
		kicked := false
		err := recovered(func() error {
			generation, kicked = g.Kicked(m.Data)
			return nil
		})
		switch {
		case err != nil:
			c.log.Info("skipped a notice of a group", "group", g.ID, "reason", err)
		case kicked && g.Generation() < 0 && !m.Timestamp.After(entry.Joined):
			// Of the last time: the keys of this one have not been read yet.
		case kicked && generation >= g.Generation() && !g.Admin():
			return false, c.kicked(tx, g.ID, ch)
		case kicked:
			noticed = max(noticed, m.Timestamp.UnixMilli())
		}
	}
	_, listed := g.Members.Get(c.Self().Account)
	if known && !listed && noticed > entry.Joined.UnixMilli() && (g.Members.Len() > 0 || !g.Admin()) {
		return false, c.kicked(tx, g.ID, ch)
	}
	if noticed == before {
		return true, nil
	}
	return true, tx.SetSetting(noticeKey(g.ID), strconv.AppendInt(nil, noticed, 10))
}

// kicked does what is left to do after we were removed from a group: a line stays in the
// list that says so. An invitation that was not answered is gone altogether.
func (c *Client) kicked(tx *store.Tx, name id.Group, ch *changes) error {
	entry, ok := c.configs.groups.Group(name)
	if !ok {
		return nil
	}
	if entry.Invited {
		return c.dropGroup(tx, name, ch)
	}
	entry.Kick()
	if err := c.configs.groups.SetGroup(entry); err != nil {
		return err
	}
	return c.applyGroupEntry(tx, entry, ch)
}

// emptyGroup forgets all of a group but that it was there: what was read of its swarm
// and is to be sent there, its messages, and how far they were read.
//
// Wire reference: session-foundation/session-desktop: ts/session/conversations/ConversationController.ts.
func (c *Client) emptyGroup(tx *store.Tx, name id.Group, ch *changes) error {
	conv := id.WithGroup(name)
	c.configs.convos.Erase(config.GroupConvo(name))
	if err := c.groups.forget(tx, name); err != nil {
		return err
	}
	if err := tx.DropOutgoing(name.Pubkey()); err != nil {
		return err
	}
	if err := tx.ForgetMembers(conv); err != nil {
		return err
	}
	ch.empty(conv)
	return tx.DeleteMessages(conv)
}

// dropGroup removes a group altogether.
func (c *Client) dropGroup(tx *store.Tx, name id.Group, ch *changes) error {
	c.configs.groups.EraseGroup(name)
	if err := c.emptyGroup(tx, name, ch); err != nil {
		return err
	}
	ch.removed = append(ch.removed, id.WithGroup(name))
	return tx.DeleteConversation(id.WithGroup(name))
}

// applyGroupConfigs makes the conversation of a group, and its list of members, what
// its configs say.
func (c *Client) applyGroupConfigs(tx *store.Tx, g *group.Group, ch *changes) error {
	conv := id.WithGroup(g.ID)
	v, err := tx.Conversation(conv)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	before := v
	if name := cutName(g.Info.Name()); name != "" {
		v.Name = name
	}
	v.Picture = store.Picture(g.Info.Picture())
	v.Timer = timerOf(config.ExpiryAfterSend, g.Info.Expiry())
	if v != before {
		if err := tx.PutConversation(v); err != nil {
			return err
		}
	}
	ch.conversation(conv)
	if err := c.deleteBefore(tx, g, ch); err != nil {
		return err
	}
	entry, ok := c.configs.groups.Group(g.ID)
	switch {
	case !ok:
		return nil
	case g.Info.Destroyed():
		entry.Destroy()
		if err := c.configs.groups.SetGroup(entry); err != nil {
			return err
		}
		return c.applyGroupEntry(tx, entry, ch)
	case entry.Name != v.Name:
		entry.Name = v.Name
		return c.configs.groups.SetGroup(entry)
	}
	return nil
}

// applyGroupEntry makes a conversation what the account's entry of a group says.
func (c *Client) applyGroupEntry(tx *store.Tx, entry config.Group, ch *changes) error {
	v := store.Conversation{ID: id.WithGroup(entry.ID), Kind: id.KindGroup, Name: cutName(entry.Name), Membership: membershipOf(entry)}
	return c.applyGroup(tx, v, entry.GroupSettings, ch)
}

// deleteBefore deletes what the admins want gone: all messages before a time, and
// those with files before another.
func (c *Client) deleteBefore(tx *store.Tx, g *group.Group, ch *changes) error {
	for i, before := range []time.Time{g.Info.DeleteBefore(), g.Info.DeleteFilesBefore()} {
		if before.IsZero() {
			continue
		}
		onlyFiles := i == 1
		n, err := tx.DeleteMessagesBefore(id.WithGroup(g.ID), before.UnixMilli(), onlyFiles)
		if err != nil {
			return err
		}
		if n > 0 {
			ch.empty(id.WithGroup(g.ID))
		}
	}
	return nil
}
