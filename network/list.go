package network

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"seance/messaging/id"
	"seance/network/netfile"
	"seance/network/snode"
	"seance/network/storage"
)

const (
	seedTimeout    = 5 * time.Second
	seedPause      = time.Minute      // between two successful requests to seeds
	slowestSeed    = 30 * time.Second // between two failed ones
	refreshAge     = 2 * time.Hour
	refreshDelay   = 5 * time.Minute // after the start: short runs do not refresh
	staleAge       = 24 * time.Hour  // such a list is refreshed at once
	refreshRetry   = 10 * time.Minute
	refreshTimeout = 30 * time.Second
	refreshNodes   = 3 // asked
	refreshAgree   = 2 // of them must name a node
)

// listState says how old the node list is. It is guarded by Client.mu.
type listState struct {
	started   time.Time // of Run
	refreshed time.Time // the list was confirmed by seeds or nodes
	seeded    time.Time // the latest answer of a seed
	tried     time.Time // the latest refresh that failed
	wanted    bool      // no path can be built from the list
	stale     bool      // a swarm has nodes that are not in the list
	dirty     bool      // the cache on disk is out of date
}

// keepList fetches the list from the seeds when it is nearly empty or useless,
// and from nodes when it is old.
func (c *Client) keepList(ctx context.Context) {
	delay := time.Duration(0)
	for ctx.Err() == nil {
		c.mu.Lock()
		now := time.Now()
		short := c.pool.usable(now) < c.pool.low()
		// A list that the seeds gave just now will not be a better one.
		seed := len(c.pool.nodes) < hopCount || c.list.wanted || short && now.Sub(c.list.seeded) > seedPause
		refresh, idle := c.refreshDue(now)
		dirty := c.list.dirty
		event, kick := c.event.wait(), c.kick.wait()
		c.mu.Unlock()

		switch {
		case seed:
			if err := c.seed(ctx); err == nil {
				delay = 0
			} else if ctx.Err() == nil {
				delay = min(max(2*delay, time.Second), slowestSeed)
				wait(ctx, delay, kick, nil)
			}
		case dirty:
			c.saveCache()
		case refresh:
			c.refresh(ctx)
		default:
			wait(ctx, idle, event, nil)
		}
	}
}

// refreshDue reports whether the list is to be refreshed now, and if not, in
// what time at the earliest. Without a path it is not.
func (c *Client) refreshDue(now time.Time) (bool, time.Duration) {
	if len(c.ready()) == 0 {
		return false, 0
	}
	due := c.list.refreshed.Add(refreshAge)
	if now.Sub(c.list.refreshed) < staleAge {
		due = latest(due, c.list.started.Add(refreshDelay))
	}
	if c.list.stale {
		due = c.list.refreshed.Add(seedPause)
	}
	if !c.list.tried.IsZero() {
		due = latest(due, c.list.tried.Add(refreshRetry))
	}
	if due.After(now) {
		return false, due.Sub(now)
	}
	return true, 0
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// seed asks all seeds at once and takes the first list that has enough nodes
// for a path.
func (c *Client) seed(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, seedTimeout)
	defer cancel()
	body, err := json.Marshal(map[string]any{
		"jsonrpc": "2.0", "method": "get_n_service_nodes",
		"params": map[string]any{"active_only": true, "fields": snode.Fields()},
	})
	if err != nil {
		return err
	}
	type answer struct {
		nodes []snode.Node
		err   error
	}
	answers := make(chan answer, len(c.file.Seeds))
	for _, s := range c.file.Seeds {
		go func() {
			a := answer{err: errors.New("internal error")}
			defer func() { answers <- a }()
			defer c.recover()
			a.nodes, a.err = c.askSeed(ctx, s, body)
		}()
	}
	var failed error
	for range c.file.Seeds {
		a := <-answers
		if a.err == nil {
			c.heard()
			c.replace(a.nodes, true)
			return nil
		}
		failed = errors.Join(failed, a.err)
	}
	c.log.Info("no seed answers", "error", failed)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list.wanted = false
	c.health.lastError = oneLine(failed)
	c.fail()
	return failed
}

