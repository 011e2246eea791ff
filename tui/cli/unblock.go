package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
)

func (p *program) unblock() *cobra.Command {
	cmd := &cobra.Command{Use: "unblock WHO", Short: "Let a blocked account write again"}
	return p.decide(cmd, decision{person: func(ctx context.Context, c *messaging.Client, who id.Account) error {
		if err := c.Unblock(ctx, who); err != nil {
			return err
		}
		return p.changed(ctx, c, id.With(who))
	}})
}
