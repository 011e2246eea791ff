package messaging

import (
	"context"
	"time"

	"seance/messaging/config"
	"seance/messaging/id"
	"seance/store"
)

// What is changed here goes into the configs in the same transaction, so that
// the other devices hear of it.
//
// Wire reference: session-foundation/session-desktop:
// ts/session/utils/libsession/libsession_utils_{contacts,convo_info_volatile,user_profile}.ts.

// edit is a transaction in which put and its like may be used.
func (c *Client) edit(ctx context.Context, f func(tx *store.Tx) error) error {
	push := false
	var called []id.Group         // which are to be visited
	var members []id.Conversation // of which groups they changed
	err := c.db.Update(ctx, func(tx *store.Tx) error {
		c.groups.called = nil
		if err := c.configs.begin(tx); err != nil {
			return err
		}
		if err := f(tx); err != nil {
			return err
		}
		push = len(c.configs.unpushed(c.net.Now())) > 0
		var err error
		if members, err = c.groups.keep(tx, c.net.Now()); err != nil {
			return err
		}
		called = c.groups.called
		return c.configs.end(tx, c.net.Now())
	})
	if err == nil && push {
		wake(c.pushNow)
	}
	if err == nil && len(called) > 0 {
		c.visitSoon(called)
	}
	if err == nil {
		wake(c.sendNow) // what came may have left something to be sent
	}
	if err == nil && len(members) > 0 {
		c.announce(ctx, &changes{conversations: members})
	}
	return err
}

// put keeps the settings of a conversation, here and in the configs.
func (c *Client) put(tx *store.Tx, v store.Conversation) error {
	if err := tx.PutConversation(v); err != nil {
		return err
	}
	return c.configs.reflect(c.net.Now(), v)
}

// remove deletes a conversation, here and in the configs.
func (c *Client) remove(tx *store.Tx, conv id.Conversation) error {
	if account, ok := conv.Account(); ok {
		c.configs.contacts.Erase(account)
	}
	if name, ok := convoOf(conv); ok {
		c.configs.convos.Erase(name)
	}
	return tx.DeleteConversation(conv)
}

// synced reports whether a conversation is one that devices tell each other of:
// not one that only waits for a message that may come.
func synced(v store.Conversation) bool {
	return v.Kind == id.KindContact && (!v.Hidden || v.Approved || v.Blocked)
}

// priority is what the configs call pinned, ordinary and hidden.
func priority(v store.Conversation) int64 {
	if v.Hidden {
		return -1
	}
	return int64(v.Priority)
}

// reflect writes the settings of a conversation into the configs. What they
// have beside is left as it is.
func (s *configs) reflect(now time.Time, v store.Conversation) error {
	if err := s.reflectUnread(now, v); err != nil {
		return err
	}
	if v.Kind == id.KindSelf {
		s.profile.SetNotesPriority(priority(v))
		s.profile.SetNotesExpiry(time.Duration(v.Timer.Seconds) * time.Second)
		return nil
	}
	account, ok := v.ID.Account()
	if !ok {
		return s.reflectGroup(v)
	}
	contact, known := s.contacts.Get(account)
	if !known && !synced(v) {
		return nil
	}
	if !known {
		contact = config.Contact{ID: account, Created: time.UnixMilli(v.CreatedMS)}
	}
	// The config keeps seconds; of a name set within the same one ours counts.
	if updated := secondsOf(v.ProfileMS); v.Name != "" && unixSeconds(updated) >= unixSeconds(contact.Updated) {
		contact.Name, contact.Updated = v.Name, updated
		if len(v.Picture.URL) <= config.MaxPictureURL {
			contact.Picture = config.Picture(v.Picture)
		}
	}
	contact.Nickname, contact.Approved, contact.ApprovedMe, contact.Blocked = v.Nickname, v.Approved, v.ApprovedMe, v.Blocked
	contact.Priority, contact.MuteUntil, contact.Notify = priority(v), secondsOf(v.MutedUntilMS), notifyIn(v.Notify)
	contact.ExpiryMode, contact.Expiry = expiryIn(v.Timer)
	return s.contacts.Set(contact)
}

