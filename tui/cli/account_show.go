package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/tui/render"
)

func (p *program) accountShow() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show", Args: takesNone,
		Short: "Print the Account ID and the name",
		Long:  `Print the Account ID and the name. JSON: {"account_id","name"[,"recovery_phrase"]}.`,
	}
	withPhrase := cmd.Flags().Bool("recovery-phrase", false, "also print the recovery phrase: whoever reads it has the account")
	withQR := cmd.Flags().Bool("qr", false, "also draw the Account ID as a QR code, for a phone to scan")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, _ []string) error {
		if *withQR && p.json {
			return usagef("--qr draws a picture, which JSON has no place for: leave out --qr or --json")
		}
		return p.withClient(ctx, cmd, func(c *messaging.Client) error {
			self, phrase := c.Self(), ""
			if *withPhrase {
				phrase = c.RecoveryPhrase()
			}
			if p.json {
				return p.sayAccount(self, phrase)
			}
			if err := p.say("Account ID  %s\nName        %s\nNetwork     %s", self.Account, render.Line(self.Name), render.Line(self.Network)); err != nil {
				return err
			}
			if phrase != "" {
				if err := p.say("Phrase      %s", phrase); err != nil {
					return err
				}
			}
			if !*withQR {
				return nil
			}
			drawing, err := drawQR(self.Account.String())
			if err != nil {
				return err
			}
			_, err = io.WriteString(p.Stdout, drawing)
			return err
		})
	})
}
