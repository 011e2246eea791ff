package messaging

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"seance/messaging/identity"
	"seance/messaging/preview"
	"seance/messaging/secret"
	"seance/network"
	"seance/network/fileserver"
	"seance/network/netfile"
	"seance/store"
)

// Options say where a profile is and what it may use.
type Options struct {
	Dir string // the profile's directory
	// Holder names the command that opens the profile, for whoever finds it locked.
	Holder string
	// Network is the network that the caller named. A profile keeps its own
	// copy from its creation on, so Open only compares, and takes over a file
	// server that is named for the first time; nil compares nothing.
	Network *netfile.File
	// Passphrase gives the profile's passphrase; nil: nobody can be asked.
	Passphrase Asker
	// Dial opens every connection. nil is a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// DeterministicFiles encrypts files that are sent in the newer form instead
	// of the one that the apps send today. All of them read both.
	DeterministicFiles bool
	// Previews fetches the previews of links. nil asks sites from this machine.
	Previews *preview.Fetcher
	Rand     io.Reader    // nil is crypto/rand
	Log      *slog.Logger // nil discards
}

// Client is an open profile. It holds the profile's lock until Close.
type Client struct {
	self  atomic.Pointer[Self]
	keys  *identity.Keys
	seed  identity.Seed
	db    *store.Store
	lock  *store.Lock
	net   *network.Client
	rand  io.Reader
	log   *slog.Logger
	hub   hub
	watch func() // ends the watch on the network's status

	protected bool // by a passphrase

	typists       typists
	configs       configs
	groups        groups
	visitNow      chan struct{} // holds one request to look at the groups
	pushNow       chan struct{} // holds one request to look at the configs
	pushing       chan struct{} // held by who pushes them
	synced        atomic.Bool   // the configs of the swarm were merged once, see syncedKey
	restoring     atomic.Bool   // the account was restored, and not all of it is here yet
	fetched       atomic.Int64  // messages that came meanwhile
	file          netfile.File  // the network
	files         *fileserver.Client
	transfers     transfers
	previews      *preview.Fetcher
	deterministic bool          // the form in which files are encrypted
	heard         atomic.Int64  // when a poll brought what other devices changed, in ms
	renewed       atomic.Int64  // when their time in the swarm was renewed, in ms
	pollNow       chan struct{} // holds one request to poll at once
	sendNow       chan struct{} // holds one request to look at the outbox
	expireNow     chan struct{} // holds one request to look for what has expired
	clock         *clock        // by which messages disappear
	watched       atomic.Int32  // front ends with somebody looking
	hurry         atomic.Bool   // what waits in the outbox is to be tried at once
	ready         bool          // only networkChanged touches it
}

// NewAccount describes an account that is to be created or restored.
type NewAccount struct {
	Seed    identity.Seed
	Name    string // at most MaxName bytes; may be empty. Of a restored one that has a name already it counts for nothing
	Network netfile.File
	// Restored says that the account is not new: the network may have its
	// settings and messages.
	Restored bool
	// Passphrase protects the profile; empty: none does.
	Passphrase secret.Bytes
}

// Create makes a profile with an account in it and opens it. Nothing is sent.
// It fails with ErrAccountExists where there is one.
func Create(ctx context.Context, o Options, a NewAccount) (*Client, error) {
	a.Name = strings.TrimSpace(a.Name)
	if err := checkName(a.Name); err != nil {
		return nil, err
	}
	db, lock, err := openStore(ctx, o, a.Passphrase)
	if err != nil {
		return nil, err
	}
	file, err := a.Network.Marshal()
	if err == nil {
		keys := a.Seed.Keys()
		err = db.CreateAccount(ctx, store.Account{
			ID: keys.Account(), Seed: a.Seed.Bytes, Name: a.Name, Network: file, CreatedMS: time.Now().UnixMilli(),
		})
		if errors.Is(err, store.ErrExists) {
			err = ErrAccountExists
		} else if err == nil {
			err = db.Update(ctx, func(tx *store.Tx) error { return a.begin(tx) })
		}
	}
	if err != nil {
		return nil, errors.Join(err, db.Close(), lock.Unlock())
	}
	return open(ctx, o, db, lock)
}

