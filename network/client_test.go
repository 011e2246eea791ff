package network_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"seance/messaging/id"
	"seance/network"
	"seance/network/node/devnet"
	"seance/network/pipenet"
	"seance/network/snode"
	"seance/network/storage"
)

// world is a devnet over pipes in a bubble with a fake clock, and a client.
type world struct {
	*testing.T
	pipes *pipenet.Net
	dev   *devnet.Devnet
	dir   string // of clients
	down  atomic.Bool
	mu    sync.Mutex
	calls map[string]int // dials of clients, by address
}

func inWorld(t *testing.T, nodes int, f func(w *world)) {
	dirs := [2]string{t.TempDir(), t.TempDir()}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)))
		w := &world{T: t, pipes: pipenet.New(), dir: dirs[0], calls: map[string]int{}}
		var err error
		w.dev, err = devnet.Start(t.Context(), devnet.Options{Dir: dirs[1], Nodes: nodes, Listen: w.pipes.Listen, Dial: w.pipes.Dial})
		if err != nil {
			t.Fatal(err)
		}
		f(w)
		if err := w.dev.Close(); err != nil {
			t.Error(err)
		}
	})
}

// dial is the client's network, which can be unplugged.
func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	w.calls[address]++
	w.mu.Unlock()
	if w.down.Load() {
		return nil, errors.New("network is unreachable")
	}
	conn, err := w.pipes.Dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &plugged{conn, w}, nil
}

// plugged is a connection that hears nothing while the network is unplugged.
type plugged struct {
	net.Conn
	w *world
}

func (p *plugged) Write(b []byte) (int, error) {
	if p.w.down.Load() {
		return len(b), nil
	}
	return p.Conn.Write(b)
}

// client runs a client until stop is called.
func (w *world) client(o network.Options) (c *network.Client, stop func()) {
	w.Helper()
	o.File = w.dev.NetworkFile()
	if o.Dial == nil {
		o.Dial = w.dial
	}
	c, err := network.Open(o)
	if err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.Context())
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()
	return c, func() {
		cancel()
		if err := <-done; err != nil {
			w.Errorf("Run: %v", err)
		}
	}
}

func newAuth() storage.Auth {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	x, err := snode.Key(public).X25519()
	if err != nil {
		panic(err)
	}
	return storage.Auth{
		Owner:   id.AccountFromX25519(x).Pubkey(),
		Ed25519: [32]byte(public),
		Sign:    func(text []byte) []byte { return ed25519.Sign(private, text) },
	}
}

func send(ctx context.Context, c *network.Client, a storage.Auth, text string) (network.BatchReply, storage.StoreReply, error) {
	stamp := c.Now() // one for all attempts, as an outbox does
	reply, err := c.Batch(ctx, a.Owner, network.BatchOptions{}, func(snode.Node, time.Time) ([]storage.Request, error) {
		return []storage.Request{storage.Store(a.Owner, storage.Message{Timestamp: stamp, TTL: storage.MaxTTL, Data: []byte(text)})}, nil
	})
	if err != nil {
		return reply, storage.StoreReply{}, err
	}
	stored, err := reply.Results[0].Store()
	return reply, stored, err
}

func fetch(ctx context.Context, c *network.Client, a storage.Auth, o network.BatchOptions) (network.BatchReply, []string, error) {
	reply, err := c.Batch(ctx, a.Owner, o, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
		return []storage.Request{a.Retrieve(0, "", -1, now)}, nil
	})
	if err != nil {
		return reply, nil, err
	}
	got, err := reply.Results[0].Retrieve()
	var texts []string
	for _, m := range got.Messages {
		texts = append(texts, string(m.Data))
	}
	return reply, texts, err
}

// exchange stores and fetches a message and fails the test if that fails.
func (w *world) exchange(c *network.Client, text string) {
	w.Helper()
	a := newAuth()
	if _, stored, err := send(w.Context(), c, a, text); err != nil {
		w.Fatalf("send %q: %v", text, err)
	} else if want := storage.MessageHash(a.Owner, 0, []byte(text)); stored.Hash != want {
		w.Fatalf("hash %s, want %s", stored.Hash, want)
	}
	if _, texts, err := fetch(w.Context(), c, a, network.BatchOptions{}); err != nil || !slices.Equal(texts, []string{text}) {
		w.Fatalf("fetched %q, %v", texts, err)
	}
}

