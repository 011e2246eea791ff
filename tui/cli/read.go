package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
)

func (p *program) read() *cobra.Command {
	cmd := &cobra.Command{
		Use: "read CONV", Args: takes(1, 1),
		Short: "Mark a conversation as read",
		Long: `Mark a conversation as read, on all devices of the account. JSON: the
conversation, as 'seance conversations' has it.`,
	}
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		return p.withClient(ctx, cmd, func(c *messaging.Client) error {
			conv, err := c.Resolve(ctx, args[0])
			if err != nil {
				return err
			}
			v, err := c.Conversation(ctx, conv)
			if err != nil {
				return err
			}
			if err := c.MarkRead(ctx, conv, v.Last.TimestampMS); err != nil {
				return err
			}
			return p.changed(ctx, c, conv)
		})
	})
}
