package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
)

func (p *program) accept() *cobra.Command {
	cmd := &cobra.Command{Use: "accept WHO", Short: "Accept a message request, and let the other side know"}
	return p.decide(cmd, func(ctx context.Context, c *messaging.Client, who id.Account) error {
		if err := c.Accept(ctx, who); err != nil {
			return err
		}
		return p.changed(ctx, c, id.With(who))
	})
}