func TestMessageThroughThreeHops(t *testing.T) {
	for _, nodes := range []int{6, 12, 24} {
		t.Run(fmt.Sprint(nodes), func(t *testing.T) {
			inWorld(t, nodes, func(w *world) {
				c, stop := w.client(network.Options{})
				defer stop()
				began := time.Now()
				w.exchange(c, "hello")
				if took := time.Since(began); took > time.Second {
					t.Errorf("the first exchange took %v", took)
				}
				for i := range 30 {
					w.exchange(c, fmt.Sprint("message ", i))
				}
				s := c.Status()
				if s.State != network.Ready || s.Nodes != nodes || len(s.Paths) != 2 || s.LastError != "" {
					t.Errorf("status %+v", s)
				}
				for _, p := range s.Paths {
					if len(p.Hops) != 3 || p.Hops[0].Role != network.Guard || p.Hops[2].Role != network.Exit || p.Strikes != 0 {
						t.Errorf("path %+v", p)
					}
					for _, q := range s.Paths {
						if p.Hops[0].Key != q.Hops[0].Key && p.Hops[1].Key == q.Hops[1].Key {
							t.Errorf("a node is in two paths of a list of %d", nodes)
						}
					}
				}
			})
		})
	}
}

// Nothing but the seed and the guards is ever connected to.
func TestOnlyGuardsAndSeedsAreDialled(t *testing.T) {
	inWorld(t, 12, func(w *world) {
		c, stop := w.client(network.Options{Dir: w.dir})
		for i := range 40 {
			w.exchange(c, fmt.Sprint(i))
			time.Sleep(3 * time.Minute) // through rotations and refreshes
		}
		guards := map[string]bool{}
		for _, p := range c.Status().Paths {
			guards[net.JoinHostPort(p.Hops[0].IP.String(), fmt.Sprint(p.Hops[0].Port))] = true
		}
		stop()
		seeds := 0
		for address := range w.calls {
			if guards[address] {
				continue
			}
			for _, n := range w.dev.Nodes() {
				if n.Address == address {
					t.Errorf("node %s was dialled, which is no guard", address)
				}
			}
			seeds++
		}
		if seeds != 1 || len(guards) != 2 {
			t.Errorf("dialled: %v", w.calls)
		}
	})
}

func TestPathsRotateAndGuardsStay(t *testing.T) {
	inWorld(t, 24, func(w *world) {
		c, stop := w.client(network.Options{Dir: w.dir})
		w.exchange(c, "first")
		synctest.Wait()
		guards := map[snode.Key]bool{}
		behind := map[snode.Key]bool{}
		look := func() {
			for _, p := range c.Status().Paths {
				guards[p.Hops[0].Key] = true
				behind[p.Hops[1].Key] = true
				behind[p.Hops[2].Key] = true
			}
		}
		look()
		for range 10 {
			time.Sleep(11 * time.Minute)
			synctest.Wait()
			look()
			w.exchange(c, "again")
		}
		if len(guards) != 2 {
			t.Errorf("%d guards were used", len(guards))
		}
		if len(behind) < 10 {
			t.Errorf("only %d nodes stood behind the guards", len(behind))
		}
		stop()
		// The next run has the same guards, and needs no seed.
		info, err := os.Stat(filepath.Join(w.dir, "nodes.json"))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("nodes.json: %v %v", info.Mode(), err)
		}
		clear(w.calls)
		c, stop = w.client(network.Options{Dir: w.dir})
		w.exchange(c, "second run")
		synctest.Wait()
		look()
		stop()
		if len(guards) != 2 {
			t.Errorf("another run used other guards")
		}
		if n := w.calls[seedAddress(w)]; n != 0 {
			t.Errorf("the seed was asked %d times", n)
		}
	})
}

func seedAddress(w *world) string {
	for address := range w.calls {
		if !slices.ContainsFunc(w.dev.Nodes(), func(n devnet.Info) bool { return n.Address == address }) {
			return address
		}
	}
	return ""
}

