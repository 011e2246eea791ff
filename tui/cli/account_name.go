package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
)

func (p *program) accountName() *cobra.Command {
	cmd := &cobra.Command{
		Use: "name NAME", Args: takes(1, 1),
		Short: "Change the name that others are shown",
		Long: `Change the name that others are shown, from the next message on; "" for none.
All devices of the account follow. JSON: {"account_id","name"}.`,
	}
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		return p.withClient(ctx, cmd, func(c *messaging.Client) error {
			if err := c.SetName(ctx, args[0]); err != nil {
				return err
			}
			if err := push(ctx, c); err != nil || !p.json {
				return err
			}
			return p.sayAccount(c.Self(), "")
		})
	})
}
