package network

import (
	"context"
	crand "crypto/rand"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"seance/messaging/id"
	"seance/network/netfile"
	"seance/network/snode"
)

// ErrOffline is returned, wrapped, when no seed answers and no path can be
// built: the network cannot be reached at present.
var ErrOffline = errors.New("the network cannot be reached")

// ErrNoAnswer is returned, wrapped with the last failure, when every attempt
// at a request failed although there were paths.
var ErrNoAnswer = errors.New("no service node answered")

// ErrNoServer is returned, wrapped with the last failure, when the network
// works but the server behind it does not.
var ErrNoServer = errors.New("the server could not be reached")

// Options say which network to use and through what.
type Options struct {
	File netfile.File
	Dir  string                                                               // keeps nodes.json; "" keeps nothing
	Dial func(ctx context.Context, network, address string) (net.Conn, error) // nil: a net.Dialer
	Rand io.Reader                                                            // nil: crypto/rand
	Log  *slog.Logger                                                         // nil: discards
}

// Client is a client of one network. Its methods may be called from any
// goroutine, before, during and after Run.
type Client struct {
	file  netfile.File
	cache string // path of nodes.json, or ""
	log   *slog.Logger
	dial  func(ctx context.Context, network, address string) (net.Conn, error)
	rand  *entropy
	guard *http.Transport // to guards

	mu       sync.Mutex
	pool     *pool
	slots    [pathCount]slot
	swarms   map[id.Pubkey]swarm
	clock    clock
	list     listState
	health   health
	connects map[string]time.Duration // time to connect, by guard address
	watchers map[*watcher]bool
	stopped  bool // Run has ended

	event  signal // paths, list or health changed
	kick   signal // a request is waiting: try at once
	listed signal // there is a new node list
}

// health is what is known of the reachability of the network.
type health struct {
	answers     int // of seeds and guards: when it grows, there is a network
	offline     bool
	failures    int       // complete rounds in which nothing could be reached
	lastFailure time.Time // of such a round
	lastError   string
}

// signal wakes everyone who waits. It is guarded by Client.mu.
type signal struct{ ch chan struct{} }

func (s *signal) wait() <-chan struct{} {
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

func (s *signal) raise() {
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}

// Open reads the cache; it does no network I/O. A cache that cannot be read is
// as good as none.
func Open(o Options) (*Client, error) {
	if len(o.File.Seeds) == 0 {
		return nil, errors.New("network: no seed")
	}
	c := &Client{
		file:     o.File,
		log:      o.Log,
		dial:     o.Dial,
		pool:     newPool(nil),
		swarms:   map[id.Pubkey]swarm{},
		connects: map[string]time.Duration{},
		watchers: map[*watcher]bool{},
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.dial == nil {
		c.dial = new(net.Dialer).DialContext
	}
	if o.Rand == nil {
		o.Rand = crand.Reader
	}
	c.rand = &entropy{from: o.Rand}
	c.guard = c.guardTransport()
	if o.Dir != "" {
		c.cache = filepath.Join(o.Dir, "nodes.json")
		c.loadCache()
	}
	return c, nil
}

func (c *Client) loadCache() {
	cache, err := snode.LoadCache(c.cache)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			c.log.Warn("node list on disk is not used", "error", err)
		}
		return
	}
	if cache.Network != c.file.Name {
		return
	}
	c.pool = newPool(cache.Nodes)
	c.list.refreshed = cache.Refreshed
	c.clock.offset = cache.Offset
	for k, until := range cache.Struck {
		c.pool.remember(k, until, time.Now())
	}
	for i := range c.slots {
		if i < len(cache.Guards) {
			c.slots[i].guard = cache.Guards[i]
		}
	}
}

// Run keeps the node list and the paths until ctx ends, and then writes the
// cache. It returns nil. It must be called once.
func (c *Client) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	c.mu.Lock()
	c.list.started = time.Now()
	c.mu.Unlock()
	wg.Go(func() { c.guarded(ctx, c.keepList) })
	for i := range c.slots {
		wg.Go(func() { c.guarded(ctx, func(ctx context.Context) { c.keepPath(ctx, i) }) })
	}
	wg.Wait()
	c.mu.Lock()
	c.stopped = true
	c.event.raise()
	c.mu.Unlock()
	c.saveCache()
	c.guard.CloseIdleConnections()
	return nil
}

// guarded runs f again after a panic, until it returns: what the network sends
// must not end the program.
func (c *Client) guarded(ctx context.Context, f func(context.Context)) {
	for done := false; !done; {
		func() {
			defer c.recover()
			f(ctx)
			done = true
		}()
		if !done && !sleep(ctx, time.Second) {
			return
		}
	}
}

// recover ends a panic in a goroutine that handles what the network sent. The
// value may quote it and is not logged; the stack does not.
func (c *Client) recover() {
	if v := recover(); v != nil {
		c.log.Error("internal error", "stack", string(debug.Stack()))
	}
}

// Nodes is the node list, in the order in which it was received.
func (c *Client) Nodes() []snode.Node {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pool.all()
}

// sleep waits; it is false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
