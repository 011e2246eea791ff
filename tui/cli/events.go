package cli

import (
	"context"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
)

func (p *program) events() *cobra.Command {
	cmd := &cobra.Command{
		Use: "events", Args: takesNone,
		Short: "Print the event log, for scripts and bots",
		Long: `Print the event log, which keeps what happened in this profile in order. Whoever
remembers the cursor of the last event it handled misses nothing.
JSON: {"cursor","time_ms","kind","conversation","message_id","message"}.

The kinds are message_received, message_sent, message_state, message_reaction,
message_deleted and message_expired: of a message that is gone the ID is left, and
no message. group_invited, group_joined, group_kicked, group_destroyed and
group_expired tell what you are to a group now, and have neither.`,
	}
	since := cmd.Flags().Int64("since", 0, "only events after this `CURSOR`")
	live := cmd.Flags().Bool("follow", false, "receive, and go on printing events as they happen")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, _ []string) error {
		if *since < 0 {
			return usagef("--since is a cursor, which is never negative")
		}
		if !*live {
			return p.withClient(ctx, cmd, func(c *messaging.Client) error {
				_, err := replay(ctx, c, *since, p.event)
				return err
			})
		}
		return p.online(ctx, cmd, func(ctx context.Context, c *messaging.Client) error {
			defer c.Attend()()
			return follow(ctx, c, *since, p.event)
		})
	})
}

// follow hands the event log behind a cursor to f, and what is added to it,
// until ctx ends.
func follow(ctx context.Context, c *messaging.Client, since int64, f func(messaging.Logged) error) error {
	events := c.Subscribe()
	defer events.Close()
	for {
		var err error
		if since, err = replay(context.WithoutCancel(ctx), c, since, f); err != nil {
			return err
		}
		if _, err := events.Next(ctx); err != nil {
			return nil // the end that was asked for
		}
		for more := true; more; { // all that happened at once is one reading
			_, more = events.TryNext()
		}
	}
}

// replay hands the event log behind a cursor to f, and gives the last cursor.
func replay(ctx context.Context, c *messaging.Client, since int64, f func(messaging.Logged) error) (int64, error) {
	for {
		entries, err := c.Events(ctx, since, eventsAtOnce)
		if err != nil || len(entries) == 0 {
			return since, err
		}
		for _, e := range entries {
			if err := f(e); err != nil {
				return since, err
			}
			since = e.Cursor
		}
	}
}

// event prints one entry of the log.
func (p *program) event(e messaging.Logged) error {
	if !p.json {
		return p.say("%d  %s  %s", e.Cursor, e.Kind, e.Conversation)
	}
	var m *messageObject
	if e.Message != nil {
		o := messageOf(*e.Message)
		m = &o
	}
	return p.object(struct {
		Cursor       int64            `json:"cursor"`
		TimeMS       *int64           `json:"time_ms"`
		Kind         string           `json:"kind"`
		Conversation *id.Conversation `json:"conversation"`
		MessageID    *string          `json:"message_id"`
		Message      *messageObject   `json:"message"`
	}{e.Cursor, absent(e.TimeMS), e.Kind, absent(e.Conversation), absent(e.MessageID), m})
}
