package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"seance/messaging"
)

func (p *program) accountPicture() *cobra.Command {
	cmd := &cobra.Command{
		Use: "picture FILE | --remove", Args: takes(0, 1),
		Short: "Change the picture that others are shown",
		Long: `Change the picture that others are shown, from the next message on. The middle of
the image in FILE is made small, encrypted and uploaded. All devices of the
account follow. JSON: {"account_id","name"}.`,
	}
	remove := cmd.Flags().Bool("remove", false, "have no picture")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		if *remove == (len(args) == 1) {
			return usagef("name a file with an image, or give --remove")
		}
		var image []byte
		if len(args) == 1 {
			f, err := p.fileToSend(args[0])
			if err == nil {
				image, err = io.ReadAll(f.Content)
			}
			if err != nil {
				return err
			}
		}
		return p.online(ctx, cmd, func(ctx context.Context, c *messaging.Client) error {
			reachable, stop := whileReachable(ctx, c)
			defer stop()
			during := reachable
			if *remove {
				during = ctx // it needs no network
			}
			err := c.SetPicture(during, image)
			if err != nil && ctx.Err() == nil && during.Err() != nil {
				err = context.Cause(during)
			}
			if err != nil {
				return err
			}
			flush(reachable, c)
			if !p.json {
				return nil
			}
			return p.sayAccount(c.Self(), "")
		})
	})
}
