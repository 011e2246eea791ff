package messaging

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"seance/messaging/config"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/store"
)

// Conversations lists what the conversation list shows, requests included,
// sorted as it is shown.
func (c *Client) Conversations(ctx context.Context) ([]Conversation, error) {
	rows, err := c.db.Conversations(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Conversation, 0, len(rows))
	for _, v := range rows {
		if !v.Hidden {
			list = append(list, c.listed(ctx, v))
		}
	}
	return list, nil
}

// Conversation is one of them, hidden or not; ErrUnknown if there is none.
func (c *Client) Conversation(ctx context.Context, conv id.Conversation) (Conversation, error) {
	v, err := c.db.Conversation(ctx, conv)
	return c.listed(ctx, v), unknown(err, "conversation")
}

func title(v store.Conversation) string {
	switch {
	case v.Kind == id.KindSelf:
		return "Note to self"
	case v.Nickname != "":
		return v.Nickname
	case v.Name != "":
		return v.Name
	}
	return id.Shorten(string(v.ID))
}

// conversationWith is the conversation with an account. A new one is not on
// disk until the caller puts it there.
func (c *Client) conversationWith(tx *store.Tx, account id.Account) (store.Conversation, error) {
	v, err := tx.Conversation(id.With(account))
	if !errors.Is(err, store.ErrNotFound) {
		return v, err
	}
	v = store.Conversation{ID: id.With(account), Kind: id.KindContact, CreatedMS: c.net.Now().UnixMilli()}
	if account == c.Self().Account {
		v.Kind, v.Approved, v.ApprovedMe = id.KindSelf, true, true
		if c.configs.loaded {
			v.Timer = timerOf(config.ExpiryAfterSend, c.configs.profile.NotesExpiry())
		}
	}
	return v, nil
}

// Messages is a page of a conversation, in display order. A conversation that
// is not there has no messages.
func (c *Client) Messages(ctx context.Context, conv id.Conversation, p Page) ([]Message, error) {
	rows, err := c.db.Messages(ctx, conv, p)
	if err != nil {
		return nil, err
	}
	name := c.naming(ctx, conv)
	list := make([]Message, len(rows))
	for i, m := range rows {
		list[i] = c.shown(m, name)
	}
	return list, nil
}

// FirstUnread is where the unread line stands; false if nothing is unread.
func (c *Client) FirstUnread(ctx context.Context, conv id.Conversation) (store.Position, bool, error) {
	p, err := c.db.FirstUnread(ctx, conv)
	if errors.Is(err, store.ErrNotFound) {
		return p, false, nil
	}
	return p, err == nil, err
}

// Message is one message by its permanent ID; ErrUnknown if there is none.
func (c *Client) Message(ctx context.Context, messageID string) (Message, error) {
	row, err := store.ParseMessageID(messageID)
	if err != nil {
		return Message{}, err
	}
	return c.message(ctx, row)
}

func (c *Client) message(ctx context.Context, row int64) (Message, error) {
	m, err := c.db.Message(ctx, row)
	if err != nil {
		return Message{}, unknown(err, "message")
	}
	return c.shown(m, c.naming(ctx, m.Conversation)), nil
}

// authorName is what the author of a message of a conversation is called.
func (c *Client) authorName(ctx context.Context, conv id.Conversation, author id.Sender) string {
	account, ok := author.Account()
	if ok && account == c.Self().Account {
		return c.Self().Name
	}
	if v, err := c.db.Conversation(ctx, id.With(account)); ok && err == nil {
		if _, inGroup := conv.Group(); !inGroup || v.Name != "" || v.Nickname != "" {
			return title(v)
		}
	}
	if _, inGroup := conv.Group(); inGroup && ok {
		if name, err := c.db.MemberName(ctx, conv, account); err == nil && name != "" {
			return name
		}
	}
	return id.Shorten(author.String())
}

// unknown turns the store's word for a missing row into this package's.
func unknown(err error, what string) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("no such %s: %w", what, ErrUnknown)
	}
	return err
}

// Draft is what is being written in a conversation.
func (c *Client) Draft(ctx context.Context, conv id.Conversation) (store.Draft, error) {
	d, err := c.db.Draft(ctx, conv)
	return d, unknown(err, "conversation")
}

