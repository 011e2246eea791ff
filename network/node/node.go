// Package node is one service node: it keeps messages for the accounts of its
// swarm and relays onion requests. Any client of the Session Network can use
// it at the HTTPS interface: /storage_rpc/v1 and /onion_req/v2.
//
// It shares no code with the client side of this program: what both must agree
// on is checked against vectors on both sides. It does not know who owns the
// messages, nor what is in them. Nodes know each other from a registry and talk
// over links (package link); clients are never trusted.
//
// Goroutines of a Node, all ended by Close: the HTTPS server's, one that removes
// expired messages, one that keeps up with the swarm, one for each peer that
// could not be told something, and those of its links and its database.
//
// Wire reference: session-foundation/session-storage-server: oxenss/rpc/request_handler.cpp,
// oxenss/server/https.cpp, oxenss/snode.
package node

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha512"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"filippo.io/edwards25519"

	"seance/network/node/link"
	"seance/network/node/mailbox"
	"seance/network/node/oxend"
	"seance/network/node/peel"
	"seance/network/node/registry"
	"seance/network/node/rpc"
)

// Version is the version of the storage server whose interface this is.
func Version() [3]int { return [3]int{2, 11, 0} }

// Options is what a node is made of. Dir, Key, Certificate, Listener and
// Registry must be given.
type Options struct {
	Dir         string // for the database; exists
	Key         ed25519.PrivateKey
	Certificate tls.Certificate // for clients, who do not check it
	Listener    net.Listener    // closed by Close
	Registry    *registry.Registry

	Dial  link.Dial             // nil: a net.Dialer
	Rand  io.Reader             // nil: crypto/rand
	Log   *slog.Logger          // nil: discards
	Names map[string]oxend.Name // answers of ons_resolve

	// Rate is how many storage requests a second one address may make, Burst
	// how many at once; nodes of the Session Network have 300 and 600. A Rate
	// of 0 is no limit.
	Rate, Burst int
	// Patient makes the node wait for one that cannot be reached as long as for
	// one that does not answer, as storage servers up to 2.8.0 do: five seconds
	// for a member of its swarm, thirty to pass an onion request on, which then
	// gets 504 and not 502. The default is to tell at once, as newer ones do.
	Patient bool
	// SyncEvery is how often the node compares itself with its swarm even
	// though nobody told it that it missed something; 0 is an hour.
	SyncEvery time.Duration
}

// X25519 derives the secret key for onion requests from a node's Ed25519 key.
func X25519(key ed25519.PrivateKey) []byte {
	h := sha512.Sum512(key.Seed())
	h[0] &= 248
	h[31] = h[31]&127 | 64
	return h[:32]
}

// Node is a running node.
type Node struct {
	o       Options
	key     registry.Key
	onions  *peel.Key
	box     *mailbox.DB
	peers   *link.Pool
	daemon  *oxend.Daemon
	log     *slog.Logger
	limit   *limiter // nil without a limit
	server  *http.Server
	targets *http.Client // for onion requests to servers
	slots   chan struct{}

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	done   sync.WaitGroup
	ready  atomic.Bool   // the first comparison with the swarm is over
	synced chan struct{} // closed when ready becomes true
	wake   chan struct{} // tells keepUp that a peer has news

	mu     sync.Mutex            // guards behind
	behind map[registry.Key]bool // peers that must be told that they missed something
}

// Start makes a node and serves on its listener. It returns before the node has
// caught up with its swarm, see Synced. On error the listener is closed.
func Start(o Options) (*Node, error) {
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.SyncEvery == 0 {
		o.SyncEvery = time.Hour
	}
	n := &Node{
		o: o, key: registry.Key(o.Key.Public().(ed25519.PublicKey)), log: o.Log,
		daemon: &oxend.Daemon{Nodes: o.Registry, Names: o.Names},
		slots:  make(chan struct{}, maxRequests),
		synced: make(chan struct{}), wake: make(chan struct{}, 1), behind: map[registry.Key]bool{},
	}
	if o.Rate > 0 {
		n.limit = newLimiter(o.Rate, o.Burst)
	}
	if err := n.open(); err != nil {
		o.Listener.Close()
		return nil, err
	}
	n.serve()
	n.spawn("expiry", n.expire)
	n.spawn("swarm", n.keepUp)
	return n, nil
}

