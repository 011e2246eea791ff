package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
)

func (p *program) decline() *cobra.Command {
	cmd := &cobra.Command{Use: "decline WHO", Short: "Turn a message request away; the other side learns nothing"}
	return p.decide(cmd, func(ctx context.Context, c *messaging.Client, who id.Account) error {
		v, err := c.Conversation(ctx, id.With(who))
		if err != nil {
			return err
		}
		if err := c.Decline(ctx, who); err != nil {
			return err
		}
		if err := push(ctx, c); err != nil || !p.json {
			return err
		}
		v.Request = false // it is gone: this is what it was
		return p.conversation(v)
	})
}