// SetDraft keeps what is being written and was not sent.
func (c *Client) SetDraft(ctx context.Context, conv id.Conversation, d store.Draft) error {
	return c.update(ctx, conv, func(tx *store.Tx, _ store.Conversation) error { return tx.SetDraft(conv, d) })
}

// SetDraftText keeps what was typed, and leaves what goes with it as it is.
func (c *Client) SetDraftText(ctx context.Context, conv id.Conversation, text string) error {
	return c.update(ctx, conv, func(tx *store.Tx, _ store.Conversation) error { return tx.SetDraftText(conv, text) })
}

// MarkRead notes that everything up to a timestamp was read.
func (c *Client) MarkRead(ctx context.Context, conv id.Conversation, upToMS int64) error {
	upToMS = c.readable(upToMS)
	var moved bool
	ch := changes{}
	err := c.edit(ctx, func(tx *store.Tx) error {
		ch.reset()
		ch.conversation(conv)
		v, err := tx.Conversation(conv)
		if errors.Is(err, store.ErrNotFound) {
			return nil // nothing was written there
		}
		if err != nil {
			return err
		}
		if moved, err = tx.MarkRead(conv, upToMS); err != nil || !moved {
			return err
		}
		if err := c.startRead(tx, conv, false, &ch); err != nil {
			return err
		}
		if err := c.sendReceipts(tx, v, v.LastReadMS, upToMS); err != nil {
			return err
		}
		return c.configs.reflectRead(conv, upToMS, c.net.Now())
	})
	if err == nil && moved {
		wake(c.sendNow)
		c.announce(ctx, &ch)
	}
	return err
}

// Resolve finds whom a person means: "me", an Account ID, a group ID, or the
// name of one conversation. It fails with id.ErrMalformed for what is meant to
// be an ID and is none, with ErrUnknown and with ErrAmbiguous.
func (c *Client) Resolve(ctx context.Context, to string) (id.Conversation, error) {
	return c.resolve(ctx, to, func(store.Conversation) bool { return true })
}

// ResolveContact is Resolve without the names of people who were not approved:
// a stranger can choose the name of a friend to be sent what is meant for them.
func (c *Client) ResolveContact(ctx context.Context, to string) (id.Conversation, error) {
	return c.resolve(ctx, to, func(v store.Conversation) bool { return v.Approved })
}

func (c *Client) resolve(ctx context.Context, to string, eligible func(store.Conversation) bool) (id.Conversation, error) {
	to = strings.TrimSpace(to)
	switch to {
	case "me":
		return id.With(c.Self().Account), nil
	case "":
		return "", fmt.Errorf("%w: nobody is named", id.ErrMalformed)
	}
	account, malformed := id.ParseAccount(to)
	if malformed == nil {
		if _, err := c.db.Conversation(ctx, id.With(account)); err != nil && !identity.Reachable(account) {
			return "", fmt.Errorf("%w: nobody can have this Account ID", id.ErrMalformed)
		}
		return id.With(account), nil
	}
	list, err := c.db.Conversations(ctx)
	if err != nil {
		return "", err
	}
	var found []id.Conversation
	for _, v := range list {
		called := strings.EqualFold(string(v.ID), to) || strings.EqualFold(v.Name, to) || strings.EqualFold(v.Nickname, to)
		if called && eligible(v) && (v.Approved || !v.Hidden) { // a stranger who never wrote is nobody's to name
			found = append(found, v.ID)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return "", fmt.Errorf("%d contacts are called %q; use an Account ID: %w", len(found), to, ErrAmbiguous)
	case looksLikeID(to):
		if _, err := id.ParseGroup(to); err == nil {
			return "", fmt.Errorf("no such group: %w", ErrUnknown)
		}
		return "", malformed
	}
	return "", fmt.Errorf("no contact is called %q: %w", to, ErrUnknown)
}

// looksLikeID tells a mistyped ID from a name: it has an ID's length, or it is
// the hexadecimal beginning of one.
func looksLikeID(s string) bool {
	if len(s) == 2*id.Size {
		return true
	}
	if len(s) < 8 || strings.Trim(strings.ToLower(s), "0123456789abcdef") != "" {
		return false
	}
	return slices.Contains([]string{"03", "05", "15", "25"}, s[:2]) || len(s) > id.Size
}
