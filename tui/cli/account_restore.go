package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
)

func (p *program) accountRestore() *cobra.Command {
	cmd := &cobra.Command{
		Use: "restore", Args: takesNone,
		Short: "Make a profile for an account from its recovery phrase on standard input",
		Long: `Make a profile for an account from its recovery phrase on standard input.

Words may be shortened to three letters. JSON: {"account_id","name"}.`,
	}
	name := cmd.Flags().String("name", "", "the `NAME` that others are shown")
	file := cmd.Flags().String("recovery-phrase-file", "", "read the phrase from a `FILE`")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, _ []string) error {
		seed, err := p.readPhrase(ctx, *file)
		if err != nil {
			return err
		}
		self, err := p.newAccount(ctx, cmd, messaging.NewAccount{Seed: seed, Name: *name, Restored: true})
		if err != nil {
			return err
		}
		return p.sayAccount(self, "")
	})
}
