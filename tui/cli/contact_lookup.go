package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
)

func (p *program) contactLookup() *cobra.Command {
	cmd := &cobra.Command{
		Use: "lookup NAME", Args: takes(1, 1),
		Short: "Find the account that registered a Session name",
		Long: `Find the account that registered a Session name. Several nodes of the network are
asked, and have to agree. JSON: {"name","account_id"}.`,
	}
	timeout := cmd.Flags().Duration("timeout", sendTimeout, "how long to wait for the network")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		if err := positive("timeout", *timeout); err != nil {
			return err
		}
		return p.online(ctx, cmd, func(ctx context.Context, c *messaging.Client) error {
			limited, cancel := context.WithTimeout(ctx, *timeout)
			defer cancel()
			reachable, stop := whileReachable(limited, c)
			defer stop()
			account, err := c.Lookup(reachable, args[0])
			switch {
			case err != nil:
				return causeOf(err, ctx, reachable)
			case p.json:
				return p.object(struct {
					Name      string `json:"name"`
					AccountID string `json:"account_id"`
				}{args[0], account.String()})
			}
			return p.say("%s", account)
		})
	})
}