// begin notes how the account came to be.
func (a NewAccount) begin(tx *store.Tx) error {
	if a.Restored {
		if err := tx.SetSetting(restoringKey, []byte{1}); err != nil {
			return err
		}
	}
	if a.Name == "" || a.Restored {
		return nil // an account that was restored keeps the name that it has
	}
	return profileChanged(tx, time.Now())
}

// Open opens a profile that has an account; ErrNoAccount if it has none.
func Open(ctx context.Context, o Options) (*Client, error) {
	if there, err := store.Exists(o.Dir); err != nil {
		return nil, err
	} else if !there {
		return nil, ErrNoAccount
	}
	db, lock, err := openStore(ctx, o, secret.Bytes{})
	if err != nil {
		return nil, err
	}
	return open(ctx, o, db, lock)
}

func openStore(ctx context.Context, o Options, forNew secret.Bytes) (*store.Store, *store.Lock, error) {
	lock, err := store.LockProfile(o.Dir, o.Holder)
	if err != nil {
		return nil, nil, err
	}
	db, err := store.Open(ctx, o.Dir, store.Options{Passphrase: o.Passphrase, NewPassphrase: forNew})
	if err != nil {
		return nil, nil, errors.Join(err, lock.Unlock())
	}
	return db, lock, nil
}

func open(ctx context.Context, o Options, db *store.Store, lock *store.Lock) (_ *Client, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close(), lock.Unlock())
		}
	}()
	account, err := db.Account(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNoAccount
	} else if err != nil {
		return nil, err
	}
	file, err := netfile.Parse(account.Network)
	if err != nil {
		return nil, fmt.Errorf("the profile's copy of its network file: %w", err)
	}
	if o.Network != nil && o.Network.Completes(file) {
		if file, err = *o.Network, keepNetwork(ctx, db, *o.Network); err != nil {
			return nil, err
		}
	}
	if o.Network != nil && !o.Network.Equal(file) {
		return nil, fmt.Errorf("%w: it was created on %q", ErrOtherNetwork, file.Name)
	}
	seed, err := identity.SeedFromBytes(account.Seed.Expose())
	if err != nil {
		return nil, fmt.Errorf("the profile's account: %w", err)
	}
	c := &Client{
		keys: seed.Keys(), seed: seed, db: db, lock: lock, rand: o.Rand, log: o.Log,
		pollNow: make(chan struct{}, 1), sendNow: make(chan struct{}, 1), pushNow: make(chan struct{}, 1), pushing: make(chan struct{}, 1),
		expireNow: make(chan struct{}, 1), visitNow: make(chan struct{}, 1),
	}
	synced, err := db.Setting(ctx, syncedKey)
	if err != nil {
		return nil, err
	}
	c.synced.Store(synced != nil)
	restoring, err := db.Setting(ctx, restoringKey)
	if err != nil {
		return nil, err
	}
	c.restoring.Store(restoring != nil)
	c.configs.account, c.configs.owner = c.keys, account.ID.Pubkey()
	if c.rand == nil {
		c.rand = rand.Reader
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.protected, err = store.Protected(o.Dir); err != nil {
		return nil, err
	}
	c.self.Store(&Self{Account: account.ID, Name: account.Name, Picture: account.Picture, Network: file.Name})
	c.net, err = network.Open(network.Options{File: file, Dir: o.Dir, Dial: o.Dial, Rand: o.Rand, Log: c.log})
	if err != nil {
		return nil, err
	}
	c.file, c.files, c.deterministic = file, fileserver.New(c.net), o.DeterministicFiles
	if c.previews = o.Previews; c.previews == nil {
		c.previews = new(preview.Fetcher)
	}
	c.transfers.ways, c.transfers.slots = map[transferKey]context.CancelCauseFunc{}, make(chan struct{}, transfersAtOnce)
	c.clock = newClock(c.net.Now)
	db.UseClock(c.clock.latest)
	c.hurry.Store(true) // this run may find what the last one did not
	c.watch = c.net.Watch(c.networkChanged)
	return c, nil
}

