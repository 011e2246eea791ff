package cli

import (
	"context"

	"seance/messaging"
	"seance/messaging/id"
)

// push gives what the account's other devices are to know a little time to
// reach the swarm. What is left goes with the next run: that the network is out
// of reach is no failure of a command that has changed what it was asked to.
func push(ctx context.Context, c *messaging.Client) error {
	return running(ctx, c, func() error {
		reachable, stop := whileReachable(ctx, c)
		defer stop()
		flush(reachable, c)
		return nil
	})
}

// changed ends a command that has changed a conversation.
func (p *program) changed(ctx context.Context, c *messaging.Client, conv id.Conversation) error {
	if err := push(ctx, c); err != nil {
		return err
	}
	return p.showChanged(ctx, c, conv)
}