func (c *Client) askSeed(ctx context.Context, s netfile.Seed, body []byte) ([]snode.Node, error) {
	text, err := c.postSeed(ctx, s, body)
	if err != nil {
		return nil, fmt.Errorf("seed %s: %w", s.URL, err)
	}
	var a struct {
		Result json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("seed %s: answer is not JSON", s.URL)
	}
	nodes, err := snode.ParseStates(a.Result)
	if err != nil {
		return nil, fmt.Errorf("seed %s: %w", s.URL, err)
	}
	if len(nodes) < hopCount {
		return nil, fmt.Errorf("seed %s: knows %d nodes", s.URL, len(nodes))
	}
	return nodes, nil
}

// replace takes over a new list. All strikes are forgotten, and swarms are
// computed anew.
func (c *Client) replace(nodes []snode.Node, fromSeed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.pool = newPool(nodes)
	c.swarms = map[id.Pubkey]swarm{}
	c.list.refreshed, c.list.tried = now, time.Time{}
	c.list.wanted, c.list.stale, c.list.dirty = false, false, true
	if fromSeed {
		c.list.seeded = now
	}
	for i := range c.slots {
		if p := c.slots[i].path; p != nil && !c.known(p) {
			p.down = true
		}
	}
	c.log.Info("node list", "nodes", len(nodes), "seed", fromSeed)
	c.listed.raise()
	c.event.raise()
	c.notify()
}

// refresh asks three random nodes for their lists and keeps the nodes that two
// of them name. If that does not give a list, the next one to ask is a seed.
func (c *Client) refresh(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	c.mu.Lock()
	c.list.tried = time.Now()
	nodes := c.sample(refreshNodes)
	least := c.pool.low()
	c.mu.Unlock()

	lists := make([][]snode.Node, len(nodes))
	var wg sync.WaitGroup
	for i, n := range nodes {
		wg.Go(func() {
			defer c.recover()
			list, err := c.listOf(ctx, n)
			if err != nil {
				c.log.Debug("node gives no list", "node", n.Ed25519, "error", err)
			}
			lists[i] = list
		})
	}
	wg.Wait()
	if agreed := agree(lists, refreshAgree); len(agreed) >= least {
		c.replace(agreed, false)
		return
	}
	if ctx.Err() != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list.wanted = time.Since(c.list.seeded) > seedPause
}

// listOf asks one node for its list: in the short form, which newer nodes know,
// or else from its blockchain daemon.
func (c *Client) listOf(ctx context.Context, n snode.Node) ([]snode.Node, error) {
	p, err := c.path(ctx, n.Ed25519)
	if err != nil {
		return nil, err
	}
	r, err := c.call(ctx, p, n, storage.ActiveNodes())
	if err != nil {
		return nil, err
	}
	var text string
	if r.Err() == nil && json.Unmarshal(r.Body, &text) == nil {
		return snode.ParseActive([]byte(text))
	}
	r, err = c.call(ctx, p, n, storage.Oxend("get_service_nodes",
		map[string]any{"active_only": true, "fields": snode.Fields()}))
	if err != nil {
		return nil, err
	}
	result, err := r.Oxend()
	if err != nil {
		return nil, err
	}
	return snode.ParseStates(result)
}

// agree are the nodes that at least so many lists name with the same keys and
// address, in the order of the first list that names them.
func agree(lists [][]snode.Node, least int) []snode.Node {
	type identity struct {
		ed25519 snode.Key
		x25519  [32]byte
		address string
	}
	votes := map[identity]int{}
	var agreed []snode.Node
	for _, list := range lists {
		for _, n := range list {
			key := identity{n.Ed25519, n.X25519, n.Address()}
			if votes[key]++; votes[key] == least {
				agreed = append(agreed, n)
			}
		}
	}
	return agreed
}

// saveCache writes nodes.json. A disk that is full costs the next start a
// request to a seed, no more.
func (c *Client) saveCache() {
	c.mu.Lock()
	cache := snode.Cache{Network: c.file.Name, Refreshed: c.list.refreshed, Nodes: c.pool.all(), Offset: c.clock.offset, Struck: c.pool.struck()}
	for i := range c.slots {
		if !c.slots[i].guard.IsZero() {
			cache.Guards = append(cache.Guards, c.slots[i].guard)
		}
	}
	c.list.dirty = false
	c.mu.Unlock()
	if c.cache == "" || len(cache.Nodes) == 0 {
		return
	}
	if err := cache.Save(c.cache); err != nil {
		c.log.Warn("node list is not kept", "error", err)
	}
}
