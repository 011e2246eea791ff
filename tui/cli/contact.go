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
	return p.parent(&cobra.Command{Use: "contact", Short: "List, change or delete contacts"},
		p.contactList(), p.contactSet(), p.contactRemove())
}

// contactObject is a person whom the account knows.
type contactObject struct {
	ID           string  `json:"id"`
	Name         *string `json:"name"`
	Nickname     *string `json:"nickname"`
	Approved     bool    `json:"approved"`
	ApprovedMe   bool    `json:"approved_me"`
	Blocked      bool    `json:"blocked"`
	Hidden       bool    `json:"hidden"`
	Pinned       bool    `json:"pinned"`
	Muted        bool    `json:"muted"`
	MutedUntilMS *int64  `json:"muted_until_ms"`
}

// contactFields is the object, for help.
const contactFields = `{"id","name","nickname","approved","approved_me","blocked","hidden","pinned","muted","muted_until_ms"}.
approved is whether you wrote to them or accepted their request, approved_me
whether they did; muted_until_ms is null for who is muted for good, or not muted.`

func contactOf(v messaging.Conversation, now time.Time) contactObject {
	o := contactObject{
		ID: string(v.ID), Name: absent(v.Name), Nickname: absent(v.Nickname), Approved: v.Approved, ApprovedMe: v.ApprovedMe,
		Blocked: v.Blocked, Hidden: v.Hidden, Pinned: v.Priority > 0, Muted: v.MutedUntilMS > now.UnixMilli(),
	}
	if o.Muted && v.MutedUntilMS < messaging.Forever.UnixMilli() {
		o.MutedUntilMS = &v.MutedUntilMS
	}
	return o
}

// sayContact prints a contact.
func (p *program) sayContact(v messaging.Conversation) error {
	o := contactOf(v, time.Now())
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
	} {
		if note.so {
			line += "  [" + note.text + "]"
		}
	}
	return p.say("%s  %s", v.ID, line)
}

// contactNamed finds the conversation with whom somebody means, which must
// exist. The note to self always does.
func contactNamed(ctx context.Context, c *messaging.Client, who string) (messaging.Conversation, error) {
	conv, err := known(ctx, c, who)
	if err != nil {
		return messaging.Conversation{}, err
	}
	if _, ok := conv.Account(); !ok {
		return messaging.Conversation{}, usagef("%q is no contact: use an Account ID or a contact's name", who)
	}
	if conv == id.With(c.Self().Account) {
		return messaging.Conversation{Conversation: store.Conversation{ID: conv, Kind: id.KindSelf}, Title: "Note to self"}, nil
	}
	return c.Conversation(ctx, conv)
}

// isContact reports whether a conversation is with somebody whom the account
// knows: not those whose request was not answered yet, nor those who never wrote.
func isContact(v messaging.Conversation) bool {
	return v.Kind == id.KindContact && !v.Request && (v.Approved || v.Blocked || !v.Hidden)
}
