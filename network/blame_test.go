package network

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"seance/messaging/id"
	"seance/network/netfile"
	"seance/network/onion"
	"seance/network/snode"
	"seance/network/storage"
)

// testNodes are n nodes, each in its own /24 unless subnets is smaller than n.
func testNodes(n, subnets int) []snode.Node {
	nodes := make([]snode.Node, n)
	for i := range nodes {
		nodes[i] = snode.Node{
			IP:    netip.AddrFrom4([4]byte{10, 0, byte(i % subnets), byte(i)}),
			Port:  22021,
			Swarm: uint64(i%3) << 60,
		}
		nodes[i].Ed25519[0], nodes[i].X25519[0] = byte(i+1), byte(i+1)
	}
	return nodes
}

// quiet is a client that never runs, with both paths in use.
func quiet(t *testing.T, nodes []snode.Node) *Client {
	t.Helper()
	c, err := Open(Options{
		File: netfile.File{Name: "test", Seeds: []netfile.Seed{{URL: "http://127.0.0.1:1"}}},
		Rand: rand.NewChaCha8([32]byte{1}),
	})
	if err != nil {
		t.Fatal(err)
	}
	c.pool = newPool(nodes)
	for i := range c.slots {
		p := &path{since: time.Now()}
		copy(p.hops[:], nodes[i*hopCount:])
		c.slots[i] = slot{path: p, guard: p.hops[0].Ed25519}
	}
	return c
}

func fault(status int, text string, k snode.Key) error {
	return onion.Classify(status, []byte(text+k.String()), false)
}

func TestBlame(t *testing.T) {
	nodes := testNodes(12, 12)
	guard, middle, other, destination := nodes[0].Ed25519, nodes[1].Ed25519, nodes[3].Ed25519, nodes[9].Ed25519
	stranger := nodes[10].Ed25519
	for name, tt := range map[string]struct {
		err      error
		evidence bool
		strikes  int // of the path
		down     bool
		struck   []snode.Key
		banned   []snode.Key
		dropped  []snode.Key
	}{
		"no link":                    {err: &linkError{io.EOF}, down: true},
		"no link, others work":       {err: &linkError{io.EOF}, evidence: true, down: true},
		"timeout, others work":       {err: errTimeout, evidence: true, strikes: 1, struck: []snode.Key{destination}},
		"timeout, nothing works":     {err: errTimeout, strikes: 1, down: true},
		"middle not found":           {err: fault(502, "Next node not found: ", middle), down: true, dropped: []snode.Key{middle}},
		"destination not found":      {err: fault(502, "Next node not found: ", destination), dropped: []snode.Key{destination}},
		"stranger not found":         {err: fault(502, "Next node not found: ", stranger), strikes: 1},
		"node of the other path":     {err: fault(502, "Next node not found: ", other), strikes: 1},
		"middle unreachable":         {err: fault(502, "Next node is currently unreachable: ", middle), down: true, banned: []snode.Key{middle}},
		"destination unreachable":    {err: fault(502, "Next node is currently unreachable: ", destination), banned: []snode.Key{destination}},
		"middle not ready":           {err: fault(503, "Snode not ready: ", middle), strikes: 1, struck: []snode.Key{middle}},
		"destination not ready":      {err: fault(503, "Snode not ready: ", destination), struck: []snode.Key{destination}},
		"guard not ready":            {err: onion.Classify(503, []byte("Service node is not ready: x"), false), strikes: 1, struck: []snode.Key{guard}},
		"504":                        {err: onion.Classify(504, []byte("Request time out"), false), strikes: 1, struck: []snode.Key{destination}},
		"unknown status":             {err: onion.Classify(418, nil, false), strikes: 1},
		"server's failure":           {err: onion.Classify(502, nil, true)},
		"answer of somebody else":    {err: onion.ErrDecrypt, strikes: 1, struck: []snode.Key{destination}},
		"exit refuses to pass it on": {err: onion.ErrRefused, strikes: 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := quiet(t, nodes)
			p := c.slots[0].path
			before := c.answers()
			if tt.evidence {
				c.heard()
			}
			c.blame(context.Background(), p, destination, tt.err, before)
			if p.strikes != tt.strikes || p.down != tt.down || c.slots[1].path.down || c.slots[1].path.strikes != 0 {
				t.Errorf("path: %d strikes, down %v; other %+v", p.strikes, p.down, c.slots[1].path)
			}
			for _, n := range nodes {
				e := c.pool.nodes[n.Ed25519]
				if (e == nil) != slices.Contains(tt.dropped, n.Ed25519) {
					t.Errorf("node %v dropped: %v", n, e == nil)
				}
				if e == nil {
					continue
				}
				if e.banned(time.Now()) != slices.Contains(tt.banned, n.Ed25519) {
					t.Errorf("node %v left out: %v", n, !e.until.IsZero())
				}
				if (e.strikes == 1) != slices.Contains(tt.struck, n.Ed25519) || e.strikes > 1 {
					t.Errorf("node %v has %d strikes", n, e.strikes)
				}
			}
		})
	}
}

