package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
	"seance/network"
	"seance/store"
)

// lingering is how long a command that is done still waits for what else the
// outbox holds: copies for other devices, messages of earlier runs. What is
// left goes out with the next run.
const lingering = 5 * time.Second

// sendTimeout is how long a command waits for the network unless told otherwise.
const sendTimeout = 30 * time.Second

func (p *program) send() *cobra.Command {
	cmd := &cobra.Command{
		Use: "send TO [TEXT | -]", Args: takes(1, 2),
		Short: "Send a message",
		Long: `Send a message to an Account ID, to a contact by name, to a registered Session
name, or to yourself ("me").

The text is an argument, or with - what standard input has, less one newline at
its end. With files it may be left out. The command returns when the swarm has
stored the message. If the network cannot be reached, the message is kept, files
included, and goes out with the next run.

With --preview the message shows the title and a picture of the page behind the
first link in it, if that begins with https. The site is asked for them from this
machine, or through the proxy that config.toml or HTTPS_PROXY names. Without any
answer the message goes as it is.

What cameras write into photos and videos about place, time and device is taken
out. Where that cannot be done nothing is sent, unless --as-is is given.

JSON: {"id","conversation","timestamp_ms","state","hash"}.`,
	}
	replyTo := cmd.Flags().String("reply-to", "", "the message that is answered: its `ID`, or last")
	expire := cmd.Flags().String("expire", "", "when this message disappears: a `TIME` after it is sent, such as 1h, or after it is\nread, such as 1h:read, or off; else as the conversation has it")
	timeout := cmd.Flags().Duration("timeout", sendTimeout, "how long to wait for the network")
	files := cmd.Flags().StringArray("file", nil, "send this `FILE` too; may be given several times")
	voice := cmd.Flags().String("voice", "", "send this `FILE` as a voice message: AAC in m4a or mp3, of 5 minutes at most")
	shown := cmd.Flags().Bool("preview", false, "ask the site behind the first link for a preview of it (default: as link_previews\nin config.toml says)")
	asIs := asIsFlag(cmd)
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		if len(args) < 2 && len(*files) == 0 && *voice == "" {
			return usagef("there is nothing to send: give a text, - to read it from standard input, or --file FILE")
		}
		if err := positive("timeout", *timeout); err != nil {
			return err
		}
		var draft messaging.Draft
		if *expire != "" {
			t, err := timer(*expire)
			if err != nil {
				return err
			}
			draft.Expire = &t
		}
		var err error
		if draft.Files, err = p.filesToSend(*files, *voice); err != nil {
			return err
		}
		for i := range draft.Files {
			draft.Files[i].AsIs = *asIs
		}
		text := ""
		if len(args) == 2 {
			text = args[1]
		}
		if text == "-" {
			if text, err = p.readText(ctx); err != nil {
				return err
			}
		}
		return p.online(ctx, cmd, func(ctx context.Context, c *messaging.Client) error {
			var err error
			if draft.Preview, err = p.preview(ctx, cmd, c, text, *shown); err != nil {
				return err
			}
			limited, cancel := context.WithTimeout(ctx, *timeout)
			defer cancel()
			reachable, stop := whileReachable(limited, c)
			defer stop()
			to, err := recipient(reachable, c, args[0])
			if err != nil {
				return err
			}
			if *replyTo != "" {
				answered, err := messageIn(ctx, c, to, *replyTo)
				if err != nil {
					return err
				}
				draft.ReplyTo = answered.ID()
			}
			draft.Text = text
			m, err := c.Send(ctx, to, draft)
			if err != nil {
				return orAsIs(err)
			}
			return p.awaitSent(reachable, c, m)
		})
	})
}

func asIsFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("as-is", false, "send the files as they are, with what cameras wrote into them about place, time and\ndevice")
}

// orAsIs adds to why a draft was not sent what can be done about it.
func orAsIs(err error) error {
	if telling := new(messaging.TellingError); errors.As(err, &telling) {
		return fmt.Errorf("%w; --as-is sends it with that", err)
	}
	return err
}