func (n *Node) open() (err error) {
	if n.onions, err = peel.NewKey(X25519(n.o.Key)); err != nil {
		return err
	}
	id, err := link.NewIdentity(n.o.Key)
	if err != nil {
		return err
	}
	if n.box, err = mailbox.Open(n.o.Dir); err != nil {
		return err
	}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	n.peers = link.NewPool(id, n.o.Dial, n.log)
	n.targets = newTargets(n.o.Dial)
	n.server = n.newServer(id)
	return nil
}

// spawn runs f in a goroutine of the node. Should f panic it is told and run again.
func (n *Node) spawn(what string, f func(context.Context)) {
	n.done.Add(1)
	go func() {
		defer n.done.Done()
		for n.ctx.Err() == nil && !n.guarded(what, f) {
			n.pause(time.Second)
		}
	}()
}

func (n *Node) guarded(what string, f func(context.Context)) (done bool) {
	defer func() {
		if p := recover(); p != nil {
			n.log.Error("internal error", "in", what, "panic", p)
		}
	}()
	f(n.ctx)
	return true
}

// pause waits, and reports false when the node ended meanwhile.
func (n *Node) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-n.ctx.Done():
		return false
	}
}

// Synced is closed when the node has caught up with the members of its swarm
// that it could reach. Before that it answers clients with 503.
func (n *Node) Synced() <-chan struct{} { return n.synced }

// Close ends the node at once: requests under way are cut off.
func (n *Node) Close() error {
	n.mu.Lock()
	n.cancel()
	n.mu.Unlock()
	err := n.server.Close()
	n.peers.Close()
	n.targets.CloseIdleConnections()
	n.done.Wait()
	return errors.Join(err, n.box.Close())
}

// expire removes messages when their time has come. Reading leaves expired
// messages out anyway, so this need not be exact.
func (n *Node) expire(ctx context.Context) {
	for {
		now := time.Now()
		next, err := n.box.RemoveExpired(now.UnixMilli())
		if err != nil {
			n.log.Error("cannot remove expired messages", "err", err)
		}
		wait := time.Hour
		if next > 0 {
			wait = min(wait, max(time.Minute, time.UnixMilli(next).Sub(now)))
		}
		if !n.pause(wait) {
			return
		}
	}
}

// convertsTo reports whether an Ed25519 key is that of an account's X25519 key.
func convertsTo(ed *[32]byte, x []byte) bool {
	p, err := new(edwards25519.Point).SetBytes(ed[:])
	return err == nil && string(p.BytesMontgomery()) == string(x)
}

// verify checks who asks. evenRevoked lets revoked subaccounts through.
func (n *Node) verify(a *rpc.Auth, need rpc.Access, evenRevoked bool, signed []byte) bool {
	key := a.Owner[1:]
	if a.Ed25519 != nil {
		if !convertsTo(a.Ed25519, key) {
			return false
		}
		key = a.Ed25519[:]
	}
	if s := a.Subaccount; s != nil {
		if !evenRevoked {
			revoked, err := n.box.Revoked(a.Owner, s.Token[:])
			if err != nil || revoked {
				return false
			}
		}
		have := rpc.Access(s.Token[1])
		if (s.Token[0] != a.Owner[0] && have&rpc.AnyPrefix == 0) || have&need != need || !ed25519.Verify(key, s.Token[:], s.Signature[:]) {
			return false
		}
		key = s.Token[4:]
	}
	return ed25519.Verify(key, signed, a.Signature[:])
}

// sign makes the signature that goes with a node's answer.
func (n *Node) sign(parts ...any) []byte { return ed25519.Sign(n.o.Key, rpc.Join(parts...)) }

func (n *Node) view() *registry.View { return n.o.Registry.View() }
