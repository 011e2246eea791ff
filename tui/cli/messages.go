package cli

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
)

func (p *program) messages() *cobra.Command {
	cmd := &cobra.Command{
		Use: "messages CONV", Args: takes(1, 1),
		Short: "Print messages of a conversation, oldest first",
		Long: `Print messages of a conversation, oldest first: the newest of it, those before a
message, or those around a message or a date such as 2026-01-31 or
2026-01-31T12:00. With their IDs, which other commands take: for the last message
that was written, those take "last" too. JSON, one a line: ` + messageFields,
	}
	ids := cmd.Flags().Bool("ids", false, "the ID of each message before it")
	limit := cmd.Flags().Int("limit", 50, "at most so many: `N`")
	before := cmd.Flags().String("before", "", "only messages before the one with this `ID`")
	around := cmd.Flags().String("around", "", "half of the messages before this `ID|DATE`, the others from there on")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		isBefore, isAround := cmd.Flags().Changed("before"), cmd.Flags().Changed("around")
		switch {
		case *limit < 1:
			return usagef("--limit is 1 or more, not %d", *limit)
		case isBefore && isAround:
			return usagef("--before and --around name two places: leave one out")
		}
		return p.withClient(ctx, cmd, func(c *messaging.Client) error {
			conv, err := known(ctx, c, args[0])
			if err != nil {
				return err
			}
			page := messaging.Page{Limit: *limit}
			switch {
			case isBefore:
				page.Before, err = place(ctx, c, conv, *before)
			case isAround:
				page.Around, err = placeOrDate(ctx, c, conv, *around)
			}
			if err != nil {
				return err
			}
			list, err := c.Messages(ctx, conv, page)
			if err != nil {
				return err
			}
			for _, m := range list {
				where := ""
				if *ids {
					where = m.ID()
				}
				if err := p.message(m, where); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// noMessageError means that a conversation has no message with this ID.
type noMessageError struct{ messageID string }

func (e noMessageError) Error() string {
	return "this conversation has no message " + e.messageID
}

// Unwrap makes it a kind of messaging.ErrUnknown.
func (noMessageError) Unwrap() error { return messaging.ErrUnknown }

// last stands for the ID of the last message that somebody wrote.
const last = "last"

// namedMessage is the message that the arguments CONV and ID mean.
func namedMessage(ctx context.Context, c *messaging.Client, who, messageID string) (messaging.Message, error) {
	conv, err := known(ctx, c, who)
	if err != nil {
		return messaging.Message{}, err
	}
	return messageIn(ctx, c, conv, messageID)
}

// messageIn is a message of a conversation, by its ID or as the last one.
func messageIn(ctx context.Context, c *messaging.Client, conv id.Conversation, messageID string) (messaging.Message, error) {
	if messageID == last {
		return lastIn(ctx, c, conv)
	}
	m, err := c.Message(ctx, messageID)
	if errors.Is(err, messaging.ErrUnknown) || err == nil && m.Conversation != conv {
		err = noMessageError{messageID}
	}
	return m, err
}

func lastIn(ctx context.Context, c *messaging.Client, conv id.Conversation) (messaging.Message, error) {
	list, err := c.Messages(ctx, conv, messaging.Page{Limit: 100})
	for _, m := range slices.Backward(list) {
		if m.Kind == store.KindMessage && !m.Deleted {
			return m, nil
		}
	}
	return messaging.Message{}, cmp.Or[error](err, noMessageError{last})
}

// place is where a message stands in a conversation.
func place(ctx context.Context, c *messaging.Client, conv id.Conversation, messageID string) (*store.Position, error) {
	m, err := messageIn(ctx, c, conv, messageID)
	at := m.Position()
	return &at, err
}

// placeOrDate is where a message stands, or where a time begins.
func placeOrDate(ctx context.Context, c *messaging.Client, conv id.Conversation, s string) (*store.Position, error) {
	if _, err := store.ParseMessageID(s); err == nil || s == last {
		return place(ctx, c, conv, s)
	}
	// Also as this program prints them.
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", time.RFC3339} {
		if at, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return &store.Position{TimestampMS: at.UnixMilli()}, nil
		}
	}
	return nil, usagef("--around is a message's ID, or a date such as 2026-01-31 or 2026-01-31T12:00, not %q", s)
}

// message prints a message, which for people may tell where it is.
func (p *program) message(m messaging.Message, where string) error {
	if p.json {
		return p.object(messageOf(m))
	}
	return p.sayMessage(m, where)
}

// known is the conversation that somebody means, which must exist. The note to
// self always does.
func known(ctx context.Context, c *messaging.Client, who string) (id.Conversation, error) {
	conv, err := c.Resolve(ctx, who)
	if err != nil {
		return "", err
	}
	_, err = c.Conversation(ctx, conv)
	if errors.Is(err, messaging.ErrUnknown) && conv == id.With(c.Self().Account) {
		return conv, nil
	}
	return conv, err
}
