package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
)

func (p *program) forward() *cobra.Command {
	cmd := &cobra.Command{
		Use: "forward CONV ID TO", Args: takes(3, 3),
		Short: "Send what a message says to somebody else",
		Long: `Send what a message says to somebody else, whom 'seance send' would know. Nothing
in it tells where it comes from. Files that are not in the profile yet are
downloaded first, and photos and videos go out as from 'seance send'.

JSON: as 'seance send' has it.`,
	}
	timeout := cmd.Flags().Duration("timeout", sendTimeout, "how long to wait for the network")
	asIs := asIsFlag(cmd)
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		if err := positive("timeout", *timeout); err != nil {
			return err
		}
		return p.online(ctx, cmd, func(ctx context.Context, c *messaging.Client) error {
			m, err := namedMessage(ctx, c, args[0], args[1])
			if err != nil {
				return err
			}
			limited, cancel := context.WithTimeout(ctx, *timeout)
			defer cancel()
			reachable, stop := whileReachable(limited, c)
			defer stop()
			to, err := recipient(reachable, c, args[2])
			if err != nil {
				return err
			}
			draft, err := c.Forward(reachable, m.ID())
			if err != nil {
				return causeOf(err, ctx, reachable)
			}
			for i := range draft.Files {
				draft.Files[i].AsIs = *asIs
			}
			sent, err := c.Send(ctx, to, draft)
			if err != nil {
				return orAsIs(err)
			}
			return p.awaitSent(reachable, c, sent)
		})
	})
}
