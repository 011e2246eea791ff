package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/network/node/devnet"
	"seance/network/node/oxend"
)

// Options say how large a world is and where it lives.
type Options struct {
	Parent string        // a directory of the world is made here, and removed at the end
	Nodes  int           // of the network
	Pause  time.Duration // how long a contact thinks before typing an answer
	Log    *slog.Logger  // nil discards
}

// World is a running demo.
type World struct {
	You    *messaging.Client // the throw-away profile
	Friend id.Conversation   // the contact who answers

	dir      string
	net      *devnet.Devnet
	contacts []*contact
	pause    time.Duration
}

// Start makes a world: its network runs when it returns, its contacts are
// asleep until Run. ctx bounds only the start.
func Start(ctx context.Context, o Options) (_ *World, err error) {
	dir, err := os.MkdirTemp(o.Parent, "seance-demo-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for the demo: %w", err)
	}
	w := &World{dir: dir, pause: o.Pause}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	names, err := w.seeds()
	if err != nil {
		return nil, fmt.Errorf("make the demo's accounts: %w", err)
	}
	w.net, err = devnet.Start(ctx, devnet.Options{Dir: filepath.Join(dir, "network"), Nodes: o.Nodes, Log: o.Log, Names: names})
	if err != nil {
		return nil, fmt.Errorf("start the demo's network: %w", err)
	}
	if err := w.people(ctx, o.Log); err != nil {
		return nil, fmt.Errorf("start the demo's contacts: %w", err)
	}
	return w, nil
}

// seeds chooses the accounts of the contacts, and registers the Session names of
// those who have one.
func (w *World) seeds() (map[string]oxend.Name, error) {
	names := map[string]oxend.Name{}
	for _, role := range cast() {
		seed, err := identity.NewSeed(rand.Reader)
		if err != nil {
			return nil, err
		}
		w.contacts = append(w.contacts, &contact{role: role, seed: seed})
		if role.called == "" {
			continue
		}
		account := seed.Keys().Account()
		hash, name, err := oxend.Register(role.called, account[:])
		if err != nil {
			return nil, err
		}
		names[hash] = name
	}
	return names, nil
}

// people makes the profiles of all who take part, and gives yours a past.
func (w *World) people(ctx context.Context, log *slog.Logger) error {
	seed, err := identity.NewSeed(rand.Reader)
	if err != nil {
		return err
	}
	you, err := w.account(ctx, seed, "you", "You", log)
	if err != nil {
		return err
	}
	w.You = you
	for _, c := range w.contacts {
		if c.client, err = w.account(ctx, c.seed, c.role.folder, c.role.name, log); err != nil {
			return err
		}
		c.you = you.Self().Account
	}
	w.Friend = id.With(w.contacts[0].client.Self().Account)

	// The past goes into the database while nobody else has it open.
	if err := you.Close(); err != nil {
		return err
	}
	w.You = nil
	now := time.Now()
	for _, c := range w.contacts {
		if err := remember(ctx, w.profile("you"), you.Self().Account, c.client.Self(), c.role.past, now); err != nil {
			return err
		}
	}
	if w.You, err = messaging.Open(ctx, messaging.Options{Dir: w.profile("you"), Holder: "seance demo", Log: log}); err != nil {
		return err
	}
	return w.found(ctx)
}

func (w *World) profile(folder string) string { return filepath.Join(w.dir, folder) }

// Run keeps your engine running and brings the contacts to life, until ctx
// ends.
func (w *World) Run(ctx context.Context) error {
	g, living := errgroup.WithContext(ctx)
	g.Go(func() error { return w.You.Run(living) })
	for _, c := range w.contacts {
		g.Go(func() error { return c.client.Run(living) })
		g.Go(func() error { return c.live(living, w.pause) })
	}
	g.Go(func() error { w.hurry(living); return nil })
	err := g.Wait()
	if ctx.Err() != nil {
		return nil // the end that was asked for
	}
	return err
}

// haste is how often everybody looks for messages. Phones are woken by a push
// service; here, asking more often than usual makes up for it.
const haste = 500 * time.Millisecond

func (w *World) hurry(ctx context.Context) {
	tick := time.NewTicker(haste)
	defer tick.Stop()
	for {
		w.You.PollSoon()
		for _, c := range w.contacts {
			c.client.PollSoon()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Close ends the world and removes all of it from the disk. Run must
// have returned.
func (w *World) Close() error {
	var errs []error
	if w.You != nil {
		errs = append(errs, w.You.Close())
	}
	for _, c := range w.contacts {
		if c.client != nil {
			errs = append(errs, c.client.Close())
		}
	}
	if w.net != nil {
		errs = append(errs, w.net.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(w.dir))...)
}