func TestBlameEndsWithTheContext(t *testing.T) {
	c := quiet(t, testNodes(12, 12))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c.blame(ctx, c.slots[0].path, snode.Key{}, errTimeout, c.answers())
	if p := c.slots[0].path; p.strikes != 0 || p.down {
		t.Error("a request that was given up struck its path")
	}
}

func TestThreeStrikes(t *testing.T) {
	nodes := testNodes(12, 12)
	c := quiet(t, nodes)
	p := c.slots[0].path
	for i := range maxStrikes {
		if p.down {
			t.Errorf("down after %d strikes", i)
		}
		c.blame(context.Background(), p, nodes[9].Ed25519, onion.Classify(500, nil, false), c.answers())
	}
	if !p.down {
		t.Error("not replaced after the last strike")
	}
	for _, h := range p.hops {
		if c.pool.nodes[h.Ed25519].strikes != 1 {
			t.Error("the nodes of the path were not struck")
		}
	}
	p.down = false
	c.delivered(p, time.Now())
	if p.strikes != 0 || c.pool.nodes[p.hops[2].Ed25519].strikes != 0 {
		t.Error("an answer does not clear strikes")
	}
	for range maxStrikes {
		c.strike(p.hops[1].Ed25519)
	}
	if !p.down || !c.pool.nodes[p.hops[1].Ed25519].banned(time.Now()) || c.slots[1].path.down {
		t.Error("a node with three strikes stays in use")
	}
}

func TestHopsAvoidSubnets(t *testing.T) {
	for name, tt := range map[string]struct {
		nodes, subnets, distinct int
	}{
		"many":         {30, 15, 3},
		"two subnets":  {30, 2, 2},
		"all in one":   {30, 1, 1},
		"three nodes":  {6, 3, 3},
		"barely three": {6, 6, 3},
	} {
		t.Run(name, func(t *testing.T) {
			c := quiet(t, testNodes(tt.nodes, tt.subnets))
			for range 50 {
				guard, ok := c.draw(nil, nil, nil)
				if !ok {
					t.Fatal("no guard")
				}
				hops, ok := c.hops(guard, nil, nil)
				if !ok {
					t.Fatal("no path")
				}
				subnets, keys := map[netip.Prefix]bool{}, map[snode.Key]bool{}
				for _, h := range hops {
					subnets[h.Subnet()], keys[h.Ed25519] = true, true
				}
				if len(keys) != hopCount || len(subnets) != tt.distinct {
					t.Fatalf("%v: %d nodes in %d subnets", hops, len(keys), len(subnets))
				}
			}
		})
	}
}

// The guard of the other path, which knows our address, is no exit of this one,
// also while that path is not built yet.
func TestTheOtherGuardIsLeftAlone(t *testing.T) {
	nodes := testNodes(12, 12)
	c := quiet(t, nodes)
	c.slots[0].path = nil
	c.slots[1] = slot{guard: nodes[5].Ed25519}
	for range 50 {
		p, ok := c.plan(0, nodes[0].Ed25519, false, nil, nil)
		if !ok {
			t.Fatal("no path")
		}
		for k := range p.keys() {
			if k == nodes[5].Ed25519 {
				t.Fatal("the other path's guard is on this one")
			}
		}
	}
}

