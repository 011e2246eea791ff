package node

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"seance/network/node/link"
	"seance/network/node/registry"
	"seance/network/node/rpc"
)

// Kinds of calls between nodes.
const (
	kindRequest uint16 = iota + 1 // a client's request, for the other members of the swarm
	kindOnion                     // a peeled onion request
	kindChanges                   // read the log of changes
	kindFetch                     // read messages by hash
	kindPut                       // take messages that now belong to the swarm
	kindNews                      // there is something in the log that was not delivered
)

// How long answers of nodes are waited for.
const (
	requestTimeout = 5 * time.Second
	onionTimeout   = 30 * time.Second
	syncTimeout    = 30 * time.Second
)

// answer is the handler of calls from other nodes. Clients' requests are only
// taken from members of the same swarm.
func (n *Node) answer(ctx context.Context, from registry.Key, kind uint16, payload []byte) (uint16, []byte) {
	if kind == kindOnion {
		return n.answerOnion(ctx, payload)
	}
	v := n.view()
	me, _ := v.Node(n.key)
	peer, ok := v.Node(from)
	if !ok || (peer.Swarm != me.Swarm && kind != kindPut) {
		return http.StatusForbidden, []byte("not a member of this swarm")
	}
	switch kind {
	case kindRequest:
		r := n.answerRequest(ctx, payload)
		return uint16(r.Status), r.Body()
	case kindChanges:
		return n.answerChanges(payload)
	case kindFetch:
		return n.answerFetch(payload)
	case kindPut:
		return n.answerPut(payload)
	case kindNews:
		n.wakeUp()
		return http.StatusOK, nil
	}
	return http.StatusNotFound, []byte("unknown kind of call")
}

// A forwarded request is the time at the node that got it from the client, the
// length of the method's name in a byte, the name, and the params as they came.
func forward(from origin, c rpc.Call) []byte {
	b := make([]byte, 0, 9+len(c.Method)+len(c.Params))
	b = binary.BigEndian.AppendUint64(b, uint64(from.now))
	b = append(b, byte(len(c.Method)))
	return append(append(b, c.Method...), c.Params...)
}

func (n *Node) answerRequest(ctx context.Context, b []byte) *rpc.Response {
	if len(b) < 9 || len(b) < 9+int(b[8]) {
		return rpc.Text(http.StatusBadRequest, "malformed call")
	}
	now, sent := time.Now().UnixMilli(), int64(binary.BigEndian.Uint64(b))
	if sent < now-forwardedTolerance || sent > now+forwardedTolerance {
		return rpc.Text(http.StatusNotAcceptable, "clock of the forwarding node too far from current time")
	}
	method, params := string(b[9:9+int(b[8])]), b[9+int(b[8]):]
	c, err := rpc.ParseCall(method, params)
	if err != nil {
		return rpc.Text(http.StatusBadRequest, "invalid request: "+err.Error())
	}
	switch c.Request.(type) {
	case *rpc.Store, *rpc.DeleteHashes, *rpc.DeleteAll, *rpc.DeleteBefore, *rpc.Expire, *rpc.ExpireAll, *rpc.Revoke:
		return n.start(ctx, origin{peer: true, now: sent}, c)()
	}
	return rpc.Text(http.StatusBadRequest, "invalid request: received invalid forwarded non-forwardable request")
}

// spread passes a client's request on to the other members of the swarm. What
// is returned collects their answers: mine is what this node has to say, top
// what stands beside the answers of the nodes. For a request of a peer nothing
// is passed on and mine is the whole answer.
func (n *Node) spread(ctx context.Context, from origin, c rpc.Call) (collect func(mine, top object) *rpc.Response) {
	if from.peer {
		return func(mine, _ object) *rpc.Response { return rpc.JSON(http.StatusOK, mine) }
	}
	// The swarm shall get it even if the client hangs up.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
	payload := forward(from, c)
	peers := n.view().Peers(n.key)
	waits := make([]func() (link.Answer, error), len(peers))
	for i, p := range peers {
		waits[i] = n.peers.Start(ctx, p, kindRequest, payload)
	}
	return func(mine, top object) *rpc.Response {
		defer cancel()
		swarm := object{n.key.String(): mine}
		var errs error
		for i, wait := range waits {
			a, err := wait()
			if err != nil {
				n.log.Debug("request not passed on", "peer", peers[i].Ed25519, "method", c.Method, "err", err)
				n.missed(peers[i].Ed25519)
				errs = errors.Join(errs, err)
			}
			swarm[peers[i].Ed25519.String()] = peerResult(a, err)
		}
		_ = n.linger(ctx, errs) // clients are told the same however it failed
		top["swarm"] = swarm
		return rpc.JSON(http.StatusOK, n.stamp(top, from.now))
	}
}

// linger is where a patient node waits for one that cannot be reached, until the
// time of the call is over.
func (n *Node) linger(ctx context.Context, err error) error {
	if !n.o.Patient || !errors.Is(err, link.ErrUnreachable) {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-n.ctx.Done():
		return err
	}
}

// peerResult is what the answer of a peer looks like to the client. Between the
// nodes of the Session Network answers are bencoded, which knows no booleans
// and no numbers for the code of an error: clients get 1 and a string.
func peerResult(a link.Answer, err error) object {
	if err != nil {
		return object{"failed": true, "timeout": true}
	}
	if a.Status != http.StatusOK {
		return object{"failed": true, "code": strconv.Itoa(int(a.Status)), "reason": string(a.Payload)}
	}
	var o object
	d := json.NewDecoder(bytes.NewReader(a.Payload))
	d.UseNumber()
	if d.Decode(&o) != nil || o == nil {
		return object{"failed": true, "bad_peer_response": true}
	}
	for k, v := range o {
		if b, ok := v.(bool); ok {
			o[k] = 0
			if b {
				o[k] = 1
			}
		}
	}
	return o
}

func (n *Node) signature(parts ...any) string {
	return base64.StdEncoding.EncodeToString(n.sign(parts...))
}

// failed is what a node says whose database refused.
func (n *Node) failed(err error) object {
	n.log.Error("database refused", "err", err)
	return object{"failed": true, "query_failure": true}
}

// missed notes that a peer must be told to look at the log of this node, and
// sees to it.
func (n *Node) missed(k registry.Key) {
	n.mu.Lock() // Close takes it too: nothing is spawned once it waits
	defer n.mu.Unlock()
	if n.behind[k] || n.ctx.Err() != nil {
		return
	}
	n.behind[k] = true
	n.spawn("news", func(ctx context.Context) { n.tell(ctx, k) })
}

// tell tries until the peer knows that it missed something, or is no longer in
// the swarm.
func (n *Node) tell(ctx context.Context, k registry.Key) {
	defer func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.behind, k)
	}()
	for wait := 2 * time.Second; n.pause(wait); wait = min(2*wait, time.Hour) {
		v := n.view()
		peer, ok := v.Node(k)
		if me, _ := v.Node(n.key); !ok || peer.Swarm != me.Swarm {
			return
		}
		ctx, cancel := context.WithTimeout(ctx, requestTimeout)
		_, err := n.peers.Call(ctx, peer, kindNews, nil)
		cancel()
		if err == nil {
			return
		}
		if !errors.Is(err, link.ErrUnreachable) {
			n.log.Debug("peer not told", "peer", k, "err", err)
		}
	}
}
