// Package devnet runs a whole private onion network in one process: service
// nodes in swarms of about four with real TLS between them, a seed that lists
// them, and a file server. It is for trying the program out, for tests, and for people who
// want to own the nodes.
//
// Everything is kept in a directory (keys, ports, swarms, certificates,
// messages), so that a network can be stopped and started again: devnet.json
// is the list of nodes, node-NN/, seed/ and files/ hold one server each,
// network.toml is for clients. The package knows nothing of clients. It starts
// no goroutines besides those of the nodes, of the seed's server and of the
// file server, all ended by Close.
package devnet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"seance/network/netfile"
	"seance/network/node"
	"seance/network/node/fileserver"
	"seance/network/node/link"
	"seance/network/node/oxend"
	"seance/network/node/registry"
)

// MinNodes is how many nodes a network has at least: three for a path, and
// swarms of more than one.
const MinNodes = 6

// DefaultNodes is how many nodes a new network gets when nothing else is asked for.
const DefaultNodes = 12

// swarmSize is how many nodes a swarm has where the number of nodes allows it.
const swarmSize = 4

// host is where everything listens.
const host = "127.0.0.1"

// Options says what network to run. Only Dir must be given.
type Options struct {
	Dir    string // made when it does not exist
	Nodes  int    // of a network that does not exist yet; 0 is DefaultNodes
	Listen func(address string) (net.Listener, error)
	Dial   link.Dial // both nil: TCP
	Log    *slog.Logger
	Names  map[string]oxend.Name // registered Session names
	// Rate and Burst limit storage requests as node.Options says. Since all
	// clients have the same address here, the default is no limit.
	Rate, Burst int
	SyncEvery   time.Duration // see node.Options
	// Patient makes nodes wait for stopped ones as storage servers up to 2.8.0
	// do, see node.Options. Clients meet both kinds.
	Patient bool
	// NumericFileIDs, UntoldExpiry and Releases are what fileserver.Options has for
	// them.
	NumericFileIDs, UntoldExpiry bool

	Releases map[string]string
}

// ErrNodes is returned, wrapped, for a number of nodes that cannot be.
var ErrNodes = errors.New("wrong number of nodes")

// Devnet is a running network.
type Devnet struct {
	o        Options
	registry *registry.Registry
	seed     *seed

	files      *fileserver.Server
	fileServer netfile.FileServer // what clients must know of it

	mu    sync.Mutex // guards the fields below; held while nodes start and stop
	state state
	nodes []*node.Node // nil where one is stopped
}

// Start runs the network of a directory, which it makes if there is none. It
// returns when all nodes serve, or when ctx ends.
func Start(ctx context.Context, o Options) (*Devnet, error) {
	if o.Listen == nil {
		o.Listen = func(address string) (net.Listener, error) { return net.Listen("tcp", address) }
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	st, err := loadState(o.Dir, o.Nodes)
	if err != nil {
		return nil, err
	}
	d := &Devnet{o: o, state: *st, registry: registry.New(), nodes: make([]*node.Node, len(st.Nodes))}
	if err := d.start(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *Devnet) start(ctx context.Context) (err error) {
	if d.seed, err = startSeed(d); err != nil {
		return err
	}
	if err := d.startFiles(); err != nil {
		return err
	}
	all := make([]int, len(d.nodes))
	for i := range all {
		all[i] = i
	}
	if err := d.run(ctx, all); err != nil {
		return err
	}
	if err := d.state.save(d.o.Dir); err != nil {
		return err
	}
	return d.writeNetworkFile()
}

// run starts nodes and waits until they serve. Their ports are listened on
// before the first of them starts, so that none finds its peers missing.
func (d *Devnet) run(ctx context.Context, which []int) error {
	listeners := make([]net.Listener, 0, len(which))
	fail := func(err error) error {
		for _, l := range listeners {
			l.Close()
		}
		return err
	}
	for _, i := range which {
		s := &d.state.Nodes[i]
		l, err := d.listen(s.Port, fmt.Sprintf("node %d", i))
		if err != nil {
			return fail(err)
		}
		s.Port = l.Addr().(*net.TCPAddr).Port
		listeners = append(listeners, l)
	}
	d.registry.Set(d.state.registry())
	errs := make([]error, len(which))
	var starting sync.WaitGroup
	for j, i := range which {
		starting.Go(func() { d.nodes[i], errs[j] = d.runNode(ctx, i, listeners[j]) })
	}
	starting.Wait()
	return errors.Join(errs...)
}

func (d *Devnet) runNode(ctx context.Context, i int, l net.Listener) (*node.Node, error) {
	dir, s := d.nodeDir(i), d.state.Nodes[i]
	certificate, err := loadCertificate(dir, fmt.Sprintf("service node %d", i))
	if err != nil {
		l.Close()
		return nil, err
	}
	n, err := node.Start(node.Options{
		Dir: dir, Key: s.key, Certificate: certificate.tls, Listener: l, Registry: d.registry,
		Dial: d.o.Dial, Log: d.o.Log.With("node", i), Names: d.o.Names,
		Rate: d.o.Rate, Burst: d.o.Burst, SyncEvery: d.o.SyncEvery, Patient: d.o.Patient,
	})
	if err != nil {
		return nil, fmt.Errorf("start node %d: %w", i, err)
	}
	select {
	case <-n.Synced():
		return n, nil
	case <-ctx.Done():
		return n, ctx.Err()
	}
}

func (d *Devnet) nodeDir(i int) string { return filepath.Join(d.o.Dir, nodeName(i)) }

func nodeName(i int) string { return fmt.Sprintf("node-%02d", i) }

// New ports are drawn from below those that systems give to outgoing connections
// (Linux: from 32768), which would often be taken when the network starts again.
const firstPort, lastPort = 10240, 32767

// listen opens a port that was kept, or a new one (0).
func (d *Devnet) listen(port int, who string) (net.Listener, error) {
	if port != 0 {
		l, err := d.o.Listen(net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			return nil, fmt.Errorf("port %d, which %s has kept, cannot be used (is this network running already?): %w", port, who, err)
		}
		return l, nil
	}
	for range 100 {
		l, err := d.o.Listen(net.JoinHostPort(host, strconv.Itoa(firstPort+rand.IntN(lastPort-firstPort))))
		if err == nil {
			return l, nil
		}
	}
	l, err := d.o.Listen(net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, fmt.Errorf("no port for %s: %w", who, err)
	}
	return l, nil
}

// Info describes a node.
type Info struct {
	Index   int
	Key     registry.Key
	Address string // IP:PORT
	Swarm   uint64
	Running bool
}

// Nodes lists the nodes by index.
func (d *Devnet) Nodes() []Info {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]Info, len(d.nodes))
	for i, n := range d.state.registry() {
		list[i] = Info{i, n.Ed25519, net.JoinHostPort(n.IP, strconv.Itoa(int(n.Port))), n.Swarm, d.nodes[i] != nil}
	}
	return list
}

