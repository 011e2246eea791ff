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
		Short: "List the message requests: strangers who wrote, and invitations to groups",
		Long: `List the message requests: strangers who wrote, and groups that you are invited to,
as far as they were received: 'seance receive' asks the network for new ones.
Answer them with accept, decline or block. --decline-all turns all of them away;
who wrote learns nothing. JSON: as 'seance conversations', where kind is contact or
group; with --decline-all nothing.`,
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

// decision is what is done about a person, and about an invitation to a group.
type decision struct {
	person func(context.Context, *messaging.Client, id.Account) error
	group  func(context.Context, *messaging.Client, id.Conversation) error // nil: nothing
}

// decide is a command that decides about a request.
func (p *program) decide(cmd *cobra.Command, d decision) *cobra.Command {
	cmd.Args = takes(1, 1)
	cmd.Long = cmd.Short + ".\n"
	if d.group != nil {
		cmd.Long += "WHO is an Account ID or a name; for an invitation it is the ID or the name of the group.\n"
	}
	cmd.Long += "JSON: the conversation, as 'seance conversations' has it."
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		return p.decideOn(ctx, cmd, args[0], d)
	})
}

func (p *program) decideOn(ctx context.Context, cmd *cobra.Command, who string, d decision) error {
	return p.withClient(ctx, cmd, func(c *messaging.Client) error {
		conv, err := c.Resolve(ctx, who)
		if err != nil {
			return err
		}
		if _, ok := conv.Group(); ok && d.group != nil {
			return d.group(ctx, c, conv)
		}
		account, ok := conv.Account()
		if !ok {
			return usagef("%s is about people, and this is none: use an Account ID or a contact's name", cmd.Name())
		}
		return d.person(ctx, c, account)
	})
}

// gone answers a request of a conversation that goes away with it, and prints what it was.
func (p *program) gone(ctx context.Context, c *messaging.Client, conv id.Conversation, answer func() error) error {
	v, err := c.Conversation(ctx, conv)
	if err != nil {
		return err
	}
	if err := answer(); err != nil {
		return err
	}
	if err := push(ctx, c); err != nil || !p.json {
		return err
	}
	v.Request = false
	return p.conversation(v)
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
