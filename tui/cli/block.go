package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
)

func (p *program) block() *cobra.Command {
	cmd := &cobra.Command{
		Use: "block WHO", Short: "Drop whatever an account sends from now on",
		Long: `Drop whatever an account sends from now on; with --list, tell who is blocked. With
the ID of a group that you are invited to, whoever has invited you is blocked, and
the invitation turned away. JSON: the conversation, or one a line, as 'seance conversations' has it.`,
	}
	list := cmd.Flags().Bool("list", false, "list who is blocked")
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if *list {
			return takesNone(cmd, args)
		}
		return takes(1, 1)(cmd, args)
	}
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		if *list {
			return p.blocked(ctx, cmd)
		}
		return p.decideOn(ctx, cmd, args[0], decision{
			person: func(ctx context.Context, c *messaging.Client, who id.Account) error {
				if err := c.Block(ctx, who); err != nil {
					return err
				}
				return p.changed(ctx, c, id.With(who))
			},
			group: func(ctx context.Context, c *messaging.Client, group id.Conversation) error {
				who, err := c.BlockInvitation(ctx, group)
				if err != nil {
					return err
				}
				return p.changed(ctx, c, id.With(who))
			},
		})
	})
}

// blocked lists those who are.
func (p *program) blocked(ctx context.Context, cmd *cobra.Command) error {
	return p.withClient(ctx, cmd, func(c *messaging.Client) error {
		list, err := c.EveryConversation(ctx)
		if err != nil {
			return err
		}
		for _, v := range list {
			if !v.Blocked {
				continue
			}
			if err := p.conversation(v); err != nil {
				return err
			}
		}
		return nil
	})
}