// ErrNode is returned, wrapped, when there is no such node, or when it is
// running or stopped already.
var ErrNode = errors.New("cannot do that to this node")

func (d *Devnet) check(i int, running bool) error {
	switch {
	case i < 0 || i >= len(d.nodes):
		return fmt.Errorf("%w: there is no node %d", ErrNode, i)
	case running && d.nodes[i] == nil:
		return fmt.Errorf("%w: node %d is stopped already", ErrNode, i)
	case !running && d.nodes[i] != nil:
		return fmt.Errorf("%w: node %d is running already", ErrNode, i)
	}
	return nil
}

// Stop ends a node as a crash would: it stays in the list, and connections to
// it are refused.
func (d *Devnet) Stop(i int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.check(i, true); err != nil {
		return err
	}
	err := d.nodes[i].Close()
	d.nodes[i] = nil
	return err
}

// Start runs a node that was stopped. It returns when the node has caught up
// with its swarm and serves.
func (d *Devnet) Start(i int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.check(i, false); err != nil {
		return err
	}
	return d.run(context.Background(), []int{i})
}

// Add makes a new node in the smallest swarm and returns its index.
func (d *Devnet) Add() (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, err := newNode(d.o.Dir, len(d.nodes), d.state.smallestSwarm())
	if err != nil {
		return 0, err
	}
	d.state.Nodes, d.nodes = append(d.state.Nodes, s), append(d.nodes, nil)
	i := len(d.nodes) - 1
	if err := d.run(context.Background(), []int{i}); err != nil {
		d.state.Nodes, d.nodes = d.state.Nodes[:i], d.nodes[:i]
		d.registry.Set(d.state.registry())
		return 0, err
	}
	return i, d.state.save(d.o.Dir)
}

// SeedURL is where the list of nodes is asked for.
func (d *Devnet) SeedURL() string { return d.seed.url }

// NetworkFile describes the network for clients.
func (d *Devnet) NetworkFile() netfile.File {
	return netfile.File{
		Name: "devnet", Seeds: []netfile.Seed{{URL: d.seed.url, Certificate: d.seed.pem}}, FileServer: d.fileServer,
	}
}

// Path is where the network file is.
func (d *Devnet) Path() string { return filepath.Join(d.o.Dir, "network.toml") }

// Close ends all nodes, the file server and the seed.
func (d *Devnet) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	errs := make([]error, len(d.nodes)+2)
	var closing sync.WaitGroup
	for i, n := range d.nodes {
		if n != nil {
			closing.Go(func() { errs[i] = n.Close() })
		}
		d.nodes[i] = nil
	}
	if d.seed != nil {
		errs[len(d.nodes)] = d.seed.close()
	}
	if d.files != nil {
		errs[len(d.nodes)+1] = d.files.Close()
	}
	closing.Wait()
	return errors.Join(errs...)
}

// SeedHandler answers what the seed answers, at /json_rpc, for those who serve
// it in another way as well, for example without TLS.
func (d *Devnet) SeedHandler() http.Handler {
	return &oxend.Daemon{Nodes: d.registry, Names: d.o.Names}
}
