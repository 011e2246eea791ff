package messaging

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

const (
	reactionsAMinute = 20
	recentReactions  = 6
	recentKey        = "recent_reactions" // the setting that keeps them, with blanks between
	reactedKey       = "reacted_ms"       // the setting that keeps when one reacted, of the last minute
)

// firstReactions are offered to whoever has not reacted yet, as in
// session-foundation/session-desktop: ts/session/constants.ts.
var firstReactions = [recentReactions]string{"😂", "🥰", "😢", "😡", "😮", "😈"}

// React puts an emoji to a message, or takes it back. Like writing, it approves
// the other side. More than 20 in a minute are refused, as by all apps.
func (c *Client) React(ctx context.Context, messageID, emoji string, remove bool) (Message, error) {
	row, err := store.ParseMessageID(messageID)
	if err != nil {
		return Message{}, err
	}
	if !isEmoji(emoji) {
		return Message{}, fmt.Errorf("%w: a reaction is one emoji", ErrInvalid)
	}
	profile, err := c.profile(ctx)
	if err != nil {
		return Message{}, err
	}
	ch := changes{changed: []int64{row}}
	err = c.edit(ctx, func(tx *store.Tx) error {
		m, err := tx.Message(row)
		if err != nil {
			return unknown(err, "message")
		}
		if m.Kind != store.KindMessage || m.Deleted {
			return fmt.Errorf("%w: only messages of people take reactions", ErrInvalid)
		}
		if err := limitReactions(tx, time.Now()); err != nil {
			return err
		}
		ms, v, err := c.writing(tx, m.Conversation, profile)
		if err != nil {
			return err
		}
		ch.conversations = []id.Conversation{v.ID}
		r := store.Reaction{Author: c.Self().Account.Sender(), Emoji: emoji, AtMS: ms}
		if _, err := tx.React(row, r, remove); err != nil {
			return err
		}
		if !remove {
			if err := remember(tx, emoji); err != nil {
				return err
			}
		}
		if _, err := tx.AppendEvent(EventReaction, v.ID, row); err != nil {
			return err
		}
		return c.sendReaction(tx, m, ms, emoji, remove, profile)
	})
	if err != nil {
		return Message{}, err
	}
	wake(c.sendNow)
	c.announce(ctx, &ch)
	return c.message(context.WithoutCancel(ctx), row)
}

// sendReaction sends a reaction to the other side and to one's own devices. It
// disappears from the swarms as its message does.
//
// Wire reference: session-foundation/session-desktop: ts/models/conversation.ts.
func (c *Client) sendReaction(tx *store.Tx, m store.Message, ms int64, emoji string, remove bool, profile *ownProfile) error {
	author, ok := m.Author.Account()
	if !ok {
		return fmt.Errorf("%w: this message has no author who could be named", ErrInvalid)
	}
	action := sessionpb.DataMessage_Reaction_REACT
	if remove {
		action = sessionpb.DataMessage_Reaction_REMOVE
	}
	reaction := &sessionpb.DataMessage_Reaction{
		Id: proto.Uint64(uint64(m.TimestampMS)), Author: proto.String(author.String()), Emoji: proto.String(emoji), Action: action.Enum(),
	}
	content := func(profile *ownProfile, syncTarget id.Conversation) *sessionpb.Content {
		content := dataContent(&sessionpb.DataMessage{Reaction: reaction}, ms, profile, syncTarget)
		setExpire(content, m.Expire)
		return content
	}
	if name, ok := m.Conversation.Group(); ok {
		return c.enqueueInGroup(tx, name, ms, content(profile, ""))
	}
	self, ttl := c.Self().Account, swarmMS(m.Expire)
	if to, _ := m.Conversation.Account(); to != self {
		if err := c.enqueueFor(tx, store.OutgoingSignal, to, ms, content(profile, ""), 0, ttl); err != nil {
			return err
		}
	}
	return c.enqueueFor(tx, store.OutgoingSignal, self, ms, content(nil, m.Conversation), 0, ttl)
}

// RecentReactions are the six emoji to offer first, the latest in front.
func (c *Client) RecentReactions(ctx context.Context) ([]string, error) {
	kept, err := c.db.Setting(ctx, recentKey)
	return recent(kept), err
}

func recent(kept []byte) []string {
	list := strings.Fields(string(kept))
	for _, e := range firstReactions {
		if !slices.Contains(list, e) {
			list = append(list, e)
		}
	}
	return list[:recentReactions]
}

// remember puts an emoji in front of the recent ones.
func remember(tx *store.Tx, emoji string) error {
	kept, err := tx.Setting(recentKey)
	if err != nil {
		return err
	}
	list := slices.DeleteFunc(recent(kept), func(e string) bool { return e == emoji })
	list = append([]string{emoji}, list...)
	return tx.SetSetting(recentKey, []byte(strings.Join(list[:recentReactions], " ")))
}

// limitReactions counts a reaction, or refuses it. The times are kept in the profile:
// each command is a process of its own.
func limitReactions(tx *store.Tx, now time.Time) error {
	kept, err := tx.Setting(reactedKey)
	if err != nil {
		return err
	}
	times := strings.Fields(string(kept))
	times = slices.DeleteFunc(times, func(text string) bool {
		ms, err := strconv.ParseInt(text, 10, 64)
		age := now.Sub(time.UnixMilli(ms))
		return err != nil || age < 0 || age >= time.Minute
	})
	if len(times) >= reactionsAMinute {
		return fmt.Errorf("%w: at most %d reactions a minute", ErrInvalid, reactionsAMinute)
	}
	times = append(times, strconv.FormatInt(now.UnixMilli(), 10))
	return tx.SetSetting(reactedKey, []byte(strings.Join(times, " ")))
}

// The longest emoji of Unicode 17 have 35 bytes and 10 code points.
const (
	maxEmojiBytes  = 64
	maxEmojiPoints = 16
)

// isEmoji reports whether a text may stand as a reaction: something short that
// has a sign in it and neither letters, blanks nor anything invisible but what
// joins signs. It does not know which signs have a picture.
func isEmoji(s string) bool {
	if s == "" || len(s) > maxEmojiBytes || utf8.RuneCountInString(s) > maxEmojiPoints || !utf8.ValidString(s) {
		return false
	}
	const (
		joiner, textStyle, emojiStyle = '\u200D', '\uFE0E', '\uFE0F'
		keycap                        = '\u20E3'
		exclamations, interrobang     = '\u203C', '\u2049' // punctuation with a picture
		information, wavyDash         = '\u2139', '\u3030' // a letter and a dash with one
	)
	signs := false
	for _, r := range s {
		switch {
		case r == joiner, r == textStyle, r == emojiStyle, r >= 0xE0020 && r <= 0xE007F, unicode.Is(unicode.Sk, r) && r > 0xFF:
		case r == exclamations, r == interrobang, r == information, r == wavyDash, r == keycap,
			r > 0x7F && (unicode.Is(unicode.So, r) || unicode.Is(unicode.Sm, r)):
			signs = true
		case r == '#', r == '*', r >= '0' && r <= '9':
			if !strings.ContainsRune(s, keycap) {
				return false
			}
		default:
			return false
		}
	}
	return signs
}