// A machine without network must not take that for the fault of all nodes.
func TestBatchBounds(t *testing.T) {
	inWorld(t, 6, func(w *world) {
		c, stop := w.client(network.Options{})
		defer stop()
		a := newAuth()
		refused := errors.New("locked")
		if _, err := c.Batch(w.Context(), a.Owner, network.BatchOptions{}, func(snode.Node, time.Time) ([]storage.Request, error) {
			return nil, refused
		}); !errors.Is(err, refused) {
			t.Errorf("err = %v", err)
		}
		if _, err := c.Batch(w.Context(), a.Owner, network.BatchOptions{}, func(snode.Node, time.Time) ([]storage.Request, error) {
			return make([]storage.Request, 21), nil
		}); err == nil {
			t.Error("21 requests were accepted")
		}
	})
}

func TestResultsAndRefusals(t *testing.T) {
	inWorld(t, 12, func(w *world) {
		c, stop := w.client(network.Options{})
		defer stop()
		a, other := newAuth(), newAuth()
		other.Owner = a.Owner // signs for what is not its own
		for _, sequence := range []bool{false, true} {
			reply, err := c.Batch(w.Context(), a.Owner, network.BatchOptions{Sequence: sequence}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
				return []storage.Request{
					a.Store(storage.Message{Namespace: 2, Timestamp: now, TTL: time.Hour, Data: []byte("config")}, now),
					other.Retrieve(0, "", -1, now),
					a.Retrieve(2, "", -1, now),
				}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := reply.Results[0].Store(); err != nil {
				t.Error(err)
			}
			if err := reply.Results[1].Err(); !errors.Is(err, storage.ErrUnauthorized) {
				t.Errorf("err = %v", err)
			}
			if want := map[bool]int{false: 3, true: 2}[sequence]; len(reply.Results) != want {
				t.Errorf("%d results, sequence %v", len(reply.Results), sequence)
			}
		}
		members, err := c.Swarm(w.Context(), a.Owner)
		if err != nil || len(members) != 4 {
			t.Fatalf("%d members, %v", len(members), err)
		}
		// Avoided members are not asked while there are others.
		for i := range members {
			var avoid []snode.Key
			for j, m := range members {
				if j != i {
					avoid = append(avoid, m.Ed25519)
				}
			}
			reply, _, err := fetch(w.Context(), c, a, network.BatchOptions{Avoid: avoid})
			if err != nil || reply.Member != members[i] {
				t.Errorf("asked %v, %v", reply.Member, err)
			}
		}
	})
}

func TestStorageCallsAgainstNodes(t *testing.T) {
	inWorld(t, 12, func(w *world) {
		c, stop := w.client(network.Options{})
		defer stop()
		a := newAuth()
		call := func(build func(now time.Time) storage.Request) storage.Result {
			t.Helper()
			reply, err := c.Batch(w.Context(), a.Owner, network.BatchOptions{}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
				return []storage.Request{build(now)}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := reply.Results[0].Err(); err != nil {
				t.Fatalf("%v", err)
			}
			return reply.Results[0]
		}
		var hashes []id.Hash
		for i := range 3 {
			stored, err := call(func(now time.Time) storage.Request {
				return a.Store(storage.Message{Namespace: 5, Timestamp: now, TTL: time.Hour, Data: []byte{byte(i)}}, now)
			}).Store()
			if err != nil || stored.Stored != 4 || stored.Failed != 0 {
				t.Fatalf("%+v, %v", stored, err)
			}
			hashes = append(hashes, stored.Hash)
		}
		times, err := call(func(now time.Time) storage.Request { return a.GetExpiries(hashes, now) }).Expiries()
		if err != nil || len(times) != 3 {
			t.Fatalf("%v, %v", times, err)
		}
		later := time.Now().Add(48 * time.Hour)
		times, err = call(func(time.Time) storage.Request { return a.Expire(hashes[:2], later, storage.Extend) }).Expiries()
		if err != nil || times[hashes[0]].UnixMilli() != later.UnixMilli() {
			t.Errorf("extended: %v, %v", times, err)
		}
		times, err = call(func(now time.Time) storage.Request {
			return a.Expire(hashes[:2], later.Add(time.Hour), storage.Shorten)
		}).Expiries()
		if err != nil || times[hashes[0]].UnixMilli() != later.UnixMilli() {
			t.Errorf("not shortened: %v, %v", times, err)
		}
		call(func(now time.Time) storage.Request { return a.ExpireAll(5, now.Add(30*time.Minute)) })
		times, err = call(func(now time.Time) storage.Request { return a.GetExpiries(hashes, now) }).Expiries()
		if err != nil || times[hashes[1]].After(time.Now().Add(31*time.Minute)) {
			t.Errorf("after expire_all: %v, %v", times, err)
		}
		gone, _, err := call(func(time.Time) storage.Request { return a.Delete(hashes[:1], true) }).Deleted()
		if err != nil || !slices.Equal(gone, hashes[:1]) {
			t.Errorf("deleted %v, %v", gone, err)
		}
		got, err := call(func(now time.Time) storage.Request { return a.Retrieve(5, hashes[1], 0, now) }).Retrieve()
		if err != nil || len(got.Messages) != 1 || got.Messages[0].Hash != hashes[2] || got.Time.IsZero() {
			t.Errorf("behind the cursor: %+v, %v", got, err)
		}
		gone, _, err = call(func(now time.Time) storage.Request { return a.DeleteBefore(5, now.Add(-time.Hour)) }).Deleted()
		if err != nil || len(gone) != 0 {
			t.Errorf("deleted before: %v, %v", gone, err)
		}
		gone, _, err = call(func(now time.Time) storage.Request { return a.DeleteAll(5, now) }).Deleted()
		if err != nil || len(gone) != 2 {
			t.Errorf("deleted all: %v, %v", gone, err)
		}
		call(func(now time.Time) storage.Request {
			return a.Store(storage.Message{Timestamp: now, TTL: time.Hour, Data: []byte("x")}, now)
		})
		gone, _, err = call(func(now time.Time) storage.Request { return a.DeleteEverything(now) }).Deleted()
		if err != nil || len(gone) != 1 {
			t.Errorf("deleted everything: %v, %v", gone, err)
		}
	})
}

func TestOxend(t *testing.T) {
	inWorld(t, 12, func(w *world) {
		c, stop := w.client(network.Options{})
		defer stop()
		answers, err := c.Oxend(w.Context(), 3, "get_service_nodes", map[string]any{"active_only": true, "fields": snode.Fields()})
		if err != nil || len(answers) != 3 {
			t.Fatal(len(answers), err)
		}
		for _, a := range answers {
			if nodes, err := snode.ParseStates(a); err != nil || len(nodes) != 12 {
				t.Errorf("%d nodes, %v", len(nodes), err)
			}
		}
		if _, err := c.Oxend(w.Context(), 13, "get_service_nodes", nil); !errors.Is(err, network.ErrNoAnswer) {
			t.Errorf("13 of 12 nodes answered: %v", err)
		}
	})
}

func TestWatch(t *testing.T) {
	inWorld(t, 6, func(w *world) {
		var mu sync.Mutex
		states := map[network.State]int{}
		c, err := network.Open(network.Options{File: w.dev.NetworkFile(), Dial: w.dial})
		if err != nil {
			t.Fatal(err)
		}
		unwatch := c.Watch(func(s network.Status) {
			mu.Lock()
			defer mu.Unlock()
			states[s.State]++
		})
		synctest.Wait()
		ctx, cancel := context.WithCancel(w.Context())
		done := make(chan error)
		go func() { done <- c.Run(ctx) }()
		w.exchange(c, "x")
		synctest.Wait()
		unwatch()
		unwatch()
		mu.Lock()
		if states[network.Connecting] == 0 || states[network.Ready] == 0 {
			t.Errorf("told %v", states)
		}
		clear(states)
		mu.Unlock()
		w.exchange(c, "y")
		cancel()
		<-done
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if len(states) != 0 {
			t.Errorf("told %v after the end", states)
		}
	})
}

// A network that swallows everything is told within a bearable time.
// Days pass: the list is refreshed by nodes, the seed is not asked again.
