package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/render"
)

// contact groups what is about people whom the account knows.
func (p *program) contact() *cobra.Command {
	return p.parent(&cobra.Command{Use: "contact", Short: "List, find, change or delete contacts"},
		p.contactList(), p.contactSet(), p.contactPicture(), p.contactLookup(), p.contactRemove())
}

// contactObject is what is known of a person, or set for a conversation.
type contactObject struct {
	ID           string        `json:"id"`
	Kind         id.Kind       `json:"kind"`
	Name         *string       `json:"name"`
	Nickname     *string       `json:"nickname"`
	Approved     bool          `json:"approved"`
	ApprovedMe   bool          `json:"approved_me"`
	Blocked      bool          `json:"blocked"`
	Hidden       bool          `json:"hidden"`
	Pinned       bool          `json:"pinned"`
	Muted        bool          `json:"muted"`
	MutedUntilMS *int64        `json:"muted_until_ms"`
	Notify       *store.Notify `json:"notify"`
	Expires      *timerObject  `json:"expires"`
	MarkedUnread bool          `json:"marked_unread"`
	CreatedMS    *int64        `json:"created_ms"`
	ReadReceipts *bool         `json:"read_receipts"`
	Typing       *bool         `json:"typing"`
}

// timerObject is when messages disappear.
type timerObject struct {
	Mode    store.ExpireMode `json:"mode"`
	Seconds int64            `json:"seconds"`
}

// contactFields is the object, for help.
const contactFields = `{"id","kind","name","nickname","approved","approved_me","blocked","hidden","pinned",
"muted","muted_until_ms","notify","expires":{"mode","seconds"},"marked_unread","created_ms",
"read_receipts","typing"}.
approved is whether you wrote to them or accepted their request, approved_me
whether they did; muted is also whom notify is none for, and muted_until_ms null
for who is muted for good, or not muted; notify is all, mentions or none, null
where nothing was chosen; the mode of expires is after_send or after_read;
read_receipts and typing are null where they are as for everybody else.`

func contactOf(v messaging.Conversation, own store.Preference, now time.Time) contactObject {
	o := contactObject{
		ID: string(v.ID), Kind: v.Kind, Name: absent(v.Name), Nickname: absent(v.Nickname), Approved: v.Approved, ApprovedMe: v.ApprovedMe,
		Blocked: v.Blocked, Hidden: v.Hidden, Pinned: v.Priority > 0, Muted: muted(v, now.UnixMilli()),
		Notify: absent(v.Notify), MarkedUnread: v.MarkedUnread, CreatedMS: absent(v.CreatedMS),
		ReadReceipts: own.ReadReceipts, Typing: own.Typing,
	}
	if v.MutedUntilMS > now.UnixMilli() && v.MutedUntilMS < messaging.Forever.UnixMilli() {
		o.MutedUntilMS = &v.MutedUntilMS
	}
	if v.Timer != (store.Timer{}) {
		o.Expires = &timerObject{v.Timer.Mode, v.Timer.Seconds}
	}
	return o
}

// sayContact prints a contact.
func (p *program) sayContact(ctx context.Context, c *messaging.Client, v messaging.Conversation) error {
	own, err := c.Preference(ctx, v.ID)
	if err != nil {
		return err
	}
	o := contactOf(v, own, time.Now())
	if p.json {
		return p.object(o)
	}
	line := render.Line(v.Title)
	if v.Nickname != "" && v.Name != "" {
		line += " (" + render.Line(v.Name) + ")"
	}
	for _, note := range []struct {
		so   bool
		text string
	}{
		{!o.Approved, "not approved"}, {o.Blocked, "blocked"}, {o.Hidden, "hidden"}, {o.Pinned, "pinned"},
		{o.MutedUntilMS != nil, "muted until " + clock(v.MutedUntilMS)}, {o.Muted && o.MutedUntilMS == nil, "muted"},
		{v.Notify == store.NotifyMentions, "mentions only"}, {o.Expires != nil, "disappears " + timerText(v.Timer)}, {o.MarkedUnread, "unread"},
	} {
		if note.so {
			line += "  [" + note.text + "]"
		}
	}
	return p.say("%s  %s", v.ID, line)
}

// timerText says when messages disappear: "1d after reading".
func timerText(t store.Timer) string {
	after := " after sending"
	if t.Mode == store.ExpireAfterRead {
		after = " after reading"
	}
	return spanText(time.Duration(t.Seconds)*time.Second) + after
}

// settable finds the conversation whose settings somebody means, which must
// exist. The note to self always does.
func settable(ctx context.Context, c *messaging.Client, who string) (messaging.Conversation, error) {
	conv, err := known(ctx, c, who)
	if err != nil {
		return messaging.Conversation{}, err
	}
	if conv == id.With(c.Self().Account) {
		return messaging.Conversation{Conversation: store.Conversation{ID: conv, Kind: id.KindSelf}, Title: "Note to self"}, nil
	}
	return c.Conversation(ctx, conv)
}

// contactNamed is settable for people.
func contactNamed(ctx context.Context, c *messaging.Client, who string) (messaging.Conversation, error) {
	v, err := settable(ctx, c, who)
	if _, ok := v.ID.Account(); err == nil && !ok {
		return v, usagef("%q is no contact: use an Account ID or a contact's name", who)
	}
	return v, err
}

// isContact reports whether a conversation is with somebody whom the account
// knows: not those whose request was not answered yet, nor those who never wrote.
func isContact(v messaging.Conversation) bool {
	return v.Kind == id.KindContact && !v.Request && (v.Approved || v.Blocked || !v.Hidden)
}
