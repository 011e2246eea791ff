package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
)

func (p *program) accountRequests() *cobra.Command {
	cmd := &cobra.Command{
		Use: "requests [on|off]", Args: takes(0, 1), ValidArgs: []string{"on", "off"},
		Short: "Show or change whether people of communities may write to the account",
		Long: `Show or change whether people who know the account only from a community may send
it a message request. They may until that is changed; all devices of the account
follow. JSON: {"community_requests"}, which is true or false.`,
	}
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		if len(args) == 1 && args[0] != "on" && args[0] != "off" {
			return usagef("requests are on or off, not %q", args[0])
		}
		return p.withClient(ctx, cmd, func(c *messaging.Client) error {
			if len(args) == 1 {
				if err := c.SetCommunityRequests(ctx, args[0] == "on"); err != nil {
					return err
				}
				if err := push(ctx, c); err != nil {
					return err
				}
			}
			wanted, err := c.CommunityRequests(ctx)
			switch {
			case err != nil:
				return err
			case p.json:
				return p.object(struct {
					CommunityRequests bool `json:"community_requests"`
				}{wanted})
			case len(args) == 1:
				return nil
			case wanted:
				return p.say("on")
			}
			return p.say("off")
		})
	})
}
