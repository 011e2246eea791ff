package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/messaging/secret"
	"seance/tui/app"
	"seance/tui/config"
)

// screen is the program without a command.
func (p *program) screen() *cobra.Command {
	cmd := &cobra.Command{
		Use: "seance", Args: takesNone,
		Short: "A terminal client for the Session messenger network",
		Long: `A terminal client for the Session messenger network.

Without a command it opens the screen. Try it without an account, and without the
internet, with 'seance demo'.

Exit status: 0 done; 1 failed; 2 wrong usage; 3 the network could not be reached;
4 no such account, conversation or message; 5 wrong passphrase.`,
	}
	slow := slowLink(cmd)
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, _ []string) error {
		if !p.Terminal {
			return usagef("the screen needs a terminal; 'seance --help' lists the commands that need none")
		}
		o, err := p.options(cmd)
		if err != nil {
			return err
		}
		dir, err := p.profileDir()
		if err != nil {
			return err
		}
		configuration, err := p.configuration(dir)
		if err != nil {
			return err
		}
		// What is asked for is asked now: soon the terminal is the screen's.
		given := &remembered{ask: o.Passphrase}
		defer given.forget()
		o.Passphrase = given.answer
		behind := newEngines(ctx)
		c, err := behind.client(open(ctx, o))
		if err == nil {
			given.forget()
		} else if !errors.Is(err, messaging.ErrNoAccount) {
			return errors.Join(err, behind.stop())
		}
		shown := p.show(ctx, app.Options{
			Client: c, SlowLink: *slow, Onboard: p.onboard(behind, o), Downloads: configuration.Downloads,
			NoImages: configuration.Images == config.ImagesOff, Viewer: configuration.Viewer,
			MarkRead: app.MarkRead(configuration.MarkRead), Undo: time.Duration(configuration.UndoSend) * time.Second,
			LinkPreviews: configuration.LinkPreviews,
		})
		return errors.Join(shown, behind.stop())
	})
}

// slowLink is the flag that saves bytes.
func slowLink(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("slow-link", false, "save bytes: no list beside the chat, no pictures, few frames")
}

// show opens the screen on this command's terminal.
func (p *program) show(ctx context.Context, o app.Options) error {
	o.In, o.Out, o.Environ, o.Dir = p.Stdin, p.Stdout, p.Environ, p.Dir
	return app.Run(ctx, o)
}

// onboard says how a profile gets its account while the screen is shown.
func (p *program) onboard(behind *engines, o messaging.Options) app.Onboard {
	create := func(ctx context.Context, a messaging.NewAccount) (*messaging.Client, error) {
		file, err := p.networkForNew()
		if err == nil && a.Passphrase.Len() == 0 {
			a.Passphrase, err = p.passphraseForNew(ctx, o.Dir)
		}
		if err != nil {
			return nil, err
		}
		a.Network = file
		return behind.client(messaging.Create(ctx, o, a))
	}
	return app.Onboard{
		Create: func(ctx context.Context, name string, passphrase secret.Bytes) (*messaging.Client, string, error) {
			seed, err := identity.NewSeed(rand.Reader)
			if err != nil {
				return nil, "", err
			}
			c, err := create(ctx, messaging.NewAccount{Seed: seed, Name: name, Passphrase: passphrase})
			return c, seed.Phrase(), err
		},
		Restore: func(ctx context.Context, phrase, name string, passphrase secret.Bytes) (*messaging.Client, error) {
			seed, err := identity.ParsePhrase(phrase)
			if err != nil {
				return nil, err
			}
			return create(ctx, messaging.NewAccount{Seed: seed, Name: name, Passphrase: passphrase, Restored: true})
		},
		Demo: func(ctx context.Context) (*messaging.Client, id.Conversation, error) {
			w, err := p.startDemo(ctx, behind, 0, thinking)
			if err != nil {
				return nil, "", err
			}
			return w.You, w.Friend, nil
		},
	}
}
