package messaging

import (
	"context"

	"seance/messaging/id"
	"seance/store"
)

// Preferences say what others learn of what the user does. Whoever does not
// tell is not told either.
type Preferences struct {
	ReadReceipts bool // which of their messages were read
	Typing       bool // that something is being typed
}

// The settings that keep them, "1" for on.
const (
	readReceiptsKey = "read_receipts"
	typingKey       = "typing"
)

// Preferences are those of all conversations that have none of their own. All
// are off until they are turned on.
func (c *Client) Preferences(ctx context.Context) (Preferences, error) {
	return preferences(func(key string) ([]byte, error) { return c.db.Setting(ctx, key) })
}

func preferences(setting func(key string) ([]byte, error)) (Preferences, error) {
	receipts, err := setting(readReceiptsKey)
	if err != nil {
		return Preferences{}, err
	}
	typing, err := setting(typingKey)
	return Preferences{ReadReceipts: string(receipts) == "1", Typing: string(typing) == "1"}, err
}

// SetPreferences changes them.
func (c *Client) SetPreferences(ctx context.Context, p Preferences) error {
	return c.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.SetSetting(readReceiptsKey, onOff(p.ReadReceipts)); err != nil {
			return err
		}
		return tx.SetSetting(typingKey, onOff(p.Typing))
	})
}

func onOff(on bool) []byte {
	if on {
		return []byte("1")
	}
	return nil
}

// Preference is what one conversation has of its own.
func (c *Client) Preference(ctx context.Context, conv id.Conversation) (store.Preference, error) {
	return c.db.Preference(ctx, conv)
}

// SetPreference changes it.
func (c *Client) SetPreference(ctx context.Context, conv id.Conversation, p store.Preference) error {
	return c.update(ctx, conv, func(tx *store.Tx, _ store.Conversation) error { return tx.SetPreference(conv, p) })
}

// tells is what the other side of a conversation is told: nothing if they are
// not a person, or nobody who the user wants to hear from.
func (c *Client) tells(tx *store.Tx, v store.Conversation) (Preferences, error) {
	if v.Kind != id.KindContact || !v.Approved || v.Blocked {
		return Preferences{}, nil
	}
	return c.preferences(tx, v.ID)
}

// preferences are those that hold for a conversation, which need not exist.
func (c *Client) preferences(tx *store.Tx, conv id.Conversation) (Preferences, error) {
	p, err := preferences(tx.Setting)
	if err != nil {
		return p, err
	}
	own, err := tx.Preference(conv)
	if own.ReadReceipts != nil {
		p.ReadReceipts = *own.ReadReceipts
	}
	if own.Typing != nil {
		p.Typing = *own.Typing
	}
	return p, err
}
