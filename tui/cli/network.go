package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/network"
)

// networkCommand groups what tells of the network; alone it is its status.
func (p *program) networkCommand() *cobra.Command {
	cmd := p.networkStatus()
	cmd.Use = "network"
	cmd.Short = "Show what the client knows of the network"
	cmd.AddCommand(p.networkStatus(), p.networkPath(), p.networkNodes())
	return cmd
}

// ofNetwork is a command that connects and then tells something of the
// network. What is known is told also if the network cannot be reached.
func (p *program) ofNetwork(cmd *cobra.Command, tell func(*network.Client) error) *cobra.Command {
	cmd.Args = takesNone
	timeout := cmd.Flags().Duration("timeout", 10*time.Second, "how long to wait for the network")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, _ []string) error {
		if err := positive("timeout", *timeout); err != nil {
			return err
		}
		return p.online(ctx, cmd, func(ctx context.Context, c *messaging.Client) error {
			connected := untilReady(ctx, c.Net(), *timeout)
			if err := tell(c.Net()); err != nil {
				return err
			}
			return connected
		})
	})
}

// untilReady waits for the first path.
func untilReady(ctx context.Context, net *network.Client, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	changed := make(chan struct{}, 1)
	defer net.Watch(func(network.Status) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})()
	for {
		switch s := net.Status(); s.State {
		case network.Ready:
			return nil
		case network.Offline:
			return fmt.Errorf("%w: %s", network.ErrOffline, s.LastError)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return fmt.Errorf("there was no path within %s: %w", timeout, network.ErrOffline)
			}
			return ctx.Err()
		}
	}
}

// milliseconds is a duration as JSON has it: null if it is not known.
func milliseconds(d time.Duration) *float64 { return absent(float64(d.Microseconds()) / 1000) }
