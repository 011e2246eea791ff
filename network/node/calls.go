package node

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"seance/network/node/oxend"
	"seance/network/node/registry"
	"seance/network/node/rpc"
)

// Tolerances, in milliseconds: oxenss/rpc/request_handler.h.
const (
	storeTolerance     = 10_000
	signatureTolerance = 60_000
	forwardedTolerance = 70_000
)

// object is a JSON object in an answer. Its members are written in order.
type object = map[string]any

// origin is where a request comes from.
type origin struct {
	peer bool  // another member of the swarm, which took it from a client
	now  int64 // the time at the node that the client asked
}

// tolerance is how far the time in a signed request may be off.
func (o origin) tolerance() int64 {
	if o.peer {
		return forwardedTolerance
	}
	return signatureTolerance
}

func (o origin) far(t int64) bool { return t < o.now-o.tolerance() || t > o.now+o.tolerance() }

// pending gives the response to a request that was started: what the node does
// by itself is ordered by the start, the members of the swarm are waited for
// here.
type pending func() *rpc.Response

func done(r *rpc.Response) pending { return func() *rpc.Response { return r } }

func refuse(status int, format string, args ...any) pending {
	return done(rpc.Text(status, fmt.Sprintf(format, args...)))
}

// client answers the body of a storage request.
func (n *Node) client(ctx context.Context, body []byte) *rpc.Response {
	call, bad := rpc.Parse(body)
	if bad != nil {
		return bad
	}
	return n.start(ctx, origin{now: time.Now().UnixMilli()}, call)()
}

// start begins a request.
func (n *Node) start(ctx context.Context, from origin, c rpc.Call) pending {
	switch r := c.Request.(type) {
	case *rpc.Store:
		return n.store(ctx, from, c, r)
	case *rpc.Retrieve:
		return n.retrieve(from, r)
	case *rpc.DeleteHashes:
		return n.deleteHashes(ctx, from, c, r)
	case *rpc.DeleteAll:
		return n.deleteAll(ctx, from, c, r)
	case *rpc.DeleteBefore:
		return n.deleteBefore(ctx, from, c, r)
	case *rpc.Expire:
		return n.expireHashes(ctx, from, c, r)
	case *rpc.ExpireAll:
		return n.expireAll(ctx, from, c, r)
	case *rpc.GetExpiries:
		return n.getExpiries(from, r)
	case *rpc.Revoke:
		return n.revoke(ctx, from, c, r)
	case *rpc.Batch:
		return n.batch(ctx, from, r)
	case *rpc.Sequence:
		return n.sequence(ctx, from, r)
	case *rpc.IfElse:
		return n.ifElse(ctx, from, r)
	case *rpc.GetSwarm:
		return done(rpc.JSON(http.StatusOK, n.stamp(swarmObject(n.view().SwarmOf(r.Owner)), time.Now().UnixMilli())))
	case *rpc.Oxend:
		return done(n.oxend(r))
	case *rpc.Info:
		now := time.Now().UnixMilli()
		return done(rpc.JSON(http.StatusOK, n.stamp(object{"version": Version(), "timestamp": now}, now)))
	case *rpc.ActiveNodes:
		return done(rpc.Text(http.StatusOK, base64.StdEncoding.EncodeToString(packNodes(n.view()))))
	}
	return refuse(http.StatusInternalServerError, "request failed")
}

func hardfork() [2]int { return [2]int{oxend.Hardfork, oxend.Revision} }

func versionText(v [3]int) string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }

// stamp adds what most answers carry.
func (n *Node) stamp(o object, now int64) object {
	o["t"], o["hf"] = now, hardfork()
	return o
}

// swarmObject is the answer to get_swarm, and the body of status 421.
func swarmObject(s registry.Swarm) object {
	nodes := make([]object, 0, len(s.Members))
	for _, m := range s.Members {
		nodes = append(nodes, object{
			"address":        base32z(m.Ed25519[:]) + ".snode",
			"pubkey_legacy":  m.Ed25519.String(),
			"pubkey_x25519":  hex.EncodeToString(m.X25519[:]),
			"pubkey_ed25519": m.Ed25519.String(),
			"port":           strconv.Itoa(int(m.Port)),
			"port_https":     m.Port,
			"port_omq":       m.Port,
			"port_quic":      m.Port,
			"ip":             m.IP,
		})
	}
	return object{"snodes": nodes, "swarm": strconv.FormatUint(s.ID, 16)}
}

