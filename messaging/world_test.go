package messaging

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/messaging/preview"
	"seance/network/node/devnet"
	"seance/network/pipenet"
)

// world is a devnet over pipes, in a bubble of its own time.
type world struct {
	*testing.T
	net *pipenet.Net // nil: connections are real
	dev *devnet.Devnet
	// Nodes that connect to these addresses wait for an answer.
	silent sync.Map
	stops  []func() // of all devices that ran
}

// dial is how nodes reach each other.
func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if _, silent := w.silent.Load(address); silent {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return w.net.Dial(ctx, network, address)
}

// slow leaves a test out of short runs: the race detector makes them ten times as
// long, and looks at goroutines that the others have too.
func slow(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("left out of short runs")
	}
}

// inWorld runs a test in a bubble whose clock stands in November 2026.
func inWorld(t *testing.T, f func(w *world)) { inWorldOf(t, devnet.Options{}, f) }

// inWorldOf is inWorld with nodes that have options of their own.
func inWorldOf(t *testing.T, o devnet.Options, f func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)))
		w := &world{T: t, net: pipenet.New()}
		o.Dir, o.Nodes, o.Listen, o.Dial = t.TempDir(), 12, w.net.Listen, w.dial
		dev, err := devnet.Start(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		w.dev = dev
		defer w.end()
		f(w)
	})
}

// end stops the devices that still run, and the nodes.
func (w *world) end() {
	for _, stop := range w.stops {
		stop()
	}
	if err := w.dev.Close(); err != nil {
		w.Error(err)
	}
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// device is a running client of an account.
type device struct {
	*Client
	w    *world
	dir  string
	seed identity.Seed
	stop func() // does nothing once it was stopped
	// unplugged devices reach nobody.
	unplugged atomic.Bool
	writes    atomic.Int64 // to the network
	lag       atomic.Int64 // of what it reads from there, a time.Duration
	reads     atomic.Int64 // bytes from it
	fuse      atomic.Int64 // so many bytes, of either way, and the device is unplugged; 0: it stays
	newFiles  bool         // sends files in the newer form
	previews  *preview.Fetcher
}

func (d *device) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if d.unplugged.Load() {
		return nil, net.ErrClosed
	}
	if d.w.net == nil {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	conn, err := d.w.net.Dial(ctx, network, address)
	return plug{conn, d}, err
}

// plug is a connection of a device: nothing goes through once it is unplugged.
type plug struct {
	net.Conn
	d *device
}

func (p plug) Write(b []byte) (int, error) {
	if p.d.unplugged.Load() {
		return 0, net.ErrClosed
	}
	p.d.writes.Add(1)
	if p.d.burn(len(b)) {
		return 0, net.ErrClosed
	}
	return p.Conn.Write(b)
}

func (p plug) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	time.Sleep(time.Duration(p.d.lag.Load()))
	p.d.reads.Add(int64(n))
	if p.d.burn(n) {
		return 0, net.ErrClosed
	}
	return n, err
}

// burn reports whether so many bytes were what the fuse still let through.
func (d *device) burn(n int) bool {
	left := d.fuse.Load()
	if left <= 0 || n == 0 || d.fuse.Add(-int64(n)) > 0 {
		return false
	}
	d.unplugged.Store(true)
	return true
}

// plugIn connects a device again, with no fuse.
func (d *device) plugIn() {
	d.fuse.Store(0)
	d.unplugged.Store(false)
}

// person makes a new account, and runs it, of somebody whom others know.
func (w *world) person(name string, others ...*device) *device {
	w.Helper()
	d := w.device(mustSeed(w.T, name), name)
	for _, o := range others {
		w.acquaint(o, d)
	}
	return d
}

// acquaint has one write to the other, and the other answer.
func (w *world) acquaint(one, other *device) {
	w.Helper()
	one.say(other, "hello")
	other.receive()
	other.say(one, "hello too")
	one.receive()
}

// two are Alice and Bob, who know each other.
func (w *world) two() (alice, bob *device) {
	w.Helper()
	alice = w.person("Alice")
	return alice, w.person("Bob", alice)
}