func TestDrawPrefersAndExcludes(t *testing.T) {
	nodes := testNodes(6, 6)
	c := quiet(t, nodes)
	never := map[snode.Key]bool{nodes[0].Ed25519: true, nodes[1].Ed25519: true}
	elsewhere := map[snode.Key]bool{nodes[2].Ed25519: true, nodes[3].Ed25519: true}
	c.pool.ban(nodes[4].Ed25519, time.Now())
	for range 20 {
		if n, ok := c.draw(nil, never, elsewhere); !ok || n != nodes[5] {
			t.Fatalf("drew %v", n)
		}
		if n, ok := c.draw(nodes[5:6], never, elsewhere); !ok || n != nodes[2] && n != nodes[3] {
			t.Fatalf("drew %v", n)
		}
		if n, ok := c.draw([]snode.Node{nodes[5], nodes[2], nodes[3]}, never, elsewhere); !ok || n != nodes[4] {
			t.Fatalf("drew %v: a node that is left out is better than none", n)
		}
		if n, ok := c.draw(nodes[2:], never, elsewhere); ok {
			t.Fatalf("drew %v, which is excluded", n)
		}
	}
}

// Destinations in both paths get one of their own.
func TestPathNeverHoldsTheDestination(t *testing.T) {
	nodes := testNodes(6, 6)
	c := quiet(t, nodes)
	for range 20 {
		for _, n := range nodes {
			p, err := c.path(context.Background(), n.Ed25519)
			if err != nil || p.holds(n.Ed25519) {
				t.Fatalf("%v: %+v, %v", n, p, err)
			}
		}
	}
	c.slots[1].path.down = true
	for _, n := range nodes[1:3] {
		p, err := c.path(context.Background(), n.Ed25519)
		if err != nil || p.holds(n.Ed25519) || p.hops[0] != nodes[0] {
			t.Fatalf("%v: %+v, %v", n, p, err)
		}
	}
	// The only guard is the destination: there is nothing to do but wait.
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if p, err := c.path(ctx, nodes[0].Ed25519); err == nil {
		t.Fatalf("%+v", p)
	}
}

// TestAHopIsAskedLast has one path in use, of which a hop is of the swarm: to
// reach it another path would have to be made.
func TestAHopIsAskedLast(t *testing.T) {
	nodes := testNodes(12, 12)
	c := quiet(t, nodes)
	c.slots[1].path.down = true
	b := batch{c: c, tried: map[snode.Key]bool{}}
	members := []snode.Node{nodes[1], nodes[7]}
	for range 50 {
		if n := b.pick(members); n.Ed25519 != nodes[7].Ed25519 {
			t.Fatal("a hop of the only path was picked")
		}
	}
	b.tried[nodes[7].Ed25519] = true
	if n := b.pick(members); n.Ed25519 != nodes[1].Ed25519 {
		t.Error("the hop is left, and was not picked")
	}
}

// TestAnotherWayAfterAFailure has a path whose last request failed and nodes
// that failed: neither is taken while there are others.
func TestAnotherWayAfterAFailure(t *testing.T) {
	nodes := testNodes(12, 12)
	c := quiet(t, nodes)
	c.strikePath(c.slots[0].path, false)
	failed := map[snode.Key]bool{}
	for _, n := range nodes[6:9] {
		c.strike(n.Ed25519)
		failed[n.Ed25519] = true
	}
	bad := map[snode.Key]bool{nodes[10].Ed25519: true}
	for range 50 {
		if c.ready()[0] != c.slots[1].path {
			t.Fatal("the path that failed comes first")
		}
		p, ok := c.plan(0, nodes[0].Ed25519, false, nil, bad)
		if !ok {
			t.Fatal("no path")
		}
		for _, h := range p.hops {
			if failed[h.Ed25519] || bad[h.Ed25519] {
				t.Fatal("a node that failed is in the new path")
			}
		}
	}
}

