package messaging

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"seance/messaging/config"
	"seance/messaging/id"
	"seance/messaging/wire/sessionpb"
	"seance/store"
)

// profileKey is the setting that keeps when the account's own name was last
// changed, in seconds. Others apply a profile only if it is newer than the
// one they have.
const profileKey = "profile_updated_s"

// messageContent is the Content of a message as people see it, made of what is
// kept of it. The copy for one's own other devices, which names the recipient,
// is made of the same.
func messageContent(m store.Message, profile *ownProfile, syncTarget id.Conversation) *sessionpb.Content {
	data := &sessionpb.DataMessage{Body: proto.String(m.Text)}
	if m.Quote != nil {
		data.Quote = &sessionpb.DataMessage_Quote{
			Id: proto.Uint64(uint64(m.Quote.TimestampMS)), Author: proto.String(m.Quote.Author.String()),
		}
	}
	data.Attachments = pointers(m.Attachments)
	if m.Preview != nil {
		data.Preview = previewPointers(*m.Preview)
	}
	if m.Timer != nil {
		data = &sessionpb.DataMessage{Flags: proto.Uint32(uint32(sessionpb.DataMessage_EXPIRATION_TIMER_UPDATE))}
	}
	content := dataContent(data, m.TimestampMS, profile, syncTarget)
	setExpire(content, m.Expire)
	return content
}

// contentFor is the Content of a message with its files: for its recipient, or
// for one's own other devices.
func (c *Client) contentFor(tx *store.Tx, m store.Message, profile *ownProfile, copied bool) (*sessionpb.Content, error) {
	if err := tx.FillAttachments(&m); err != nil {
		return nil, err
	}
	if copied || m.Conversation == id.With(c.Self().Account) { // what is written to oneself is its own copy
		return messageContent(m, nil, m.Conversation), nil
	}
	return messageContent(m, profile, ""), nil
}

// dataContent is the Content around whatever stands in a conversation or hangs
// on what does. The copy for one's own other devices names the recipient and
// carries no profile.
//
// Wire reference: session-foundation/session-desktop:
// ts/session/messages/outgoing/visibleMessage, ts/session/utils/sync/syncUtils.ts.
func dataContent(data *sessionpb.DataMessage, timestampMS int64, profile *ownProfile, syncTarget id.Conversation) *sessionpb.Content {
	if syncTarget != "" {
		data.SyncTarget = proto.String(string(syncTarget))
	} else if profile != nil {
		data.Profile, data.ProfileKey = profile.Profile, profile.key
	}
	return &sessionpb.Content{
		DataMessage:     data,
		ExpirationType:  sessionpb.Content_OFF.Enum(),
		ExpirationTimer: proto.Uint32(0),
		SigTimestamp:    proto.Uint64(uint64(timestampMS)),
	}
}

// acceptContent tells somebody that their message request was accepted.
func acceptContent(timestampMS int64, profile *ownProfile) *sessionpb.Content {
	answer := &sessionpb.MessageRequestResponse{IsApproved: proto.Bool(true)}
	if profile != nil {
		answer.Profile, answer.ProfileKey = profile.Profile, profile.key
	}
	return &sessionpb.Content{MessageRequestResponse: answer, SigTimestamp: proto.Uint64(uint64(timestampMS))}
}

// ownProfile is what is sent along so that others can show a name and a picture.
type ownProfile struct {
	*sessionpb.Profile
	key []byte // of the picture; nil without one
}

// profile is the account's own; nil while it has no name.
func (c *Client) profile(ctx context.Context) (*ownProfile, error) {
	updated, err := c.db.Setting(ctx, profileKey)
	return c.profileOf(updated), err
}

// profileIn is profile within a transaction.
func (c *Client) profileIn(tx *store.Tx) (*ownProfile, error) {
	updated, err := tx.Setting(profileKey)
	return c.profileOf(updated), err
}

func (c *Client) profileOf(updated []byte) *ownProfile {
	self := c.Self()
	if self.Name == "" {
		return nil
	}
	seconds, _ := strconv.ParseUint(string(updated), 10, 64) // 0 where it was never changed
	// A picture that is left out would stay with some apps, an empty one does not.
	p := &ownProfile{Profile: &sessionpb.Profile{
		DisplayName: proto.String(self.Name), ProfilePicture: proto.String(self.Picture.URL), LastUpdateSeconds: proto.Uint64(seconds),
	}}
	if self.Picture.URL != "" {
		p.key = self.Picture.Key[:]
	}
	return p
}

// profileChanged notes when the account's own name was given.
func profileChanged(tx *store.Tx, now time.Time) error {
	return tx.SetSetting(profileKey, strconv.AppendInt(nil, now.Unix(), 10))
}

// applyProfile takes over the name and the picture that somebody gives themselves,
// unless newer ones are known. key is that of the picture. A profile without a
// time, as old clients send it, gives way to every one that has one; of several
// without, that of the latest message stays. Of two with the same time either may
// come first, so what is in them decides.
func applyProfile(v *store.Conversation, p *sessionpb.Profile, key []byte, sentMS int64) {
	name, picture, updatedMS := profileFrom(p, key, sentMS)
	if name == "" {
		return
	}
	undated := updatedMS < 0 && v.ProfileMS == 0 // what is known came without a time from elsewhere
	if !undated && cmp.Or(cmp.Compare(updatedMS, v.ProfileMS), cmp.Compare(name, v.Name), cmp.Compare(picture.URL, v.Picture.URL)) < 0 {
		return
	}
	v.Name, v.ProfileMS, v.Picture = name, updatedMS, picture
}

// profileFrom reads a profile from the network. One without a time has the time of
// its message, as far before 0 as that is behind: older than any other, and not one
// that another device is told.
func profileFrom(p *sessionpb.Profile, key []byte, sentMS int64) (name string, picture store.Picture, updatedMS int64) {
	name, updatedMS = cutName(p.GetDisplayName()), int64(min(p.GetLastUpdateSeconds(), 1<<40))*1000
	if updatedMS == 0 {
		updatedMS = sentMS - maxTimestamp - 1
	}
	if url := p.GetProfilePicture(); url != "" && len(url) <= config.MaxPictureURL && len(key) == len(picture.Key) {
		picture = store.Picture{URL: strings.ToValidUTF8(url, ""), Key: [32]byte(key)}
	}
	return name, picture, updatedMS
}

// cutName bounds a name from the network to what a name may have, which is one line.
func cutName(name string) string { return cutBytes(lineBreaks.Replace(name), MaxName) }

var lineBreaks = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\v", " ", "\f", " ", "\u0085", " ", "\u2028", " ", "\u2029", " ")

// cutBytes bounds a text from the network. Strings of the wire need not be UTF-8.
func cutBytes(text string, most int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	cut := min(len(text), most)
	for cut < len(text) && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

// maxReceived is how many code points of a text from others are kept: what
// Session Pro allows, whoever sends it, as session-desktop does.
const maxReceived = 10_000

// cutText bounds a text from the network.
func cutText(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	n := 0
	for i := range text {
		if n == maxReceived {
			return text[:i]
		}
		n++
	}
	return text
}
