package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/tui/render"
)

func (p *program) contactPicture() *cobra.Command {
	cmd := &cobra.Command{
		Use: "picture WHO", Args: takes(1, 1),
		Short: "Save somebody's profile picture",
		Long: `Save somebody's profile picture, or that of a group, by their name. Nothing is
overwritten. One that is not in the profile yet is downloaded.
JSON: {"id","path"}.`,
	}
	out := cmd.Flags().String("out", ".", "the `DIR`ectory to save it in")
	timeout := cmd.Flags().Duration("timeout", sendTimeout, "how long to wait for the network")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		if err := positive("timeout", *timeout); err != nil {
			return err
		}
		return p.online(ctx, cmd, func(ctx context.Context, c *messaging.Client) error {
			conv, err := known(ctx, c, args[0])
			if err != nil {
				return err
			}
			limited, cancel := context.WithTimeout(ctx, *timeout)
			defer cancel()
			reachable, stop := whileReachable(limited, c)
			defer stop()
			path, err := c.SavePicture(reachable, conv, p.path(*out))
			switch {
			case err != nil:
				return causeOf(err, ctx, reachable)
			case p.json:
				return p.object(struct {
					ID   string `json:"id"`
					Path string `json:"path"`
				}{string(conv), path})
			}
			return p.say("%s", render.Line(path))
		})
	})
}
