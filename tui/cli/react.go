package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/tui/emoji"
)

func (p *program) react() *cobra.Command {
	cmd := &cobra.Command{
		Use: "react CONV ID EMOJI", Args: takes(3, 3),
		Short: "React to a message with an emoji",
		Long: `React to a message with an emoji, or take that back. The emoji may be written
as its short name between colons, as :thumbsup:. Without a network the
reaction is kept and goes out with the next run. The ID is as 'seance messages
CONV --ids' prints it, or last. JSON: the message.`,
	}
	remove := cmd.Flags().Bool("remove", false, "take the reaction back")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		return p.online(ctx, cmd, func(ctx context.Context, c *messaging.Client) error {
			m, err := namedMessage(ctx, c, args[0], args[1])
			if err != nil {
				return err
			}
			m, err = c.React(ctx, m.ID(), spelledOut(args[2]), *remove)
			if err != nil {
				return err
			}
			p.flushReachable(ctx, c)
			if !p.json {
				return nil
			}
			return p.object(messageOf(m))
		})
	})
}

// spelledOut is the emoji of a short name between colons, and any other text
// as it is.
func spelledOut(text string) string {
	if strings.HasPrefix(text, ":") && strings.HasSuffix(text, ":") {
		if e, ok := emoji.Named(text); ok {
			return e.Text
		}
	}
	return text
}

// flushReachable gives what a command did a little time to reach the network,
// if there is one. What is left goes with the next run.
func (p *program) flushReachable(ctx context.Context, c *messaging.Client) {
	reachable, stop := whileReachable(ctx, c)
	defer stop()
	flush(reachable, c)
}
