package messaging

import (
	"errors"
	"strconv"

	"seance/messaging/config"
	"seance/messaging/id"
	"seance/store"
)

// What other devices changed is read out of the configs, in the transaction
// that merges them.
//
// Wire reference: session-foundation/session-desktop: ts/receiver/configMessage.ts.

// apply makes the database what a config says.
func (c *Client) apply(tx *store.Tx, kind config.Kind, first bool, ch *changes) error {
	switch kind {
	case config.KindUserProfile:
		return c.applyOwnProfile(tx, first, ch)
	case config.KindContacts:
		return c.applyContacts(tx, first, ch)
	case config.KindConvoInfoVolatile:
		return c.applyRead(tx, ch)
	}
	return nil // groups and communities are kept for a version that can be in them
}

// applyOwnProfile takes over the account's own name. The first time one that is
// newer here is given to the config; later all that was done here is in it.
func (c *Client) applyOwnProfile(tx *store.Tx, first bool, ch *changes) error {
	profile := c.configs.profile
	stored, err := tx.Setting(profileKey)
	if err != nil {
		return err
	}
	ours, _ := strconv.ParseInt(string(stored), 10, 64)
	theirs := unixSeconds(profile.Updated())
	name := cutName(profile.Name())
	switch self := c.Self(); {
	case name != "" && (!first || theirs >= ours):
		if name != self.Name {
			if err := tx.SetAccountName(name); err != nil {
				return err
			}
			ch.name = &name
		}
		if err := tx.SetSetting(profileKey, strconv.AppendInt(nil, theirs, 10)); err != nil {
			return err
		}
	case self.Name != "" && self.Name != profile.Name():
		if err := profile.SetName(c.net.Now(), self.Name); err != nil {
			return err
		}
	}
	v, err := tx.Conversation(id.With(c.Self().Account))
	if errors.Is(err, store.ErrNotFound) {
		if profile.NotesPriority() <= 0 {
			return nil // nothing to show, until something is written
		}
		v, err = c.conversationWith(tx, c.Self().Account)
	}
	if err != nil {
		return err
	}
	return c.applyPriority(tx, v, v, profile.NotesPriority(), first, ch)
}

// applyPriority puts v, which was before, with the priority of a config. Who is
// hidden elsewhere loses their messages here too, as there; but the first time
// nobody who hid them can have known of those that are here.
func (c *Client) applyPriority(tx *store.Tx, before, v store.Conversation, priority int64, first bool, ch *changes) error {
	v.Hidden, v.Priority = priority < 0, int(min(max(priority, 0), 1<<30))
	if v.Hidden && !before.Hidden {
		waiting, err := tx.HasOutgoing(v.ID)
		if err != nil {
			return err
		}
		if waiting || first && before.Last.Row != 0 { // what was accepted from the user is sent, and shows them again
			v.Hidden = false
			ch.conversation(v.ID)
			return c.put(tx, v)
		}
		if err := tx.DeleteMessages(v.ID); err != nil {
			return err
		}
	} else if v == before {
		return nil
	}
	ch.conversation(v.ID)
	return tx.PutConversation(v)
}

// applyContacts makes the conversations with people those of the config. Those
// that it does not have are deleted, as they were elsewhere; but the first time
// it may never have heard of them.
func (c *Client) applyContacts(tx *store.Tx, first bool, ch *changes) error {
	self := c.Self().Account
	there := map[id.Conversation]bool{}
	for contact := range c.configs.contacts.All() {
		if contact.ID == self {
			continue
		}
		there[id.With(contact.ID)] = true
		if err := c.applyContact(tx, contact, first, ch); err != nil {
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
		if !synced(v) || there[v.ID] {
			continue
		}
		// What was accepted from the user is sent, whatever happened meanwhile.
		waiting, err := tx.HasOutgoing(v.ID)
		if err == nil && waiting {
			err = c.configs.reflect(v)
		}
		if err != nil {
			return err
		}
		if !waiting {
			if err := tx.DeleteConversation(v.ID); err != nil {
				return err
			}
			ch.removed = append(ch.removed, v.ID)
		}
	}
	return nil
}

// applyContact makes the conversation with a contact what the config says.
func (c *Client) applyContact(tx *store.Tx, contact config.Contact, first bool, ch *changes) error {
	before, err := tx.Conversation(id.With(contact.ID))
	unknown := errors.Is(err, store.ErrNotFound)
	if unknown {
		if before, err = c.conversationWith(tx, contact.ID); !contact.Created.IsZero() {
			before.CreatedMS = contact.Created.UnixMilli()
		}
	}
	if err != nil {
		return err
	}
	v := before
	updated := unixSeconds(contact.Updated) * 1000
	if name := cutName(contact.Name); name != "" && (updated >= v.ProfileMS/1000*1000 || v.Name == "") {
		v.Name, v.ProfileMS = name, max(updated, v.ProfileMS)
	}
	v.Nickname = cutName(contact.Nickname)
	v.Approved, v.ApprovedMe, v.Blocked = contact.Approved, contact.ApprovedMe, contact.Blocked
	v.MutedUntilMS = unixSeconds(contact.MuteUntil) * 1000
	if first { // what was done here before the first merge is not undone by it
		v.Approved, v.ApprovedMe, v.Blocked = v.Approved || before.Approved, v.ApprovedMe || before.ApprovedMe, v.Blocked || before.Blocked
		if v.Nickname == "" {
			v.Nickname = before.Nickname
		}
	}
	if unknown {
		if err := tx.PutConversation(v); err != nil {
			return err
		}
		ch.conversation(v.ID)
	}
	return c.applyPriority(tx, before, v, contact.Priority, first, ch)
}

// applyRead takes over how far conversations were read elsewhere.
func (c *Client) applyRead(tx *store.Tx, ch *changes) error {
	for convo := range c.configs.convos.All() {
		if convo.Kind != config.ConvoDirect {
			continue
		}
		conv := id.With(convo.ID)
		moved, err := tx.MarkRead(conv, convo.LastRead)
		if err != nil {
			return err
		}
		if moved {
			ch.conversation(conv)
		}
	}
	return nil
}