// keepNetwork keeps the file of a network that has got a file server since the
// profile was made.
func keepNetwork(ctx context.Context, db *store.Store, f netfile.File) error {
	text, err := f.Marshal()
	if err != nil {
		return err
	}
	return db.Update(ctx, func(tx *store.Tx) error { return tx.SetAccountNetwork(text) })
}

// Close gives the profile back. Run must have returned.
func (c *Client) Close() error {
	c.watch()
	c.keys.Wipe()
	return errors.Join(c.db.Close(), c.lock.Unlock())
}

// Run keeps the client connected, receiving and sending until ctx ends. A
// failure of one of its parts never ends it.
func (c *Client) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for name, run := range map[string]func(context.Context) error{
		"network": c.net.Run, "poller": c.pollLoop, "sender": c.sendLoop, "pusher": c.pushLoop, "expirer": c.expireLoop, "groups": c.groupLoop,
	} {
		g.Go(func() error { return c.supervise(ctx, name, run) })
	}
	err := g.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// supervise starts run again if it fails or panics: a fault in one part of
// the engine must not take the others, or the screen, with it.
func (c *Client) supervise(ctx context.Context, name string, run func(context.Context) error) error {
	for {
		err := recovered(func() error { return run(ctx) })
		if ctx.Err() != nil {
			return nil
		}
		c.log.Error("restarting a part of the engine", "part", name, "error", err)
		if !sleep(ctx, time.Second) {
			return nil
		}
	}
}

var errInternal = errors.New("internal error")

// recovered turns a panic into an error. The panic's value is left out: it
// may hold what a message said.
func recovered(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: panic of type %T", errInternal, p)
		}
	}()
	return f()
}

// Self is the account.
func (c *Client) Self() Self { return *c.self.Load() }

// RecoveryPhrase is the thirteen words that restore the account. Whoever has
// them has the account.
func (c *Client) RecoveryPhrase() string { return c.seed.Phrase() }

// SetName changes the name that others are shown from the next message on.
func (c *Client) SetName(ctx context.Context, name string) error {
	name = strings.TrimSpace(name)
	if err := checkName(name); err != nil {
		return err
	}
	now := c.net.Now()
	err := c.edit(ctx, func(tx *store.Tx) error {
		now = c.configs.profileTime(now)
		if err := tx.SetAccountName(name); err != nil {
			return err
		}
		if err := profileChanged(tx, now); err != nil {
			return err
		}
		return c.configs.profile.SetName(now, name)
	})
	if err == nil {
		c.announce(ctx, &changes{name: &name})
	}
	return err
}

func checkName(name string) error {
	if len(name) > MaxName {
		return fmt.Errorf("%w: a name has at most %d bytes, this one has %d", ErrInvalid, MaxName, len(name))
	}
	return nil
}

// Subscribe starts a stream of the events from now on.
func (c *Client) Subscribe() *Subscription { return c.hub.subscribe() }

// Attend tells that somebody looks at a front end, until the function it
// returns is called: polling is quicker meanwhile.
func (c *Client) Attend() (leave func()) {
	c.watched.Add(1)
	c.PollSoon()
	return sync.OnceFunc(func() { c.watched.Add(-1) })
}

// PollSoon has the swarms of the account and of its groups asked at once.
func (c *Client) PollSoon() {
	wake(c.pollNow)
	c.groups.allDue()
	wake(c.visitNow)
}

// wake leaves a request in a channel that holds one; a second one is the same.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Network is what the client knows of the network: its paths and their hops.
func (c *Client) Network() network.Status { return c.net.Status() }

// Net is the network client itself, for what shows or asks the network.
func (c *Client) Net() *network.Client { return c.net }

func (c *Client) networkChanged(s network.Status) {
	c.hub.emit(NetworkChanged{s})
	if was := c.ready; !was && s.State == network.Ready {
		c.hurry.Store(true)
		wake(c.sendNow)
		c.PollSoon()
	}
	c.ready = s.State == network.Ready
}
