package node

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"seance/network/node/mailbox"
	"seance/network/node/registry"
	"seance/network/node/rpc"
)

const (
	changesMax   = 2000    // entries of a log in one answer
	fetchMax     = 2 << 20 // bytes of data in one answer, about
	firstSyncMax = 5 * time.Second
)

// A node that was away, that is new in its swarm, or that a request did not
// reach, reads the logs of the other members: first what changed (changesQuery),
// then the messages that it lacks (fetchQuery). Nodes whose swarm no longer
// keeps an owner hand its messages over (putCall).
type (
	changesQuery struct {
		Epoch string `json:"epoch"` // of the log that Since is a place in
		Since int64  `json:"since"`
	}
	changesAnswer struct {
		Epoch   string        `json:"epoch"`
		Since   int64         `json:"since"` // where the answer starts: 0 if the epoch was another
		Changes []changeEntry `json:"changes"`
		More    bool          `json:"more"`
	}
	changeEntry struct {
		Seq     int64  `json:"seq"`
		Hash    string `json:"hash"`
		Owner   []byte `json:"owner"`
		Expiry  int64  `json:"expiry"`
		Changed int64  `json:"changed"`
		Deleted bool   `json:"deleted,omitempty"`
	}
	fetchQuery struct {
		Hashes []string `json:"hashes"`
	}
	messagesAnswer struct {
		Messages []messageEntry `json:"messages"`
	}
	messageEntry struct {
		Owner     []byte `json:"owner"`
		Namespace int16  `json:"namespace"`
		Timestamp int64  `json:"timestamp"`
		Expiry    int64  `json:"expiry"`
		Changed   int64  `json:"changed"`
		Data      []byte `json:"data"`
	}
)

func (n *Node) wakeUp() {
	select {
	case n.wake <- struct{}{}:
	default: // it is awake already
	}
}

// keepUp compares the node with its swarm: at the start, when the list of nodes
// changes, when a peer has news, and now and then.
func (n *Node) keepUp(ctx context.Context) {
	var settled *registry.View // the list for which nothing is left to hand over
	for {
		view, changed := n.o.Registry.Watch()
		n.catchUp(ctx)
		if view != settled && n.handOver(ctx, view) {
			settled = view
		}
		if n.ready.CompareAndSwap(false, true) {
			close(n.synced)
			for _, p := range n.view().Peers(n.key) {
				n.missed(p.Ed25519) // what this node had when it went away
			}
		}
		timer := time.NewTimer(n.o.SyncEvery)
		select {
		case <-ctx.Done():
		case <-changed:
		case <-n.wake:
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// catchUp reads the logs of all peers at the same time.
func (n *Node) catchUp(ctx context.Context) {
	if !n.ready.Load() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, firstSyncMax)
		defer cancel()
	}
	v := n.view()
	me, ok := v.Node(n.key)
	if !ok {
		return
	}
	var all sync.WaitGroup
	for _, p := range v.Peers(n.key) {
		all.Go(func() {
			n.guarded("catching up", func(context.Context) {
				if err := n.readLog(ctx, p, strconv.FormatUint(me.Swarm, 16)); err != nil && ctx.Err() == nil {
					n.log.Debug("cannot catch up", "peer", p.Ed25519, "err", err)
				}
			})
		})
	}
	all.Wait()
}

// ask makes a call whose payload and answer are JSON.
func (n *Node) ask(ctx context.Context, peer registry.Node, kind uint16, question, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, syncTimeout)
	defer cancel()
	a, err := n.peers.Call(ctx, peer, kind, rpc.Encode(question))
	if err != nil {
		return err
	}
	if a.Status != http.StatusOK {
		return fmt.Errorf("status %d: %s", a.Status, a.Payload)
	}
	return json.Unmarshal(a.Payload, answer)
}

func (n *Node) readLog(ctx context.Context, peer registry.Node, swarm string) error {
	epoch, since, err := n.box.Cursor(peer.Ed25519[:], swarm)
	if err != nil {
		return err
	}
	for more := true; more; {
		var answer changesAnswer
		if err := n.ask(ctx, peer, kindChanges, changesQuery{epoch, since}, &answer); err != nil {
			return err
		}
		if len(answer.Changes) > changesMax {
			return fmt.Errorf("too many changes")
		}
		v, now := n.view(), time.Now().UnixMilli()
		if answer.Epoch == epoch && len(answer.Changes) == 0 {
			return nil
		}
		epoch, since = answer.Epoch, answer.Since
		changes := make([]mailbox.Change, 0, len(answer.Changes))
		for _, e := range answer.Changes {
			since = max(since, e.Seq)
			o, ok := owner(e.Owner)
			if ok && v.Keeps(n.key, o) && plausible(e.Expiry, e.Changed, now) {
				changes = append(changes, mailbox.Change{Hash: e.Hash, Owner: o, Expiry: e.Expiry, Changed: e.Changed, Deleted: e.Deleted})
			}
		}
		missing, err := n.box.Apply(changes, now)
		if err != nil {
			return err
		}
		if err := n.fetch(ctx, peer, missing); err != nil {
			return err
		}
		if err := n.box.SetCursor(peer.Ed25519[:], epoch, swarm, since); err != nil {
			return err
		}
		more = answer.More && len(answer.Changes) > 0
	}
	return nil
}

