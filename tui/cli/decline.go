package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
)

func (p *program) decline() *cobra.Command {
	cmd := &cobra.Command{Use: "decline WHO", Short: "Turn a message request or an invitation away; the other side learns nothing"}
	return p.decide(cmd, decision{
		person: func(ctx context.Context, c *messaging.Client, who id.Account) error {
			return p.gone(ctx, c, id.With(who), func() error { return c.Decline(ctx, who) })
		},
		group: func(ctx context.Context, c *messaging.Client, group id.Conversation) error {
			return p.gone(ctx, c, group, func() error { return c.DeclineInvitation(ctx, group) })
		},
	})
}