// recipient finds whom a message is for: a contact, else whoever registered a
// Session name, else a stranger who wrote and calls themselves that.
func recipient(ctx context.Context, c *messaging.Client, to string) (id.Conversation, error) {
	conv, unknown := c.ResolveContact(context.WithoutCancel(ctx), to)
	_, notGroup := id.ParseGroup(to)
	if !errors.Is(unknown, messaging.ErrUnknown) || notGroup == nil {
		return conv, unknown
	}
	account, err := c.Lookup(ctx, to)
	switch {
	case err == nil:
		return id.With(account), nil
	case errors.Is(err, messaging.ErrUnknown):
		if conv, stranger := c.Resolve(context.WithoutCancel(ctx), to); !errors.Is(stranger, messaging.ErrUnknown) {
			return conv, stranger
		}
		return "", err
	}
	// Out of reach, but not exit status 3: that would promise that the message
	// goes out later.
	return "", fmt.Errorf("it cannot be asked now whether somebody registered that name, and %w", unknown)
}

// awaitSent waits until the swarm has a message, and tells what became of it.
// The context ends when there is no hope left.
func (p *program) awaitSent(ctx context.Context, c *messaging.Client, m messaging.Message) error {
	conv := m.Conversation
	m, err := c.Wait(ctx, m.ID())
	if err != nil && ctx.Err() == nil {
		if v, gone := c.Conversation(ctx, conv); errors.Is(err, messaging.ErrUnknown) && gone == nil && v.Membership == store.Kicked {
			return errors.New("the message was not sent: you were removed from this group")
		}
		return err
	}
	if p.json {
		err = p.object(sentObject{m.ID(), m.Conversation, m.TimestampMS, m.State, absent(m.Hash)})
		if err != nil {
			return err
		}
	}
	switch m.State {
	case store.StateFailed:
		return fmt.Errorf("the message was not sent: %s", m.Failure)
	case store.StateSending:
		return kept(context.Cause(ctx))
	}
	flush(ctx, c)
	return nil
}

// kept tells why a message is still in the outbox.
func kept(cause error) error {
	if errors.Is(cause, context.Canceled) {
		return errors.New("interrupted: the message is kept and goes out with the next run")
	}
	return keptError{}
}

// keptError is what a send ends with when the network could not be reached.
type keptError struct{}

func (keptError) Error() string {
	return "the network could not be reached: the message is kept and goes out with the next run"
}

func (keptError) Is(target error) bool { return target == network.ErrOffline }

// flush gives what else waits in the outbox a little time to go.
func flush(ctx context.Context, c *messaging.Client) {
	ctx, cancel := context.WithTimeout(ctx, lingering)
	defer cancel()
	_ = c.Flush(ctx) // what is left stays on disk
}

// whileReachable is a context that ends early, with network.ErrOffline as its
// cause, once the network turned out to be out of reach.
func whileReachable(ctx context.Context, c *messaging.Client) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	unwatch := c.Net().Watch(func(s network.Status) {
		if s.State == network.Offline {
			cancel(network.ErrOffline)
		}
	})
	return ctx, func() { unwatch(); cancel(nil) }
}

// maxText is how many bytes of standard input are read for one message: more
// than any message that can be sent has.
const maxText = 4*messaging.MaxText + 2

// readText reads a message from standard input: all of it, less one newline.
func (p *program) readText(ctx context.Context) (string, error) {
	text, err := readAll(ctx, p.Stdin, maxText)
	if err != nil {
		return "", fmt.Errorf("standard input cannot be read: %w", err)
	}
	if len(text) == maxText {
		return "", fmt.Errorf("%w: a message has at most %d characters, this one has more", messaging.ErrInvalid, messaging.MaxText)
	}
	return strings.TrimSuffix(string(text), "\n"), nil
}

func positive(flag string, d time.Duration) error {
	if d <= 0 {
		return usagef("--%s must be longer than nothing, such as 30s", flag)
	}
	return nil
}