func notifyIn(n store.Notify) config.Notify {
	switch n {
	case store.NotifyAll:
		return config.NotifyAll
	case store.NotifyMentions:
		return config.NotifyMentions
	case store.NotifyNone:
		return config.NotifyNone
	}
	return config.NotifyDefault
}

func expiryIn(t store.Timer) (config.ExpiryMode, time.Duration) {
	after := time.Duration(t.Seconds) * time.Second
	switch t.Mode {
	case store.ExpireAfterSend:
		return config.ExpiryAfterSend, after
	case store.ExpireAfterRead:
		return config.ExpiryAfterRead, after
	}
	return config.ExpiryOff, 0
}

func unixSeconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// secondsOf is a time as the configs keep it; 0 is none.
func secondsOf(ms int64) time.Time {
	if ms/1000 <= 0 {
		return time.Time{}
	}
	return time.Unix(ms/1000, 0)
}

// convoOf is the entry of read positions for a conversation.
func convoOf(conv id.Conversation) (config.ConvoID, bool) {
	if account, ok := conv.Account(); ok {
		return config.DirectConvo(account), true
	}
	if group, ok := conv.Group(); ok {
		return config.GroupConvo(group), true
	}
	if group, ok := conv.Legacy(); ok {
		return config.LegacyConvo(group), true
	}
	if server, room, ok := conv.Room(); ok {
		convo, err := config.CommunityConvo(server, room)
		return convo, err == nil
	}
	return config.ConvoID{}, false
}

// hasConvo reports whether there is an entry for a conversation.
func (s *configs) hasConvo(conv id.Conversation) bool {
	name, ok := convoOf(conv)
	if ok {
		_, ok = s.convos.Get(name)
	}
	return ok
}

// convo is the entry for a conversation, as it is or new. What the account is not in has
// none.
func (s *configs) convo(conv id.Conversation) (convo config.Convo, ok bool) {
	name, ok := convoOf(conv)
	if !ok {
		return convo, false
	}
	convo, known := s.convos.Get(name)
	if server, room, isRoom := conv.Room(); isRoom && !known {
		entry, joined := s.groups.Community(server, room)
		convo.ConvoID, convo.ServerKey, ok = name, entry.Key, joined
	}
	if group, isGroup := conv.Group(); isGroup {
		entry, in := s.groups.Group(group)
		ok = in && entry.Removed == config.NotRemoved
	}
	convo.ConvoID = name
	return convo, ok
}

// reflectRead writes into the configs how far a conversation was read.
func (s *configs) reflectRead(conv id.Conversation, upToMS int64, now time.Time) error {
	convo, ok := s.convo(conv)
	if !ok || convo.LastRead >= upToMS && !convo.Unread {
		return nil
	}
	convo.LastRead, convo.Unread = max(convo.LastRead, upToMS), false
	return s.convos.Set(now, convo)
}

// reflectAhead writes into the configs that a conversation was read further than
// they say.
func (s *configs) reflectAhead(v store.Conversation, now time.Time) error {
	convo, ok := s.convo(v.ID)
	if !ok || convo.LastRead >= v.LastReadMS || v.LastReadMS != readable(v.LastReadMS, now) {
		return nil
	}
	convo.LastRead = v.LastReadMS
	return s.convos.Set(now, convo)
}

// reflectUnread writes into the configs that the user marked a conversation as
// unread, or no longer does.
func (s *configs) reflectUnread(now time.Time, v store.Conversation) error {
	convo, ok := s.convo(v.ID)
	if !ok || convo.Unread == v.MarkedUnread {
		return nil
	}
	convo.Unread = v.MarkedUnread
	return s.convos.Set(now, convo)
}

// reflectAll writes everything into the configs that they do not have from
// elsewhere: once, when the swarm's were merged for the first time.
func (c *Client) reflectAll(tx *store.Tx) error {
	now := c.net.Now()
	list, err := tx.Conversations()
	if err != nil {
		return err
	}
	for _, v := range list {
		if err := c.configs.reflect(now, v); err != nil {
			return err
		}
		if err := c.configs.reflectAhead(v, now); err != nil {
			return err
		}
	}
	return nil
}
