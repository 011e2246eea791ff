package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
)

func (p *program) unsend() *cobra.Command {
	cmd := &cobra.Command{
		Use: "unsend CONV ID", Args: takes(2, 2),
		Short: "Delete a message: for everyone, unless told otherwise",
		Long: `Delete a message for everyone: here, on your other devices, and with the people
who got it, whose apps are asked to. Only what you wrote yourself can be deleted
for everyone, and in groups, by their admins, what others wrote. With --my-devices
what others wrote stays in official desktop apps, which let nobody but the author
delete a message. The ID is as 'seance messages CONV --ids' prints it, or last.
JSON: {"id","conversation"}.`,
	}
	forMe := cmd.Flags().Bool("for-me", false, "only on this device")
	myDevices := cmd.Flags().Bool("my-devices", false, "only on your own devices")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		scope := messaging.Everyone
		switch {
		case *forMe && *myDevices:
			return usagef("--for-me and --my-devices exclude each other: leave one out")
		case *forMe:
			scope = messaging.ForMe
		case *myDevices:
			scope = messaging.MyDevices
		}
		return p.online(ctx, cmd, func(ctx context.Context, c *messaging.Client) error {
			m, err := namedMessage(ctx, c, args[0], args[1])
			if err != nil {
				return err
			}
			if err := c.Delete(ctx, m.ID(), scope); err != nil {
				return err
			}
			if scope != messaging.ForMe {
				p.flushReachable(ctx, c)
			}
			if !p.json {
				return nil
			}
			return p.object(struct {
				ID           string `json:"id"`
				Conversation string `json:"conversation"`
			}{m.ID(), string(m.Conversation)})
		})
	})
}
