package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
)

func (p *program) accountReceipts() *cobra.Command {
	return p.preference(&cobra.Command{
		Use:   "receipts [on|off]",
		Short: "Show or change whether people are told that their messages were read",
		Long: `Show or change whether people are told that their messages were read. They are not
until that is changed; who does not tell it is not told either. It holds on this
device, for everybody who has no setting of their own: see 'seance contact set'.
JSON: {"read_receipts","typing"}, which are true or false.`,
	}, func(all *messaging.Preferences) *bool { return &all.ReadReceipts })
}

func (p *program) accountTyping() *cobra.Command {
	return p.preference(&cobra.Command{
		Use:   "typing [on|off]",
		Short: "Show or change whether people are told that they are written to",
		Long: `Show or change whether people are told that they are written to. They are not until
that is changed; who does not tell it is not told either. It holds on this device,
for everybody who has no setting of their own: see 'seance contact set'.
JSON: {"read_receipts","typing"}, which are true or false.`,
	}, func(all *messaging.Preferences) *bool { return &all.Typing })
}

// preference makes a command that shows or changes one of those that hold for
// everybody.
func (p *program) preference(cmd *cobra.Command, which func(*messaging.Preferences) *bool) *cobra.Command {
	cmd.Args, cmd.ValidArgs = takes(0, 1), []string{"on", "off"}
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		if len(args) == 1 && args[0] != "on" && args[0] != "off" {
			return usagef("%s is on or off, not %q", cmd.CommandPath(), args[0])
		}
		return p.withClient(ctx, cmd, func(c *messaging.Client) error {
			all, err := c.Preferences(ctx)
			if err == nil && len(args) == 1 {
				*which(&all) = args[0] == "on"
				err = c.SetPreferences(ctx, all)
			}
			switch {
			case err != nil:
				return err
			case p.json:
				return p.object(struct {
					ReadReceipts bool `json:"read_receipts"`
					Typing       bool `json:"typing"`
				}{all.ReadReceipts, all.Typing})
			case len(args) == 1:
				return nil
			case *which(&all):
				return p.say("on")
			}
			return p.say("off")
		})
	})
}
