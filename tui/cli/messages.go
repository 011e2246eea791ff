package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
)

func (p *program) messages() *cobra.Command {
	cmd := &cobra.Command{
		Use: "messages CONV", Args: takes(1, 1),
		Short: "Print the newest messages of a conversation, oldest first",
		Long:  `Print the newest messages of a conversation, oldest first. JSON: message objects.`,
	}
	limit := cmd.Flags().Int("limit", 50, "how many")
	before := cmd.Flags().String("before", "", "only messages before the one with this `ID`")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		if *limit < 1 {
			return usagef("--limit is 1 or more, not %d", *limit)
		}
		return p.withClient(ctx, cmd, func(c *messaging.Client) error {
			conv, err := known(ctx, c, args[0])
			if err != nil {
				return err
			}
			page := messaging.Page{Limit: *limit}
			if cmd.Flags().Changed("before") {
				m, err := c.Message(ctx, *before)
				if err != nil {
					return err
				}
				if m.Conversation != conv {
					return fmt.Errorf("this conversation has no message %s: %w", *before, messaging.ErrUnknown)
				}
				at := m.Position()
				page.Before = &at
			}
			list, err := c.Messages(ctx, conv, page)
			if err != nil {
				return err
			}
			for _, m := range list {
				if err := p.message(m); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// message prints a message.
func (p *program) message(m messaging.Message) error {
	if p.json {
		return p.object(messageOf(m))
	}
	return p.sayMessage(m)
}

// known is the conversation that somebody means, which must exist. The note to
// self always does.
func known(ctx context.Context, c *messaging.Client, who string) (id.Conversation, error) {
	conv, err := c.Resolve(ctx, who)
	if err != nil {
		return "", err
	}
	_, err = c.Conversation(ctx, conv)
	if errors.Is(err, messaging.ErrUnknown) && conv == id.With(c.Self().Account) {
		return conv, nil
	}
	return conv, err
}
