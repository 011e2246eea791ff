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

func (p *program) conversations() *cobra.Command {
	cmd := &cobra.Command{
		Use: "conversations", Args: takesNone,
		Short: "List the conversations, in the order of the screen",
		Long: `List the conversations, in the order of the screen. JSON:
{"id","kind","name","unread","mentions","last_message_ms","request","pinned","muted",
"blocked","approved","marked_unread","membership"}.

kind is contact, group, community or self. The id is an Account ID, that of a
group, the address of a room, or legacy- and an ID for a group of the old kind.
mentions is how many of the unread messages mention you, or answer you. membership
is null but for groups: member, invited, kicked, destroyed, expired if the keys
are, or archived for those of the old kind.
Communities are those that the account is in on its other devices: this version
shows and keeps them, and neither receives nor sends their messages.`,
	}
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, _ []string) error {
		return p.listConversations(ctx, cmd, func(messaging.Conversation) bool { return true })
	})
}

// listConversations prints the conversations that are wanted.
func (p *program) listConversations(ctx context.Context, cmd *cobra.Command, wanted func(messaging.Conversation) bool) error {
	return p.withClient(ctx, cmd, func(c *messaging.Client) error {
		list, err := c.Conversations(ctx)
		if err != nil {
			return err
		}
		for _, v := range list {
			if !wanted(v) {
				continue
			}
			if err := p.conversation(v); err != nil {
				return err
			}
		}
		return nil
	})
}

// membership is what the user is to a group, for people.
func membership(m store.Membership) string {
	switch m {
	case store.Kicked:
		return "removed"
	case store.Destroyed:
		return "deleted"
	case store.Archived:
		return "old kind"
	}
	return string(m)
}

// conversation prints a row of the list.
func (p *program) conversation(v messaging.Conversation) error {
	if p.json {
		return p.object(conversationOf(v, time.Now().UnixMilli()))
	}
	note := ""
	switch {
	case v.Blocked:
		note = "  [blocked]"
	case v.Request && v.Membership == store.Invited:
		note = "  [" + membership(v.Membership) + "]"
	case v.Request:
		note = "  [request]"
	case v.Unread > 0, v.MarkedUnread:
		note = "  [unread]"
	case v.Membership != store.Member:
		note = "  [" + membership(v.Membership) + "]"
	}
	if v.Last.Row == 0 {
		return p.say("%s  %s%s", v.ID, render.Line(v.Title), note)
	}
	// A list has a row for each: of a long text its beginning.
	const longest = 72
	last, f := render.Line(v.Last.Text), v.Last.Files
	if last == "" {
		last = render.Files(f.Count, f.Name, f.Voice, f.Image)
	}
	switch {
	case v.Last.Direction == store.Out && v.Last.Kind == store.KindMessage && v.Kind != id.KindSelf:
		last = "You: " + last
	case v.LastName != "":
		last = render.Line(v.LastName) + ": " + last
	}
	last = render.Metrics{}.Cut(last, longest, "…")
	return p.say("%s  %s  %s: %s%s", v.ID, clock(v.Last.TimestampMS), render.Line(v.Title), last, note)
}
