package network

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"seance/network/snode"
	"seance/network/storage"
)

const (
	// clockNodes is how many nodes' opinions on the time are kept; the median
	// of them counts, so that one node cannot set our clock.
	clockNodes = 5
	// clockStep is how far the median must be off before the offset follows:
	// network time should not jitter with every answer.
	clockStep = 500 * time.Millisecond
	// clockLeap is the step that takes two nodes: as long as few have answered,
	// the median may be the word of a single one. Messages that were written at
	// a wrong time keep it, and later ones may not come before them.
	clockLeap = time.Minute
	// slowAnswer is the round trip beyond which an answer says nothing of time.
	slowAnswer = 5 * time.Second
	// resyncPause keeps a node with a wrong clock from making us ask others
	// again and again.
	resyncPause = time.Minute
)

// clock is the difference of network time and local time. It is guarded by
// Client.mu.
type clock struct {
	offset  time.Duration
	samples []clockSample // the latest of each node, oldest first
	asked   time.Time     // of the latest resync
}

type clockSample struct {
	node   snode.Key
	offset time.Duration
}

// Now is the network's time: local time, corrected by what nodes say.
func (c *Client) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.clock.offset)
}

// learn takes the time from an answer, if it has one. The node said it half a
// round trip ago.
func (k *clock) learn(node snode.Key, r storage.Result, sent, received time.Time) {
	trip := received.Sub(sent)
	if trip > slowAnswer {
		return
	}
	t, ok := timeIn(r)
	if !ok {
		return
	}
	k.samples = slices.DeleteFunc(k.samples, func(s clockSample) bool { return s.node == node })
	if len(k.samples) == clockNodes {
		k.samples = k.samples[1:]
	}
	k.samples = append(k.samples, clockSample{node, t.Sub(sent.Add(trip / 2))})
	k.settle()
}

func (k *clock) settle() {
	offsets := make([]time.Duration, 0, clockNodes)
	for _, s := range k.samples {
		offsets = append(offsets, s.offset)
	}
	slices.Sort(offsets)
	median := offsets[len(offsets)/2]
	step := (median - k.offset).Abs()
	agreed := 0
	for _, o := range offsets {
		if (o - median).Abs() < clockLeap {
			agreed++
		}
	}
	if step > clockStep && (step < clockLeap || agreed > 1) {
		k.offset = median
	}
}

// timeIn finds the time in an answer, or in the first part of a batch's
// answer that has one.
func timeIn(r storage.Result) (time.Time, bool) {
	if t, ok := r.Time(); ok {
		return t, true
	}
	const most = 256 << 10 // a larger answer is not searched twice
	if len(r.Body) > most {
		return time.Time{}, false
	}
	var batch struct {
		Results []storage.Result `json:"results"`
	}
	if json.Unmarshal(r.Body, &batch) != nil {
		return time.Time{}, false
	}
	for _, part := range batch.Results {
		if t, ok := part.Time(); ok {
			return t, true
		}
	}
	return time.Time{}, false
}

// resync asks three nodes for the time, after one refused a timestamp. It
// reports whether the offset changed by more than the jitter of answers: if
// not, it is that node's clock which is wrong.
func (c *Client) resync(ctx context.Context) bool {
	c.mu.Lock()
	before := c.clock.offset
	if time.Since(c.clock.asked) < resyncPause {
		c.mu.Unlock()
		return false
	}
	c.clock.asked = time.Now()
	c.clock.samples = nil
	nodes := c.sample(3)
	c.mu.Unlock()

	var wg sync.WaitGroup
	for _, n := range nodes {
		wg.Go(func() {
			defer c.recover()
			if p, err := c.path(ctx, n.Ed25519); err == nil {
				// The answer is learnt from like every other.
				c.ask(ctx, p, p.hops[:], n, storage.Info(), testTimeout)
			}
		})
	}
	wg.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.clock.offset != before
}

// sample are up to n random nodes that are not left out and guard no path.
// Callers hold mu.
func (c *Client) sample(n int) []snode.Node {
	taken := map[snode.Key]bool{}
	for i := range c.slots {
		taken[c.slots[i].guard] = true
	}
	var nodes []snode.Node
	now := time.Now()
	for _, i := range c.rand.choices().Perm(len(c.pool.order)) {
		if e := c.pool.nodes[c.pool.order[i]]; e != nil && !e.banned(now) && !taken[e.node.Ed25519] && len(nodes) < n {
			nodes = append(nodes, e.node)
		}
	}
	return nodes
}
