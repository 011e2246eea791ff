package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/network"
	"seance/tui/render"
)

// savedObject is what download prints of a file.
type savedObject struct {
	Index       int    `json:"index"`
	Name        string `json:"name"` // that it was saved under
	Path        string `json:"path"`
	Size        int64  `json:"size"`
	ContentType string `json:"content_type"`
}

func (p *program) download() *cobra.Command {
	cmd := &cobra.Command{
		Use: "download CONV ID", Args: takes(2, 2),
		Short: "Save the files of a message",
		Long: `Save all files of a message, by the names that their sender gave them, as far as
these are safe, and the picture of a link's preview. Nothing is overwritten: a second "a.txt" becomes "a (2).txt". Files
that are not in the profile yet are downloaded, whoever they are from; a contact
is told that their files were saved.
JSON for each file: {"index","name","path","size","content_type"}.`,
	}
	out := cmd.Flags().String("out", "", "the `DIR` to save them in (default: the working directory)")
	timeout := cmd.Flags().Duration("timeout", 5*time.Minute, "how long to wait for the network")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		if err := positive("timeout", *timeout); err != nil {
			return err
		}
		return p.online(ctx, cmd, func(ctx context.Context, c *messaging.Client) error {
			m, err := namedMessage(ctx, c, args[0], args[1])
			if err != nil {
				return err
			}
			if len(m.Files()) == 0 {
				return fmt.Errorf("%w: this message has no files", messaging.ErrInvalid)
			}
			limited, cancel := context.WithTimeout(ctx, *timeout)
			defer cancel()
			reachable, stop := whileReachable(limited, c)
			defer stop()
			return p.saveFiles(reachable, c, m, p.path(*out))
		})
	})
}

// saveFiles saves all files of a message. One that cannot be had does not stop
// the others.
func (p *program) saveFiles(ctx context.Context, c *messaging.Client, m messaging.Message, dir string) error {
	var failed []error
	for _, a := range m.Files() {
		path, err := c.Save(ctx, m.ID(), a.Index, dir)
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("it took too long: %w", network.ErrOffline)
		} else if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err == nil {
			err = p.saved(a.Index, path, a.ContentType)
		} else {
			err = fmt.Errorf("%s: %w", messaging.SafeName(a), err)
		}
		if closedPipe(err) {
			return err
		}
		failed = append(failed, err)
		if ctx.Err() != nil {
			break
		}
	}
	flush(ctx, c)
	return errors.Join(failed...)
}

// saved tells of a file that was saved.
func (p *program) saved(index int, path, contentType string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if p.json {
		return p.object(savedObject{index, filepath.Base(path), path, info.Size(), contentType})
	}
	return p.say("%s  %s", render.Line(path), render.Bytes(info.Size()))
}