// fetch gets messages from a peer. Those that it no longer has are let go.
func (n *Node) fetch(ctx context.Context, peer registry.Node, hashes []string) error {
	for len(hashes) > 0 {
		var answer messagesAnswer
		if err := n.ask(ctx, peer, kindFetch, fetchQuery{hashes}, &answer); err != nil {
			return err
		}
		got := n.messages(answer.Messages)
		if len(got) == 0 {
			return nil
		}
		if _, err := n.box.Put(got, time.Now().UnixMilli()); err != nil {
			return err
		}
		// The answer has them in the order of the question and ends early when
		// it is full.
		last, rest := got[len(got)-1].Hash, hashes[1:]
		for i, h := range hashes {
			if h == last {
				rest = hashes[i+1:]
			}
		}
		hashes = rest
	}
	return nil
}

// plausible reports whether a client can have caused what a peer tells.
func plausible(expiry, changed, now int64) bool {
	return changed <= now+forwardedTolerance && expiry <= now+maxTTLPrivate+forwardedTolerance
}

func owner(b []byte) (o rpc.Owner, ok bool) {
	return o, copy(o[:], b) == len(o) && len(b) == len(o)
}

// messages reads what another node sent. Hashes are computed here; what belongs
// elsewhere is left out.
func (n *Node) messages(entries []messageEntry) (list []mailbox.Message) {
	v, now := n.view(), time.Now().UnixMilli()
	for _, e := range entries {
		o, ok := owner(e.Owner)
		if !ok || len(e.Data) > rpc.MaxData || !v.Keeps(n.key, o) || !plausible(e.Expiry, e.Changed, now) {
			continue
		}
		list = append(list, mailbox.Message{
			Hash: mailbox.Hash(o, e.Namespace, e.Data), Owner: o, Namespace: e.Namespace,
			Timestamp: e.Timestamp, Expiry: e.Expiry, Changed: e.Changed, Data: e.Data,
		})
	}
	return list
}

func entries(list []mailbox.Message) messagesAnswer {
	a := messagesAnswer{Messages: make([]messageEntry, len(list))}
	for i, m := range list {
		a.Messages[i] = messageEntry{m.Owner[:], m.Namespace, m.Timestamp, m.Expiry, m.Changed, m.Data}
	}
	return a
}

func (n *Node) answerChanges(payload []byte) (uint16, []byte) {
	var q changesQuery
	if json.Unmarshal(payload, &q) != nil {
		return http.StatusBadRequest, nil
	}
	if q.Epoch != n.box.Epoch() {
		q.Since = 0
	}
	list, err := n.box.Changes(q.Since, changesMax, time.Now().UnixMilli())
	if err != nil {
		n.log.Error("cannot read the log", "err", err)
		return http.StatusInternalServerError, nil
	}
	a := changesAnswer{Epoch: n.box.Epoch(), Since: q.Since, More: len(list) == changesMax, Changes: make([]changeEntry, len(list))}
	for i, c := range list {
		a.Changes[i] = changeEntry{c.Seq, c.Hash, c.Owner[:], c.Expiry, c.Changed, c.Deleted}
	}
	return http.StatusOK, rpc.Encode(a)
}

func (n *Node) answerFetch(payload []byte) (uint16, []byte) {
	var q fetchQuery
	if json.Unmarshal(payload, &q) != nil || len(q.Hashes) > changesMax {
		return http.StatusBadRequest, nil
	}
	list, err := n.box.Fetch(q.Hashes, fetchMax, time.Now().UnixMilli())
	if err != nil {
		n.log.Error("cannot read messages", "err", err)
		return http.StatusInternalServerError, nil
	}
	return http.StatusOK, rpc.Encode(entries(list))
}

// answerPut takes over messages from a node of another swarm.
func (n *Node) answerPut(payload []byte) (uint16, []byte) {
	var a messagesAnswer
	if json.Unmarshal(payload, &a) != nil {
		return http.StatusBadRequest, nil
	}
	if _, err := n.box.Put(n.messages(a.Messages), time.Now().UnixMilli()); err != nil {
		n.log.Error("cannot keep messages", "err", err)
		return http.StatusInternalServerError, nil
	}
	return http.StatusOK, []byte("{}")
}

// handOver gives the messages of owners that another swarm keeps to the members
// of that swarm, and forgets them once one of these has them. It reports whether
// all could be handed over.
func (n *Node) handOver(ctx context.Context, v *registry.View) bool {
	owners, err := n.box.Owners()
	if err != nil {
		n.log.Error("cannot list owners", "err", err)
		return false
	}
	all := true
	for _, o := range owners {
		swarm := v.SwarmOf(o)
		if v.Keeps(n.key, o) || swarm.ID == registry.NoSwarm {
			continue
		}
		if err := n.give(ctx, swarm, o); err != nil {
			n.log.Debug("cannot hand messages over", "owner", o, "err", err)
			all = false
		}
	}
	return all
}

func (n *Node) give(ctx context.Context, to registry.Swarm, o rpc.Owner) error {
	hashes, err := n.box.HashesOf(o)
	if err != nil {
		return err
	}
	for len(hashes) > 0 {
		list, err := n.box.Fetch(hashes, fetchMax, 0)
		if err != nil || len(list) == 0 {
			return err
		}
		var taken bool
		var last error
		for _, m := range to.Members {
			var ok struct{}
			if err := n.ask(ctx, m, kindPut, entries(list), &ok); err != nil {
				last = err
				continue
			}
			taken = true
		}
		if !taken {
			return last
		}
		given := make([]string, len(list))
		for i, m := range list {
			given[i] = m.Hash
		}
		if err := n.box.Forget(o, given); err != nil {
			return err
		}
		if hashes, err = n.box.HashesOf(o); err != nil {
			return err
		}
	}
	return nil
}