func TestClock(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	says := func(off time.Duration) storage.Result {
		return storage.Result{Code: 200, Body: []byte(`{"results":[{"code":200,"body":{"t":` + itoa(now.Add(off).UnixMilli()) + `}}]}`)}
	}
	var k clock
	for i, tt := range []struct {
		node      byte
		off, trip time.Duration
		want      time.Duration
	}{
		{1, 300 * time.Millisecond, 0, 0},                // jitter is not followed
		{2, time.Hour, 0, 0},                             // nor is one of two nodes
		{3, 700 * time.Millisecond, 0, 700e6},            // the median of three
		{4, -time.Hour, 0, 700e6},                        // one liar changes nothing
		{2, time.Hour, 0, 700e6},                         // nor the same one twice
		{5, time.Hour, 2 * slowAnswer, 700e6},            // a slow answer says nothing
		{5, 3 * time.Hour, 2 * time.Second, 700e6},       // still a minority
		{6, 3 * time.Hour, 2 * time.Second, 700e6},       // the oldest was forgotten, and no two agree with the median
		{7, 3 * time.Hour, 0, 3*time.Hour - time.Second}, // now they do
	} {
		k.learn(snode.Key{tt.node}, says(tt.off), now, now.Add(tt.trip))
		if got := k.offset.Round(50 * time.Millisecond); got != tt.want {
			t.Errorf("step %d: offset %v, want %v", i, got, tt.want)
		}
	}
	before := k
	k.learn(snode.Key{7}, storage.Result{Code: 200, Body: []byte(`{"t":1000}`)}, now, now)
	k.learn(snode.Key{7}, storage.Result{Code: 200, Body: []byte(`"text"`)}, now, now)
	if len(k.samples) != len(before.samples) {
		t.Error("an answer without time was a sample")
	}
}

func itoa(v int64) string {
	var b []byte
	for ; v > 0; v /= 10 {
		b = append([]byte{byte('0' + v%10)}, b...)
	}
	return string(b)
}

func TestAgree(t *testing.T) {
	nodes := testNodes(6, 6)
	moved := nodes[1]
	moved.Port++
	got := agree([][]snode.Node{
		{nodes[0], nodes[1], nodes[2]},
		{nodes[2], moved, nodes[3]},
		{nodes[0], nodes[3], nodes[4]},
	}, 2)
	want := []snode.Node{nodes[2], nodes[0], nodes[3]}
	if !slices.Equal(got, want) {
		t.Errorf("agreed on %v", got)
	}
	if got := agree([][]snode.Node{nil, nodes, nil}, 2); len(got) != 0 {
		t.Errorf("one list is a majority: %v", got)
	}
}

func TestThresholdsScaleDown(t *testing.T) {
	for full, want := range map[int]int{3: 3, 6: 3, 12: 6, 24: 12, 2000: 12} {
		if got := newPool(testNodes(min(full, 200), 200)); full <= 200 && got.low() != want {
			t.Errorf("low of %d nodes is %d, want %d", full, got.low(), want)
		}
	}
}

func TestMisdirected(t *testing.T) {
	nodes := testNodes(12, 12)
	c := quiet(t, nodes)
	var owner id.Pubkey
	owner[0] = id.PrefixAccount
	computed := c.members(owner)
	if len(computed) != 4 {
		t.Fatalf("computed %v", computed)
	}
	c.misdirected(owner, computed[0].Ed25519, []byte("no swarm"))
	if got := c.members(owner); len(got) != 3 || slices.Contains(got, computed[0]) {
		t.Errorf("after a 421 without a swarm: %v", got)
	}
	body := `{"swarm":"1","snodes":[` +
		`{"ip":"10.0.5.5","port":"22021","pubkey_ed25519":"` + nodes[5].Ed25519.String() + `","pubkey_x25519":"` + nodes[5].Ed25519.String() + `"},` +
		`{"ip":"10.0.99.99","port":"22021","pubkey_ed25519":"` + strings.Repeat("ab", 32) + `","pubkey_x25519":"` + strings.Repeat("ab", 32) + `"}]}`
	c.misdirected(owner, computed[1].Ed25519, []byte(body))
	if got := c.members(owner); len(got) != 1 || got[0] != nodes[5] {
		t.Errorf("after a 421: %v", got)
	}
	if !c.list.stale {
		t.Error("an unknown member does not make the list be refreshed")
	}
}

func TestOneLine(t *testing.T) {
	if got := oneLine(errors.New("a\n b\t" + strings.Repeat("x", 1000))); strings.ContainsAny(got, "\n\t") || len(got) > 200 {
		t.Errorf("%q", got)
	}
}
