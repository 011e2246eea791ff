package cli

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/identity"
	"seance/tui/render"
)

func (p *program) accountShow() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show", Args: takesNone,
		Short: "Print the Account ID and the name",
		Long: `Print the Account ID and the name. JSON: {"account_id","name"[,"recovery_phrase"]}.

--recovery-phrase asks on a terminal whether that is meant: whoever sees the
phrase has the account. A script is not asked. With --qr it is drawn as the code
that the official apps scan to link a device.`,
	}
	withPhrase := cmd.Flags().Bool("recovery-phrase", false, "also print the recovery phrase: whoever reads it has the account")
	withQR := cmd.Flags().Bool("qr", false, "also draw the Account ID, or the recovery phrase, as a QR code for a phone to scan")
	yes := cmd.Flags().Bool("yes", false, "do not ask")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, _ []string) error {
		if *withQR && p.json {
			return usagef("--qr draws a picture, which JSON has no place for: leave out --qr or --json")
		}
		return p.withClient(ctx, cmd, func(c *messaging.Client) error {
			self, phrase := c.Self(), ""
			if *withPhrase {
				if p.Terminal && !*yes {
					question := "Anyone who sees these words has your account, and reads what you write and are sent."
					if err := p.confirm(ctx, "account show --recovery-phrase", question); err != nil {
						return err
					}
				}
				phrase = c.RecoveryPhrase()
			}
			if p.json {
				return p.sayAccount(self, phrase)
			}
			return p.showAccount(self, phrase, *withQR)
		})
	})
}

// showAccount prints the account for people, with the phrase unless it is "",
// and with the code of one of them.
func (p *program) showAccount(self messaging.Self, phrase string, withQR bool) error {
	if err := p.say("Account ID  %s\nName        %s\nNetwork     %s", self.Account, render.Line(self.Name), render.Line(self.Network)); err != nil {
		return err
	}
	if phrase != "" {
		if err := p.say("Phrase      %s", phrase); err != nil {
			return err
		}
	}
	if !withQR {
		return nil
	}
	text := self.Account.String()
	if phrase != "" {
		seed, err := identity.ParsePhrase(phrase)
		if err != nil {
			return err
		}
		text = seed.LinkCode()
	}
	rows, _, err := render.QR(text)
	if err != nil {
		return err
	}
	_, err = io.WriteString(p.Stdout, strings.Join(rows, "\n")+"\n")
	return err
}
