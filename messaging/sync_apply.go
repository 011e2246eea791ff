package messaging

import (
	"errors"
	"strconv"
	"time"

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
	case config.KindUserGroups:
		return c.applyGroups(tx, first, ch)
	case config.KindConvoInfoVolatile:
		return c.applyRead(tx, first, ch)
	}
	return nil
}

// applyOwnProfile takes over the account's own name and picture. The first time
// what is newer here is given to the config; later all that was done here is in
// it.
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
	case !first || name != "" && theirs >= ours:
		if name != self.Name {
			if err := tx.SetAccountName(name); err != nil {
				return err
			}
			ch.name = &name
		}
		if picture := store.Picture(profile.Picture()); picture != self.Picture {
			if err := tx.SetAccountPicture(picture); err != nil {
				return err
			}
			ch.picture = &picture
		}
		if err := tx.SetSetting(profileKey, strconv.AppendInt(nil, theirs, 10)); err != nil {
			return err
		}
	case self.Name != "":
		if err := profile.SetName(c.net.Now(), self.Name); err != nil {
			return err
		}
		if self.Picture.URL == "" { // none was chosen here: that of the account stays
			if picture := store.Picture(profile.Picture()); picture.URL != "" {
				ch.picture = &picture
				err = tx.SetAccountPicture(picture)
			}
			if err != nil {
				return err
			}
			break
		}
		if err := profile.SetPicture(c.net.Now(), config.Picture(self.Picture)); err != nil {
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
	before := v
	v.Timer = timerOf(config.ExpiryAfterSend, profile.NotesExpiry())
	return c.applyPriority(tx, before, v, profile.NotesPriority(), first, ch)
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
		ch.empty(v.ID)
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
			err = c.configs.reflect(c.net.Now(), v)
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
		if updated > 0 {
			v.ProfileMS = max(updated, v.ProfileMS)
		}
		v.Name, v.Picture = name, store.Picture(contact.Picture)
	}
	v.Nickname = cutName(contact.Nickname)
	v.Approved, v.ApprovedMe, v.Blocked = contact.Approved, contact.ApprovedMe, contact.Blocked
	v.MutedUntilMS, v.Notify = unixSeconds(contact.MuteUntil)*1000, notifyOf(contact.Notify)
	v.Timer = timerOf(contact.ExpiryMode, contact.Expiry)
	if first { // what was done here before the first merge is not undone by it
		v.Approved, v.ApprovedMe, v.Blocked = v.Approved || before.Approved, v.ApprovedMe || before.ApprovedMe, v.Blocked || before.Blocked
		if v.Nickname == "" {
			v.Nickname = before.Nickname
		}
		if v.Timer == (store.Timer{}) {
			v.Timer = before.Timer
		}
	}
	if unknown {
		if err := tx.PutConversation(v); err != nil {
			return err
		}
		if err := c.readElsewhere(tx, v.ID, ch); err != nil {
			return err
		}
		if v, err = tx.Conversation(v.ID); err != nil {
			return err
		}
		before = v
		ch.conversation(v.ID)
	}
	return c.applyPriority(tx, before, v, contact.Priority, first, ch)
}

// applyRead takes over how far conversations were read elsewhere, and gives what
// is known here alone: of two positions that were written at the same time a merge
// may have taken the earlier one, or none if somebody was removed and added again.
func (c *Client) applyRead(tx *store.Tx, first bool, ch *changes) error {
	for convo := range c.configs.convos.All() {
		conv, ok := conversationOf(convo.ConvoID)
		if !ok {
			continue
		}
		moved, err := c.applyConvo(tx, conv, convo, ch)
		if err != nil {
			return err
		}
		if moved {
			ch.conversation(conv)
		}
	}
	list, err := tx.Conversations()
	if err != nil {
		return err
	}
	for _, v := range list {
		if v.MarkedUnread && !first && !c.configs.hasConvo(v.ID) {
			// An entry that says nothing any more is gone altogether.
			v.MarkedUnread = false
			if err := tx.PutConversation(v); err != nil {
				return err
			}
			ch.conversation(v.ID)
		}
		if err := c.configs.reflectAhead(v, c.net.Now()); err != nil {
			return err
		}
	}
	return nil
}

