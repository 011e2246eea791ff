package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/tui/render"
)

func (p *program) restoreBackup() *cobra.Command {
	cmd := &cobra.Command{
		Use: "restore-backup FILE", Args: takes(1, 1),
		Short: "Make a profile of what 'seance backup' has written",
		Long: `Make a profile of what 'seance backup' has written. It is checked first, and
needs the passphrase that the profile had then. There must be no account in the
profile yet; an attempt that fails leaves nothing there.

Two profiles of one backup are two devices of one account. Both have what waited
in the outbox at the time, and both will send it; those who get it see it once.
What was received since then comes back from the network, for two weeks.
JSON: {"account_id","name","attachments","missing"}.`,
	}
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		o, err := p.options(cmd)
		if err != nil {
			return err
		}
		sum, err := messaging.RestoreBackup(ctx, o, p.path(args[0]))
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no file %s", args[0])
		}
		if err != nil {
			return err
		}
		if p.json {
			return p.object(struct {
				AccountID   string `json:"account_id"`
				Name        string `json:"name"`
				Attachments int    `json:"attachments"`
				Missing     int    `json:"missing"`
			}{sum.Account.String(), sum.Name, sum.Attachments, sum.Missing})
		}
		if err := p.say("%s  %s, with %s", sum.Account, render.Line(sum.Name), withMissing(sum.Attachments, sum.Missing)); err != nil {
			return err
		}
		return p.say("What waited in the outbox when the backup was made will be sent from here too.")
	})
}
