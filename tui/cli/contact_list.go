package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
)

func (p *program) contactList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Args: takesNone,
		Short: "List the contacts",
		Long: `List the contacts, those too whose conversation is hidden or who are blocked.
Who asked and was not answered yet is not among them: see 'seance requests'.
JSON: ` + contactFields,
	}
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, _ []string) error {
		return p.withClient(ctx, cmd, func(c *messaging.Client) error {
			list, err := c.EveryConversation(ctx)
			if err != nil {
				return err
			}
			for _, v := range list {
				if !isContact(v) {
					continue
				}
				if err := p.sayContact(ctx, c, v); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