// readElsewhere takes over how far a conversation was read that was not there
// when the other device said so.
func (c *Client) readElsewhere(tx *store.Tx, conv id.Conversation, ch *changes) error {
	name, ok := convoOf(conv)
	if !ok {
		return nil
	}
	convo, ok := c.configs.convos.Get(name)
	if !ok {
		return nil
	}
	_, err := c.applyConvo(tx, conv, convo, ch)
	return err
}

func (c *Client) applyConvo(tx *store.Tx, conv id.Conversation, convo config.Convo, ch *changes) (moved bool, err error) {
	v, err := tx.Conversation(conv)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	read := convo.LastRead > v.LastReadMS && convo.LastRead == c.readable(convo.LastRead)
	if read || v.MarkedUnread && !convo.Unread {
		if !read {
			convo.LastRead = v.LastReadMS
		}
		if moved, err = tx.MarkRead(conv, convo.LastRead); err != nil {
			return false, err
		}
		if err := c.startRead(tx, conv, true, ch); err != nil {
			return false, err
		}
		v.MarkedUnread = false
	}
	if convo.Unread && !v.MarkedUnread {
		v.MarkedUnread, moved = true, true
		err = tx.PutConversation(v)
	}
	return moved, err
}

// readAhead is by how much what was read may lie in the future, for clocks that
// differ. What is dated later must not make unread what comes until then.
const readAhead = 2 * time.Minute

// readable bounds a read position by the present.
func (c *Client) readable(upToMS int64) int64 { return readable(upToMS, c.net.Now()) }

func readable(upToMS int64, now time.Time) int64 { return min(upToMS, now.Add(readAhead).UnixMilli()) }

// conversationOf is the conversation that an entry is about.
func conversationOf(convo config.ConvoID) (id.Conversation, bool) {
	switch convo.Kind {
	case config.ConvoDirect:
		return id.With(id.Account(convo.ID)), true
	case config.ConvoGroup:
		return id.WithGroup(id.Group(convo.ID)), true
	case config.ConvoLegacyGroup:
		return id.WithLegacy(id.Account(convo.ID)), true
	case config.ConvoCommunity:
		return id.InRoom(convo.Server, convo.Room), true
	}
	return "", false
}

func timerOf(mode config.ExpiryMode, after time.Duration) store.Timer {
	seconds := int64(after / time.Second)
	switch {
	case seconds <= 0:
		return store.Timer{}
	case mode == config.ExpiryAfterRead:
		return store.Timer{Mode: store.ExpireAfterRead, Seconds: seconds}
	case mode == config.ExpiryAfterSend:
		return store.Timer{Mode: store.ExpireAfterSend, Seconds: seconds}
	}
	return store.Timer{}
}

func notifyOf(n config.Notify) store.Notify {
	switch n {
	case config.NotifyAll:
		return store.NotifyAll
	case config.NotifyMentions:
		return store.NotifyMentions
	case config.NotifyNone:
		return store.NotifyNone
	}
	return store.NotifyDefault
}

// sinceMargin is by how much a message may be older than a config that another
// device has written, and yet be news to that device.
const sinceMargin = 2 * time.Minute

// removedSince reports whether another device hid or removed somebody after a
// message of theirs, or to them, came into the swarm at a time: such a message
// must not bring them back. The rule is that of session-foundation/session-desktop:
// ts/receiver/{contentMessage,sentAtMoreRecent}.ts, but for what the sender had to
// keep for long: that counts from when it was stored.
func (s *configs) removedSince(who id.Account, storedMS int64) bool {
	of, removed := s.contacts.Config, true
	if who.Pubkey() == s.owner {
		of, removed = s.profile.Config, s.profile.NotesPriority() < 0
	} else if contact, known := s.contacts.Get(who); known {
		removed = contact.Priority < 0
	}
	at := s.elsewhere[of.Kind().Namespace()]
	return removed && !at.IsZero() && storedMS < at.Add(-sinceMargin).UnixMilli()
}
