package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/store"
	"seance/tui/render"
)

// bare is said of a backup of a profile without a passphrase.
const bare = "the backup has no passphrase, as the profile has none: whoever has the file can read the history and take over the account"

func (p *program) backup() *cobra.Command {
	cmd := &cobra.Command{
		Use: "backup FILE", Args: takes(1, 1),
		Short: "Copy the whole profile into one file",
		Long: `Copy the whole profile, attachments included, into one file: as it is at this
moment, also while the screen or another command is using it. The file is
encrypted as the profile is: it needs the passphrase that the profile has now.
Without one, whoever has the file can read all of it and take over the account.

'seance restore-backup FILE' makes a profile of it.
JSON: {"file","size","protected","attachments","missing"}.`,
	}
	force := cmd.Flags().Bool("force", false, "overwrite FILE if it is there")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		o, err := p.options(cmd)
		if err != nil {
			return err
		}
		file := p.path(args[0])
		sum, err := messaging.Backup(ctx, o, file, *force)
		if errors.Is(err, store.ErrBackupExists) {
			return fmt.Errorf("%w: --force overwrites it", err)
		}
		if err != nil {
			return err
		}
		if !sum.Protected {
			p.warn(bare)
		}
		if p.json {
			return p.object(struct {
				File        string `json:"file"`
				Size        int64  `json:"size"`
				Protected   bool   `json:"protected"`
				Attachments int    `json:"attachments"`
				Missing     int    `json:"missing"`
			}{file, sum.Size, sum.Protected, sum.Attachments, sum.Missing})
		}
		return p.say("%s: %d bytes, with %s", render.Line(file), sum.Size, withMissing(sum.Attachments, sum.Missing))
	})
}

// withMissing tells of attachments, and of those that are not there.
func withMissing(n, missing int) string {
	text := count(n, "attachment")
	if missing > 0 {
		text += fmt.Sprintf(" (%d more are missing or damaged)", missing)
	}
	return text
}
