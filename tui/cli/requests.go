package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
)

func (p *program) requests() *cobra.Command {
	cmd := &cobra.Command{
		Use: "requests", Args: takesNone,
		Short: "List the message requests: strangers who wrote",
		Long: `List the message requests: strangers who wrote. Answer them with accept, decline
or block. --decline-all turns all of them away; who wrote learns nothing.
JSON: as 'seance conversations', with --decline-all nothing.`,
	}
	all := cmd.Flags().Bool("decline-all", false, "turn all of them away")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, _ []string) error {
		if *all {
			return p.declineAll(ctx, cmd)
		}
		return p.listConversations(ctx, cmd, func(v messaging.Conversation) bool { return v.Request })
	})
}

func (p *program) declineAll(ctx context.Context, cmd *cobra.Command) error {
	return p.withClient(ctx, cmd, func(c *messaging.Client) error {
		if err := c.DeclineAll(ctx); err != nil {
			return err
		}
		return push(ctx, c)
	})
}

// decide is a command that decides about one account.
func (p *program) decide(cmd *cobra.Command, f func(context.Context, *messaging.Client, id.Account) error) *cobra.Command {
	cmd.Args = takes(1, 1)
	cmd.Long = cmd.Short + ". JSON: the conversation, as 'seance conversations' has it."
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		return p.decideOn(ctx, cmd, args[0], f)
	})
}

func (p *program) decideOn(ctx context.Context, cmd *cobra.Command, who string, f func(context.Context, *messaging.Client, id.Account) error) error {
	return p.withClient(ctx, cmd, func(c *messaging.Client) error {
		conv, err := c.Resolve(ctx, who)
		if err != nil {
			return err
		}
		account, ok := conv.Account()
		if !ok {
			return usagef("%s is about people, and this is none: use an Account ID or a contact's name", cmd.Name())
		}
		return f(ctx, c, account)
	})
}

// showChanged prints a conversation that was changed; people see no news in it.
func (p *program) showChanged(ctx context.Context, c *messaging.Client, conv id.Conversation) error {
	if !p.json {
		return nil
	}
	v, err := c.Conversation(ctx, conv)
	if err != nil {
		return err
	}
	return p.conversation(v)
}
