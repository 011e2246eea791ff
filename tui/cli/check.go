package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/store"
	"seance/tui/render"
)

// inUse is said where a check could not be a whole one.
const inUse = "the profile is in use: its log, the search index and surplus files were left out"

func (p *program) check() *cobra.Command {
	cmd := &cobra.Command{
		Use: "check", Args: takesNone,
		Short: "Look whether the profile is whole",
		Long: `Look whether the profile is whole: the key file, who may read the files, the
database with every page of it, its log, the search index, what is counted, and
the attachments. A line tells each thing that is wrong. While another process
uses the profile, its log, the search index and surplus files are left out. A
log that a crash has cut off is told once: after that it is not there any more.

--repair puts right what can be without losing anything: modes of files, indexes,
counts, files that nothing needs. Nobody else can use the profile meanwhile.
For the rest there are backups.

It exits with 0 if nothing is wrong, or all of it was repaired; with 1 otherwise.
JSON: {"about","text","repairable","repaired"}, about being key, modes, log,
database, search, counts, attachments or leftovers.`,
	}
	repair := cmd.Flags().Bool("repair", false, "put right what can be")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, _ []string) error {
		o, err := p.options(cmd)
		if err != nil {
			return err
		}
		if *repair && !p.json {
			if err := p.say("Repairing what can be repaired without losing anything. Nobody else can use the profile meanwhile."); err != nil {
				return err
			}
		}
		report, err := messaging.Check(ctx, o, *repair)
		if err != nil {
			return err
		}
		for _, f := range report.Findings {
			if err := p.finding(f); err != nil {
				return err
			}
		}
		err = p.verdict(report.Findings)
		switch {
		case report.Partial && err != nil:
			return fmt.Errorf("%w; %s", err, inUse)
		case report.Partial:
			p.warn(inUse)
		}
		return err
	})
}

func (p *program) finding(f store.Finding) error {
	if p.json {
		return p.object(struct {
			About      store.Subject `json:"about"`
			Text       string        `json:"text"`
			Repairable bool          `json:"repairable"`
			Repaired   bool          `json:"repaired"`
		}{f.About, f.Text, f.Repairable, f.Repaired})
	}
	remark := ""
	switch {
	case f.Repaired:
		remark = "  [repaired]"
	case f.Repairable:
		remark = "  [can be repaired]"
	}
	return p.say("%s: %s%s", f.About, render.Line(f.Text), remark)
}

// verdict is an error if something is wrong still.
func (p *program) verdict(findings []store.Finding) error {
	wrong, repairable := 0, 0
	for _, f := range findings {
		if !f.Repaired {
			wrong++
			if f.Repairable {
				repairable++
			}
		}
	}
	switch {
	case wrong == 0 && p.json:
		return nil
	case wrong == 0 && len(findings) > 0:
		return p.say("All of it is repaired.")
	case wrong == 0:
		return p.say("Nothing is wrong.")
	case repairable > 0:
		return fmt.Errorf("the profile is not whole, %s: 'seance check --repair' puts right %d of %d", count(wrong, "finding"), repairable, wrong)
	}
	return fmt.Errorf("the profile is not whole, %s: a backup may have what is lost", count(wrong, "finding"))
}
