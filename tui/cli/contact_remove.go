package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
	"seance/tui/render"
)

func (p *program) contactRemove() *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove WHO", Args: takes(1, 1),
		Short: "Delete a contact and the messages with them, on all devices",
		Long: `Delete a contact and the messages with them, on all devices of the account. They
are not told; if they write again, that is a message request. It asks on a
terminal whether that is meant. JSON: the contact as it was,
` + contactFields,
	}
	yes := cmd.Flags().Bool("yes", false, "do not ask")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		return p.withClient(ctx, cmd, func(c *messaging.Client) error {
			v, err := contactNamed(ctx, c, args[0])
			if err != nil {
				return err
			}
			account, _ := v.ID.Account()
			if v.Kind == id.KindSelf {
				return usagef("this is your own account, not a contact")
			}
			if !*yes {
				question := "This deletes " + render.Line(v.Title) + " and your messages with them on all your devices."
				if err := p.confirm(ctx, "contact remove", question); err != nil {
					return err
				}
			}
			if err := c.Forget(ctx, account); err != nil {
				return err
			}
			if err := push(ctx, c); err != nil || !p.json {
				return err
			}
			return p.sayContact(ctx, c, v)
		})
	})
}