// base32z is z-base-32, most significant bits first.
func base32z(b []byte) string {
	const alphabet = "ybndrfg8ejkmcpqxot1uwisza345h769"
	var out []byte
	var bits uint
	var acc uint16
	for _, x := range b {
		acc, bits = acc<<8|uint16(x), bits+8
		for bits >= 5 {
			bits -= 5
			out = append(out, alphabet[acc>>bits&31])
		}
	}
	if bits > 0 {
		out = append(out, alphabet[acc<<(5-bits)&31])
	}
	return string(out)
}

// packNodes writes the list of nodes in 51 bytes each: Ed25519 key, swarm ID,
// IPv4 address, HTTPS port, OMQ port, version.
func packNodes(v *registry.View) []byte {
	b := make([]byte, 0, 51*len(v.Nodes))
	for _, n := range v.Nodes {
		b = append(b, n.Ed25519[:]...)
		b = binary.BigEndian.AppendUint64(b, n.Swarm)
		var ip [4]byte
		if a, err := netip.ParseAddr(n.IP); err == nil && a.Is4() {
			ip = a.As4()
		}
		b = append(b, ip[:]...)
		b = binary.BigEndian.AppendUint16(b, n.Port)
		b = binary.BigEndian.AppendUint16(b, n.Port)
		for _, x := range n.Version {
			b = append(b, byte(min(x, 255)))
		}
	}
	return b
}

func (n *Node) oxend(r *rpc.Oxend) *rpc.Response {
	result, err := n.daemon.Answer(r.Endpoint, r.Params)
	switch {
	case errors.Is(err, oxend.ErrParams):
		return rpc.Text(http.StatusBadRequest, err.Error())
	case err != nil:
		return rpc.Text(http.StatusBadRequest, "Unknown oxend error")
	}
	return rpc.JSON(http.StatusOK, n.stamp(object{"result": result}, time.Now().UnixMilli()))
}

// wrongSwarm is the answer for owners that another swarm keeps, nil otherwise.
func (n *Node) wrongSwarm(o rpc.Owner, from origin) *rpc.Response {
	v := n.view()
	if v.Keeps(n.key, o) {
		return nil
	}
	return rpc.JSON(http.StatusMisdirectedRequest, n.stamp(swarmObject(v.SwarmOf(o)), from.now))
}

func result(r *rpc.Response) object { return object{"code": r.Status, "body": r.Value()} }

func (n *Node) batch(ctx context.Context, from origin, r *rpc.Batch) pending {
	started := make([]pending, len(r.Calls))
	for i, c := range r.Calls {
		started[i] = n.start(ctx, from, c)
	}
	return func() *rpc.Response {
		results := make([]object, len(started))
		for i, p := range started {
			results[i] = result(p())
		}
		return rpc.JSON(http.StatusOK, object{"results": results})
	}
}

func (n *Node) sequence(ctx context.Context, from origin, r *rpc.Sequence) pending {
	return func() *rpc.Response {
		results := make([]object, 0, len(r.Calls))
		for _, c := range r.Calls {
			one := n.start(ctx, origin{now: time.Now().UnixMilli(), peer: from.peer}, c)()
			results = append(results, result(one))
			if !one.OK() {
				break
			}
		}
		return rpc.JSON(http.StatusOK, object{"results": results})
	}
}

func (n *Node) ifElse(ctx context.Context, from origin, r *rpc.IfElse) pending {
	v, hf, height := Version(), hardfork(), n.view().Height
	holds := r.Condition.Holds(rpc.State{
		Height: int64(height), Hardfork: [2]int64{int64(hf[0]), int64(hf[1])}, Version: [3]int64{int64(v[0]), int64(v[1]), int64(v[2])},
	})
	answer := object{"hf": hf, "v": v, "height": height, "condition": holds}
	branch := r.Else
	if holds {
		branch = r.Then
	}
	if branch == nil {
		return done(rpc.JSON(http.StatusOK, answer))
	}
	inner := n.start(ctx, from, *branch)
	return func() *rpc.Response {
		answer["result"] = result(inner())
		return rpc.JSON(http.StatusOK, answer)
	}
}
