package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
)

func (p *program) accept() *cobra.Command {
	cmd := &cobra.Command{Use: "accept WHO", Short: "Accept a message request, or an invitation to a group; the other side learns it"}
	return p.decide(cmd, decision{
		person: func(ctx context.Context, c *messaging.Client, who id.Account) error {
			if err := c.Accept(ctx, who); err != nil {
				return err
			}
			return p.changed(ctx, c, id.With(who))
		},
		group: func(ctx context.Context, c *messaging.Client, group id.Conversation) error {
			if err := c.AcceptInvitation(ctx, group); err != nil {
				return err
			}
			return p.changed(ctx, c, group)
		},
	})
}