func mustSeed(t testing.TB, text string) identity.Seed {
	t.Helper()
	var raw [identity.SeedSize]byte
	copy(raw[:], text)
	seed, err := identity.SeedFromBytes(raw[:])
	if err != nil {
		t.Fatal(err)
	}
	return seed
}

// device makes a new profile for a seed and runs it.
func (w *world) device(seed identity.Seed, name string) *device {
	w.Helper()
	d := w.profile(NewAccount{Seed: seed, Name: name})
	d.run()
	return d
}

// profile makes a profile, which does not run yet.
func (w *world) profile(a NewAccount) *device {
	w.Helper()
	d := &device{w: w, dir: w.TempDir(), seed: a.Seed}
	a.Network = w.dev.NetworkFile()
	var err error
	d.Client, err = Create(w.Context(), d.options(), a)
	w.check(err)
	return d
}

func (d *device) options() Options {
	return Options{Dir: d.dir, Holder: "test", Dial: d.dial, DeterministicFiles: d.newFiles, Previews: d.previews}
}

func (d *device) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	client := d.Client
	go func() { done <- client.Run(ctx) }()
	d.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			d.w.Error("Run:", err)
		}
		if err := client.Close(); err != nil {
			d.w.Error("Close:", err)
		}
	})
	d.w.stops = append(d.w.stops, d.stop)
}

// reopen stops the device, as the end of a process would, and starts it anew.
func (d *device) reopen() {
	d.w.Helper()
	d.stop()
	d.open()
}

func (d *device) open() {
	d.w.Helper()
	c, err := Open(d.w.Context(), d.options())
	d.w.check(err)
	d.Client = c
	d.run()
}

func (d *device) id() id.Account { return d.Self().Account }

func (d *device) with(o *device) id.Conversation { return id.With(o.id()) }

// say writes to somebody and waits until the message is stored.
func (d *device) say(to *device, text string) Message {
	d.w.Helper()
	return d.write(d.with(to), text)
}

// write is say, to any conversation.
func (d *device) write(conv id.Conversation, text string) Message {
	d.w.Helper()
	return d.post(conv, Draft{Text: text})
}

// sent is say, with all that a message may have.
func (d *device) sent(to *device, draft Draft) Message {
	d.w.Helper()
	return d.post(d.with(to), draft)
}

func (d *device) post(conv id.Conversation, draft Draft) Message {
	d.w.Helper()
	m, err := d.Send(d.w.Context(), conv, draft)
	d.w.check(err)
	m, err = d.Wait(d.w.Context(), m.ID())
	if err != nil || m.State != "sent" {
		d.w.Fatalf("%q is %s %s, %v", draft.Text, m.State, m.Failure, err)
	}
	time.Sleep(time.Second) // nobody answers within the same millisecond
	return m
}

// receive polls until nothing is new.
func (d *device) receive() {
	d.w.Helper()
	d.w.check(d.Receive(d.w.Context()))
}

// texts are the conversation with somebody: "> " before what was written here.
func (d *device) texts(with *device) (list []string) {
	d.w.Helper()
	page, err := d.Messages(d.w.Context(), d.with(with), Page{Limit: 1000})
	d.w.check(err)
	for _, m := range page {
		text := m.Text
		if m.Direction == "out" {
			text = "> " + text
		}
		if m.Kind == "info" {
			text = "(" + text + ")"
		}
		list = append(list, text)
	}
	return list
}

func (d *device) conversation(with *device) Conversation {
	d.w.Helper()
	v, err := d.Conversation(d.w.Context(), d.with(with))
	d.w.check(err)
	return v
}

func (w *world) equal(what string, got, want []string) {
	w.Helper()
	if len(got) != len(want) {
		w.Fatalf("%s: %d messages, want %d\ngot  %.200q\nwant %.200q", what, len(got), len(want), fmt.Sprint(got), fmt.Sprint(want))
	}
	for i := range got {
		if got[i] != want[i] {
			w.Fatalf("%s: message %d is %.80q, want %.80q", what, i, got[i], want[i])
		}
	}
}
