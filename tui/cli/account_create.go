package cli

import (
	"context"
	"crypto/rand"
	"strings"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/identity"
)

func (p *program) accountCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "create --name NAME", Args: takesNone,
		Short: "Make a new account in an empty profile, and print its Account ID",
		Long: `Make a new account in an empty profile, and print its Account ID.

Nothing is sent: this works offline. JSON: {"account_id","name"[,"recovery_phrase"]}.`,
	}
	name := cmd.Flags().String("name", "", "the `NAME` that others are shown")
	show := cmd.Flags().Bool("show-recovery-phrase", false, "also print the recovery phrase: whoever reads it has the account")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, _ []string) error {
		if strings.TrimSpace(*name) == "" {
			return usagef("an account needs a name that others are shown: give one with --name")
		}
		seed, err := identity.NewSeed(rand.Reader)
		if err != nil {
			return err
		}
		self, err := p.newAccount(ctx, cmd, messaging.NewAccount{Seed: seed, Name: *name})
		if err != nil {
			return err
		}
		phrase := ""
		if *show {
			phrase = seed.Phrase()
		} else {
			p.hint("Write down the recovery phrase, the only way back to this account: seance account show --recovery-phrase")
		}
		return p.sayAccount(self, phrase)
	})
}
