package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/tui/render"
)

// wipeWord is what has to be typed.
const wipeWord = "wipe"

func (p *program) wipe() *cobra.Command {
	cmd := &cobra.Command{
		Use: "wipe", Args: takesNone,
		Short: "Destroy the profile: the history, and the key that opens it",
		Long: `Destroy the profile: the history, the contacts, the attachments. The key goes
first, without which the rest is unreadable. It is overwritten; flash storage
and some file systems may keep what was there all the same, so a profile that
had a passphrase is destroyed more surely than one without. Backups and exports
are elsewhere, and remain.

The account lives on: its recovery phrase restores it, so show and write it down
before with 'seance account show --recovery-phrase'. Files in the directory that
are not this program's stay there and are told.

It asks to type a word, on a terminal. JSON: {"wiped","remained":[...]}.`,
	}
	yes := cmd.Flags().Bool("yes", false, "do not ask")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, _ []string) error {
		o, err := p.options(cmd)
		if err != nil {
			return err
		}
		if !*yes {
			if err := p.confirmWipe(ctx, o.Dir); err != nil {
				return err
			}
		}
		remained, err := messaging.Wipe(o)
		if err != nil {
			return err
		}
		if p.json {
			return p.object(struct {
				Wiped    bool     `json:"wiped"`
				Remained []string `json:"remained"`
			}{true, append([]string{}, remained...)})
		}
		if err := p.say("%s is wiped. The account lives on: its recovery phrase restores it.", render.Line(o.Dir)); err != nil {
			return err
		}
		for _, name := range remained {
			if err := p.say("Not this program's, and still there: %s", render.Line(name)); err != nil {
				return err
			}
		}
		return nil
	})
}

var errNotWiped = errors.New("nothing was wiped")

func (p *program) confirmWipe(ctx context.Context, dir string) error {
	if !p.Terminal {
		return usagef("wipe asks on a terminal whether it is meant: without one it needs --yes")
	}
	fmt.Fprintf(p.Stderr, "This destroys the history and the keys in %s.\nThe account lives on: its recovery phrase restores it.\nType the word %s to go on: ",
		render.Line(dir), wipeWord)
	select {
	case line := <-lines(ctx, p.Stdin):
		if strings.TrimSpace(line) == wipeWord {
			return nil
		}
		return errNotWiped
	case <-ctx.Done():
		return ctx.Err()
	}
}
