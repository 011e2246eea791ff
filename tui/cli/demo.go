package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/network"
	"seance/network/node/devnet"
	"seance/store"
	"seance/tui/app"
	"seance/tui/demo"
)

const (
	// thinking is how long a contact of the demo takes at least to answer.
	thinking = 900 * time.Millisecond
	// patience is how long a script waits for an answer.
	patience = 30 * time.Second
)

func (p *program) demo() *cobra.Command {
	cmd := &cobra.Command{
		Use: "demo", Args: takesNone,
		Short: "Try it out: a private network in this process, and contacts who answer",
		Long: `Try it out: a private onion network in this process, a throw-away account with
contacts who answer, and the screen on top. It needs no internet, and leaves
nothing behind.`,
	}
	nodes := cmd.Flags().Int("nodes", devnet.DefaultNodes, "how many nodes the network has")
	script := cmd.Flags().Bool("script", false, "no screen: send the lines of standard input to the contact who answers, and print all messages as JSON")
	slow := slowLink(cmd)
	return p.command(cmd, func(ctx context.Context, _ *cobra.Command, _ []string) error {
		if err := enoughNodes(*nodes); err != nil {
			return err
		}
		if !*script && !p.Terminal {
			return usagef("the demo needs a terminal, or --script")
		}
		pause := thinking
		if *script {
			pause = 0
		}
		behind := newEngines(ctx)
		w, err := p.startDemo(ctx, behind, *nodes, pause)
		if err != nil {
			return errors.Join(err, behind.stop())
		}
		if *script {
			err = p.playScript(ctx, w)
		} else {
			err = p.show(ctx, app.Options{Client: w.You, Open: w.Friend, SlowLink: *slow, Title: "Seance demo"})
		}
		return errors.Join(err, behind.stop())
	})
}

// enoughNodes refuses a network in which no path can be built.
func enoughNodes(n int) error {
	const most = 200
	if n < devnet.MinNodes || n > most {
		return usagef("--nodes is %d to %d, not %d", devnet.MinNodes, most, n)
	}
	return nil
}

// startDemo brings the demo's world to life. 0 nodes are as many as usual.
func (p *program) startDemo(ctx context.Context, behind *engines, nodes int, pause time.Duration) (*demo.World, error) {
	parent := p.lookup("TMPDIR")
	if parent == "" {
		parent = "/tmp"
	}
	w, err := demo.Start(ctx, demo.Options{Parent: p.path(parent), Nodes: nodes, Pause: pause, Log: p.logger("")})
	if err != nil {
		return nil, err
	}
	behind.start(w.Run, w.Close)
	return w, nil
}

// playScript sends the lines of standard input to the contact who answers, one
// after each answer, and prints all messages as they happen.
func (p *program) playScript(ctx context.Context, w *demo.World) error {
	ctx, cancel := context.WithCancelCause(ctx)
	answers := make(chan struct{}, 1)
	printed := make(chan error, 1)
	go func() {
		err := follow(ctx, w.You, 0, func(e messaging.Logged) error {
			if e.Message == nil || e.Kind == messaging.EventState {
				return nil
			}
			if err := p.object(messageOf(*e.Message)); err != nil {
				return err
			}
			if e.Message.Direction == store.In && e.Conversation == w.Friend {
				select {
				case answers <- struct{}{}:
				case <-ctx.Done():
				}
			}
			return nil
		})
		cancel(err)
		printed <- err
	}()
	err := p.converse(ctx, w, answers)
	cancel(nil)
	return errors.Join(err, <-printed)
}

// converse says one line after the other, each when the last one was answered.
func (p *program) converse(ctx context.Context, w *demo.World, answers <-chan struct{}) error {
	if err := answered(ctx, answers); err != nil { // to begin with, the contact says hello
		return err
	}
	in := lines(ctx, p.Stdin)
	for {
		select {
		case line, ok := <-in:
			if !ok {
				return nil
			}
			if line == "" {
				continue
			}
			if _, err := w.You.Send(ctx, w.Friend, messaging.Draft{Text: line}); err != nil {
				return err
			}
			if err := answered(ctx, answers); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// answered waits for something that the contact says.
func answered(ctx context.Context, answers <-chan struct{}) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-answers:
		return nil
	case <-timer.C:
		return fmt.Errorf("the contact did not answer within %s: %w", patience, network.ErrOffline)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
