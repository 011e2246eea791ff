package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/render"
)

func (p *program) contactSet() *cobra.Command {
	cmd := &cobra.Command{
		Use: "set WHO", Args: takes(1, 1),
		Short: "Change the settings of a conversation: nickname, pin, mute, disappearing messages, receipts",
		Long: `Change the settings of a conversation, on all devices of the account. What is not
named stays. WHO is an Account ID, a contact's name, a group or a community as
'seance conversations' lists it, or "me": the note to self can be pinned, marked
and hidden, and its messages can disappear. Only people have nicknames, messages
that disappear, and can be hidden; groups of the old kind can only be read.

--expire takes the time after which messages disappear that are written from now
on. The apps offer 12h, 1d, 1w and 2w after sending, and 5m:read, 1h:read,
12h:read, 1d:read, 1w:read and 2w:read after reading.

--read-receipts and --typing are on, off, or default for what holds for everybody:
see 'seance account receipts' and 'seance account typing'. They hold on this
device, and for people.

--hide deletes the messages too, on all devices; the conversation is back when
somebody writes. It asks on a terminal whether that is meant.
JSON: ` + contactFields,
	}
	flags := cmd.Flags()
	nickname := flags.String("nickname", "", "call them `NAME`, whatever they call themselves; \"\" takes the nickname away")
	pin := flags.Bool("pin", false, "keep the conversation at the top of the list")
	unpin := flags.Bool("unpin", false, "let it take its place by time again")
	mute := flags.String("mute", "", "do not tell of their messages for a `TIME`, such as 8h or 1w; or forever, or off")
	notify := flags.String("notify", "", "tell of `WHICH` messages: all, none or default, in groups and communities also mentions")
	expire := flags.String("expire", "", "have messages disappear a `TIME` after sending, such as 1d, or after reading, such as 1d:read; or off")
	receipts := flags.String("read-receipts", "", "tell them that their messages were read: `on|off|default`")
	typing := flags.String("typing", "", "tell them that they are written to: `on|off|default`")
	unread := flags.Bool("unread", false, "mark it as unread; 'seance read' takes that back")
	hide := flags.Bool("hide", false, "delete the messages, and leave the conversation out of the list")
	unhide := flags.Bool("unhide", false, "show it in the list again")
	yes := flags.Bool("yes", false, "do not ask")
	cmd.MarkFlagsMutuallyExclusive("pin", "unpin")
	cmd.MarkFlagsMutuallyExclusive("hide", "unhide")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		var s messaging.Settings
		if flags.Changed("nickname") {
			trimmed := strings.TrimSpace(*nickname)
			s.Nickname = &trimmed
		}
		s.Pinned, s.Hidden = either(*pin, *unpin), either(*hide, *unhide)
		if flags.Changed("mute") {
			until, err := muteUntil(*mute, time.Now())
			if err != nil {
				return err
			}
			s.MutedUntil = &until
		}
		if flags.Changed("notify") {
			mode, err := notifyMode(*notify)
			if err != nil {
				return err
			}
			s.Notify = &mode
		}
		if flags.Changed("expire") {
			t, err := timer(*expire)
			if err != nil {
				return err
			}
			s.Timer = &t
		}
		if *unread {
			s.Unread = unread
		}
		for flag, value := range map[string]string{"read-receipts": *receipts, "typing": *typing} {
			if flags.Changed(flag) && value != "on" && value != "off" && value != "default" {
				return usagef("--%s is on, off or default, not %q", flag, value)
			}
		}
		signals := *receipts != "" || *typing != ""
		if s == (messaging.Settings{}) && !signals {
			return usagef("there is nothing to change: see 'seance contact set --help'")
		}
		return p.withClient(ctx, cmd, func(c *messaging.Client) error {
			v, err := settable(ctx, c, args[0])
			if err != nil {
				return err
			}
			if v.Kind == id.KindSelf && (s.Nickname != nil || s.MutedUntil != nil || s.Notify != nil) {
				return usagef("the note to self has no nickname, and nobody is told of it")
			}
			// The other devices would read it as all: the contacts of an account have no such mode.
			if v.Kind == id.KindContact && s.Notify != nil && *s.Notify == store.NotifyMentions {
				return usagef("--notify mentions is for groups and communities: of a contact's messages it is all, none or default")
			}
			if v.Kind != id.KindContact && signals {
				return usagef("only people are told what you read and that you write: --read-receipts and --typing are for contacts")
			}
			if *hide && !*yes {
				question := "This deletes the messages in " + render.Line(v.Title) + " on all your devices."
				if err := p.confirm(ctx, "contact set --hide", question); err != nil {
					return err
				}
			}
			if signals {
				if err := setSignals(ctx, c, v.ID, *receipts, *typing); err != nil {
					return err
				}
			}
			if s != (messaging.Settings{}) {
				if err := c.Configure(ctx, v.ID, s); err != nil {
					return err
				}
			}
			if err := push(ctx, c); err != nil || !p.json {
				return err
			}
			if v, err = c.Conversation(ctx, v.ID); err != nil {
				return err
			}
			return p.sayContact(ctx, c, v)
		})
	})
}

// setSignals changes what somebody is told; "" leaves it as it is.
func setSignals(ctx context.Context, c *messaging.Client, conv id.Conversation, receipts, typing string) error {
	own, err := c.Preference(ctx, conv)
	if err != nil {
		return err
	}
	if receipts != "" {
		own.ReadReceipts = either(receipts == "on", receipts == "off")
	}
	if typing != "" {
		own.Typing = either(typing == "on", typing == "off")
	}
	return c.SetPreference(ctx, conv, own)
}

// notifyMode reads which messages somebody is told of.
func notifyMode(s string) (store.Notify, error) {
	switch mode := store.Notify(s); mode {
	case store.NotifyAll, store.NotifyMentions, store.NotifyNone:
		return mode, nil
	}
	if s == "default" {
		return store.NotifyDefault, nil
	}
	return "", usagef("--notify is all, mentions, none or default, not %q", s)
}

// either is a setting that one flag switches on and another off; nil leaves it.
func either(on, off bool) *bool {
	if on || off {
		return &on
	}
	return nil
}

// muteUntil is until when --mute asks for silence.
func muteUntil(s string, now time.Time) (time.Time, error) {
	switch s {
	case "off":
		return time.Time{}, nil
	case "forever":
		return messaging.Forever, nil
	}
	d, ok := span(s)
	if !ok {
		return time.Time{}, usagef("--mute is a time such as 8h, or forever, or off, not %q", s)
	}
	if until := now.Add(d); until.Before(messaging.Forever) {
		return until, nil
	}
	return messaging.Forever, nil
}
