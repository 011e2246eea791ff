package messaging

import (
	"cmp"
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
	err := c.db.Update(ctx, func(tx *store.Tx) error {
		if err := c.configs.begin(tx); err != nil {
			return err
		}
		if err := f(tx); err != nil {
			return err
		}
		push = c.configs.needPush()
		return c.configs.end(tx, c.net.Now())
	})
	if err == nil && push {
		wake(c.pushNow)
	}
	return err
}

// put keeps the settings of a conversation, here and in the configs.
func (c *Client) put(tx *store.Tx, v store.Conversation) error {
	if err := tx.PutConversation(v); err != nil {
		return err
	}
	return c.configs.reflect(v)
}

// remove deletes a conversation, here and in the configs.
func (c *Client) remove(tx *store.Tx, conv id.Conversation) error {
	if account, ok := conv.Account(); ok {
		c.configs.contacts.Erase(account)
		c.configs.convos.Erase(config.DirectConvo(account))
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
func (s *configs) reflect(v store.Conversation) error {
	if v.Kind == id.KindSelf {
		s.profile.SetNotesPriority(priority(v))
		return nil
	}
	account, ok := v.ID.Account()
	if !ok {
		return nil
	}
	contact, known := s.contacts.Get(account)
	if !known && !synced(v) {
		return nil
	}
	if !known {
		contact = config.Contact{ID: account, Created: time.UnixMilli(v.CreatedMS)}
	}
	// The config keeps seconds; of a name set within the same one ours counts.
	if v.Name != "" && v.ProfileMS/1000 >= unixSeconds(contact.Updated) {
		contact.Name, contact.Updated = v.Name, time.Unix(v.ProfileMS/1000, 0)
	}
	contact.Nickname, contact.Approved, contact.ApprovedMe, contact.Blocked = v.Nickname, v.Approved, v.ApprovedMe, v.Blocked
	contact.Priority, contact.MuteUntil = priority(v), secondsOf(v.MutedUntilMS)
	return s.contacts.Set(contact)
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

// reflectRead writes into the configs how far a conversation was read.
func (s *configs) reflectRead(conv id.Conversation, upToMS int64, now time.Time) error {
	account, ok := conv.Account()
	if !ok {
		return nil
	}
	name := config.DirectConvo(account)
	convo, _ := s.convos.Get(name)
	if convo.LastRead >= upToMS && !convo.Unread {
		return nil
	}
	convo.ConvoID, convo.LastRead, convo.Unread = name, max(convo.LastRead, upToMS), false
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
		if err := c.configs.reflect(v); err != nil {
			return err
		}
		if v.LastReadMS > 0 && cmp.Or(v.Kind == id.KindContact, v.Kind == id.KindSelf) {
			if err := c.configs.reflectRead(v.ID, v.LastReadMS, now); err != nil {
				return err
			}
		}
	}
	return nil
}
