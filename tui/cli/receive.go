package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
	"seance/network"
	"seance/store"
)

const (
	// receiver names the cursor of what this command has printed.
	receiver = "receive"
	// eventsAtOnce is how many entries of the event log are read together.
	eventsAtOnce = 500
)

func (p *program) receive() *cobra.Command {
	cmd := &cobra.Command{
		Use: "receive", Args: takesNone,
		Short: "Print the messages that this command has not printed yet, oldest first",
		Long: `Print the messages that this command has not printed yet, oldest first.

Message requests are among them. Without --follow it asks the network until
that brings nothing new, and sends what waits in the outbox. A message counts as
printed once it was written. As text, groups that have ended for you have a line,
too; scripts read of that in 'seance events'. JSON: message objects.`,
	}
	follow := cmd.Flags().Bool("follow", false, "go on printing messages as they arrive")
	timeout := cmd.Flags().Duration("timeout", 10*time.Second, "the most it takes; with --follow no limit unless given")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, _ []string) error {
		if err := positive("timeout", *timeout); err != nil {
			return err
		}
		return p.online(ctx, cmd, func(ctx context.Context, c *messaging.Client) error {
			if *follow {
				if cmd.Flags().Changed("timeout") {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, *timeout)
					defer cancel()
				}
				return p.followMessages(ctx, c)
			}
			return p.receiveOnce(ctx, c, *timeout)
		})
	})
}

// receiveOnce asks the network for what is new and prints all that was not
// printed before, also if the network cannot be reached.
func (p *program) receiveOnce(ctx context.Context, c *messaging.Client, timeout time.Duration) error {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	reachable, stop := whileReachable(limited, c)
	defer stop()
	received := c.Receive(reachable)
	if err := p.printNew(context.WithoutCancel(ctx), c); err != nil {
		return err
	}
	switch {
	case received == nil:
		_ = c.Flush(reachable) // what is left stays in the outbox
		return nil
	case ctx.Err() != nil:
		return errors.New("interrupted before all messages were there")
	case errors.Is(context.Cause(reachable), context.DeadlineExceeded):
		return fmt.Errorf("there was no full answer within %s: %w", timeout, network.ErrOffline)
	case reachable.Err() != nil:
		return context.Cause(reachable)
	}
	return received
}

// followMessages prints messages as they arrive, until ctx ends.
func (p *program) followMessages(ctx context.Context, c *messaging.Client) error {
	defer c.Attend()()
	events := c.Subscribe()
	defer events.Close()
	for {
		if err := p.printNew(context.WithoutCancel(ctx), c); err != nil {
			return err
		}
		if err := untilMessage(ctx, events); err != nil {
			return nil // the end that was asked for
		}
	}
}

// untilMessage waits for an event that may have brought a message.
func untilMessage(ctx context.Context, events *messaging.Subscription) error {
	for {
		e, err := events.Next(ctx)
		if err != nil {
			return err
		}
		switch e.(type) {
		case messaging.MessageAdded, messaging.MessagesRemoved, messaging.Missed:
			return nil
		}
	}
}

// whereOf is the title of a message's conversation if neither author nor line tell it.
func whereOf(m messaging.Message, title string) string {
	_, person := m.Conversation.Account()
	if person && (m.Kind != store.KindInfo || strings.Contains(m.Text, title)) {
		return ""
	}
	return title
}

// printNew prints what came from the network and was not printed yet, and
// remembers it as printed afterwards.
func (p *program) printNew(ctx context.Context, c *messaging.Client) error {
	cursor, err := c.Cursor(ctx, receiver)
	if err != nil {
		return err
	}
	var messages []messaging.Message
	var ended []id.Conversation
	last, err := replay(ctx, c, cursor, func(e messaging.Logged) error {
		switch {
		case e.Kind == messaging.EventReceived && e.Message != nil:
			messages = append(messages, *e.Message)
		case e.Kind == messaging.EventKicked || e.Kind == messaging.EventDestroyed:
			ended = append(ended, e.Conversation)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(messages, func(a, b messaging.Message) int {
		return cmp.Or(cmp.Compare(a.TimestampMS, b.TimestampMS), slices.Compare(a.Author[:], b.Author[:]), cmp.Compare(a.Hash, b.Hash))
	})
	titles := map[id.Conversation]string{}
	for _, m := range messages {
		if _, known := titles[m.Conversation]; !known {
			v, _ := c.Conversation(ctx, m.Conversation) // without a title if it was deleted since
			titles[m.Conversation] = v.Title
		}
		if err := p.message(m, whereOf(m, titles[m.Conversation])); err != nil {
			return err
		}
	}
	for _, conv := range ended {
		v, err := c.Conversation(ctx, conv)
		if err != nil || p.json {
			continue // it was deleted since, or is no message
		}
		if err := p.conversation(v); err != nil {
			return err
		}
	}
	if last == cursor {
		return nil
	}
	return c.SetCursor(ctx, receiver, last)
}
