package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
)

func (p *program) block() *cobra.Command {
	cmd := &cobra.Command{Use: "block WHO", Short: "Drop whatever an account sends from now on"}
	return p.decide(cmd, func(ctx context.Context, c *messaging.Client, who id.Account) error {
		if err := c.Block(ctx, who); err != nil {
			return err
		}
		return p.changed(ctx, c, id.With(who))
	})
}
