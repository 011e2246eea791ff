package cli

import (
	"context"
	"encoding/hex"

	"github.com/spf13/cobra"
)

func (p *program) accountDerive() *cobra.Command {
	cmd := &cobra.Command{
		Use: "derive", Args: takesNone,
		Short: "Print the public keys of the account whose recovery phrase is on standard input",
		Long: `Print the public keys of the account whose recovery phrase is on standard input.

It touches neither disk nor network, and always answers in JSON:
{"account_id","ed25519","x25519"}, in lower-case hexadecimal.`,
	}
	return p.command(cmd, func(ctx context.Context, _ *cobra.Command, _ []string) error {
		seed, err := p.readPhrase(ctx, "")
		if err != nil {
			return err
		}
		keys := seed.Keys()
		defer keys.Wipe()
		ed25519, x25519 := keys.Ed25519(), keys.PublicX25519()
		return p.object(struct {
			AccountID string `json:"account_id"`
			Ed25519   string `json:"ed25519"`
			X25519    string `json:"x25519"`
		}{keys.Account().String(), hex.EncodeToString(ed25519[:]), hex.EncodeToString(x25519[:])})
	})
}
