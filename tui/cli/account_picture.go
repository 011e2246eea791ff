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
			var err error
			if image, err = p.imageIn(args[0]); err != nil {
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
			if err := c.SetPicture(during, image); err != nil {
				return causeOf(err, ctx, during)
			}
			flush(reachable, c)
			if !p.json {
				return nil
			}
			return p.sayAccount(c.Self(), "")
		})
	})
}

// imageIn reads the file of a picture.
func (p *program) imageIn(name string) ([]byte, error) {
	f, err := p.fileToSend(name)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(f.Content)
}
