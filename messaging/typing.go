package messaging

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/network"
	"seance/network/snode"
	"seance/network/storage"
	"seance/store"
)

// Wire reference: session-foundation/session-desktop: ts/util/typing (how often),
// ts/session/messages/outgoing/controlMessage/TypingMessage.ts.
const (
	typingTTL   = 20 * time.Second // that swarms keep it
	typingAgain = 10 * time.Second // between signs of going on
	typingShown = 15 * time.Second // without another sign
)

// typists remembers when it was told of which conversations that the user types.
type typists struct {
	mu   sync.Mutex
	told map[id.Conversation]time.Time
}

// due reports whether something new is to be told.
func (t *typists) due(conv id.Conversation, typing bool, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	last, on := t.told[conv]
	if !typing {
		delete(t.told, conv)
		return on
	}
	if on && now.Sub(last) < typingAgain {
		return false
	}
	if t.told == nil {
		t.told = map[id.Conversation]time.Time{}
	}
	t.told[conv] = now
	return true
}

// Typing tells the other side that the user types, or stopped, where they want
// that to be told. It is meant to be called with every key that changes a text,
// and with false when the text is left alone or emptied: most calls do nothing.
// Sending a message stops it too. What cannot be told at once is forgotten.
func (c *Client) Typing(ctx context.Context, conv id.Conversation, typing bool) error {
	account, ok := conv.Account()
	if !ok || !c.typists.due(conv, typing, time.Now()) {
		return nil
	}
	var data []byte
	err := c.db.Update(ctx, func(tx *store.Tx) error {
		v, err := tx.Conversation(conv)
		if err != nil {
			return unknown(err, "conversation")
		}
		if p, err := c.tells(tx, v); err != nil || !p.Typing {
			return err
		}
		ms, err := tx.ClaimTimestamp(c.net.Now().UnixMilli())
		if err != nil {
			return err
		}
		action := sessionpb.TypingMessage_STOPPED
		if typing {
			action = sessionpb.TypingMessage_STARTED
		}
		data, err = c.seal(account, ms, &sessionpb.Content{
			TypingMessage: &sessionpb.TypingMessage{Timestamp: proto.Uint64(uint64(ms)), Action: action.Enum()},
			SigTimestamp:  proto.Uint64(uint64(ms)),
		})
		return err
	})
	if err != nil || data == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, typingAgain)
	defer cancel()
	_, err = c.net.Batch(ctx, account.Pubkey(), network.BatchOptions{}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
		return []storage.Request{storage.Store(account.Pubkey(), storage.Message{
			Namespace: nsMessages, Timestamp: now, TTL: typingTTL, Data: data,
		})}, nil
	})
	if err != nil {
		return fmt.Errorf("tell that somebody types: %w", err)
	}
	return nil
}
