package node

import (
	"context"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"

	"seance/network/node/mailbox"
	"seance/network/node/rpc"
)

func one(ns rpc.Namespaces) *int16 {
	if ns.All {
		return nil
	}
	n := int16(ns.One)
	return &n
}

// affected describes what became of messages: in all namespaces an object of
// lists, in one namespace a list. The signature is over owner, time and the
// sorted hashes.
func (n *Node) affected(what string, o rpc.Owner, all bool, time int64, list []mailbox.Named) object {
	hashes, byNamespace := make([]string, 0, len(list)), map[string][]string{}
	slices.SortFunc(list, func(a, b mailbox.Named) int {
		if a.Hash < b.Hash {
			return -1
		}
		return 1
	})
	for _, x := range list {
		hashes = append(hashes, x.Hash)
		ns := strconv.Itoa(int(x.Namespace))
		byNamespace[ns] = append(byNamespace[ns], x.Hash)
	}
	mine := object{"signature": n.signature(o.String(), time, hashes), what: hashes}
	if all {
		mine[what] = byNamespace
	}
	return mine
}

func (n *Node) deleteHashes(ctx context.Context, from origin, c rpc.Call, r *rpc.DeleteHashes) pending {
	if wrong := n.wrongSwarm(r.Owner, from); wrong != nil {
		return done(wrong)
	}
	if !n.verify(&r.Auth, rpc.Delete, false, r.Signed()) {
		return refuse(http.StatusUnauthorized, "delete_msgs signature verification failed")
	}
	collect := n.spread(ctx, from, c)
	deleted := n.box.DeleteHashes(r.Owner, r.Hashes, from.now)
	return func() *rpc.Response {
		gone, err := deleted()
		if err != nil {
			return collect(n.failed(err), object{})
		}
		hashes := make([]string, 0, len(gone))
		for _, x := range gone {
			hashes = append(hashes, x.Hash)
		}
		slices.Sort(hashes)
		answer := collect(object{
			"deleted": hashes, "signature": n.signature(r.Owner.String(), r.Hashes, hashes),
		}, object{})
		if r.Required && !from.peer && !deletedSome(answer) {
			answer.Status = http.StatusNotFound
		}
		return answer
	}
}

// deletedSome reports whether any member of the swarm deleted something.
func deletedSome(answer *rpc.Response) bool {
	swarm, _ := answer.JSON.(object)["swarm"].(object)
	for _, v := range swarm {
		o, _ := v.(object)
		switch l := o["deleted"].(type) {
		case []string:
			if len(l) > 0 {
				return true
			}
		case []any: // from a peer
			if len(l) > 0 {
				return true
			}
		}
	}
	return false
}

func (n *Node) deleteAll(ctx context.Context, from origin, c rpc.Call, r *rpc.DeleteAll) pending {
	if wrong := n.wrongSwarm(r.Owner, from); wrong != nil {
		return done(wrong)
	}
	if from.far(r.Timestamp) {
		return refuse(http.StatusNotAcceptable, "delete_all timestamp too far from current time")
	}
	if !n.verify(&r.Auth, rpc.Delete, false, r.Signed()) {
		return refuse(http.StatusUnauthorized, "delete_all signature verification failed")
	}
	return n.act(n.spread(ctx, from, c), "deleted", r.Owner, r.Namespaces.All, r.Timestamp,
		n.box.DeleteUntil(r.Owner, one(r.Namespaces), math.MaxInt64, from.now))
}

func (n *Node) deleteBefore(ctx context.Context, from origin, c rpc.Call, r *rpc.DeleteBefore) pending {
	if wrong := n.wrongSwarm(r.Owner, from); wrong != nil {
		return done(wrong)
	}
	if r.Before > from.now+60_000 {
		return refuse(http.StatusUnauthorized, "delete_before timestamp too far in the future")
	}
	if !n.verify(&r.Auth, rpc.Delete, false, r.Signed()) {
		return refuse(http.StatusUnauthorized, "delete_before signature verification failed")
	}
	return n.act(n.spread(ctx, from, c), "deleted", r.Owner, r.Namespaces.All, r.Before,
		n.box.DeleteUntil(r.Owner, one(r.Namespaces), r.Before, from.now))
}

func (n *Node) expireAll(ctx context.Context, from origin, c rpc.Call, r *rpc.ExpireAll) pending {
	if wrong := n.wrongSwarm(r.Owner, from); wrong != nil {
		return done(wrong)
	}
	if r.Expiry < from.now-from.tolerance() {
		return refuse(http.StatusNotAcceptable, "expire_all timestamp should be >= current time")
	}
	if !n.verify(&r.Auth, rpc.Delete, false, r.Signed()) {
		return refuse(http.StatusUnauthorized, "expire_all signature verification failed")
	}
	return n.act(n.spread(ctx, from, c), "updated", r.Owner, r.Namespaces.All, r.Expiry,
		n.box.ShortenAll(r.Owner, one(r.Namespaces), r.Expiry, from.now))
}

// act waits for a change of many messages and describes it.
func (n *Node) act(collect func(mine, top object) *rpc.Response, what string, o rpc.Owner, all bool, time int64, wait func() ([]mailbox.Named, error)) pending {
	return func() *rpc.Response {
		list, err := wait()
		if err != nil {
			return collect(n.failed(err), object{})
		}
		return collect(n.affected(what, o, all, time, list), object{})
	}
}

func (n *Node) expireHashes(ctx context.Context, from origin, c rpc.Call, r *rpc.Expire) pending {
	if wrong := n.wrongSwarm(r.Owner, from); wrong != nil {
		return done(wrong)
	}
	expiry := make([]int64, len(r.Expiry)) // what is set; what was asked for is signed
	for i, e := range r.Expiry {
		if e < from.now-60_000 {
			return refuse(http.StatusUnauthorized, "expire: timestamp should be >= current time")
		}
		expiry[i] = min(e, from.now+maxTTLPrivate)
	}
	if !n.verify(&r.Auth, rpc.Write, false, r.Signed()) {
		return refuse(http.StatusUnauthorized, "expire: signature verification failed")
	}
	mode := mailbox.Any
	switch {
	case r.Shorten:
		mode = mailbox.OnlyShorten
	case r.Extend:
		mode = mailbox.OnlyExtend
	}
	if s := r.Subaccount; s != nil && rpc.Access(s.Token[1])&rpc.Delete == 0 {
		// Shortening would be almost the same as deleting.
		if r.Shorten {
			return refuse(http.StatusBadRequest, "expire: shorten parameter cannot be used with this subaccount token (missing delete access)")
		}
		mode = mailbox.OnlyExtend
	}
	collect := n.spread(ctx, from, c)
	updated := n.box.SetExpiry(r.Owner, r.Hashes, expiry, mode, from.now)
	return func() *rpc.Response {
		hashes, err := updated()
		if err != nil {
			return collect(n.failed(err), object{})
		}
		mine, err := n.expired(r, expiry, hashes, from.now)
		if err != nil {
			return collect(n.failed(err), object{})
		}
		return collect(mine, object{})
	}
}

// expired describes a change of expiries: with one expiry it is repeated, with
// several those of the updated messages are listed.
func (n *Node) expired(r *rpc.Expire, expiry []int64, updated []string, now int64) (object, error) {
	expiryOf := map[string]int64{}
	for i, h := range r.Hashes {
		expiryOf[h] = expiry[min(i, len(expiry)-1)]
	}
	slices.Sort(updated)
	updated = slices.Compact(updated)
	applied := expiry
	if len(expiry) > 1 {
		applied = make([]int64, 0, len(updated))
		for _, h := range updated {
			applied = append(applied, expiryOf[h])
		}
	}
	mine := object{"updated": updated, "expiry": expiry[0]}
	if updated == nil {
		mine["updated"] = []string{}
	}
	if len(expiry) > 1 {
		mine["expiry"] = applied
	}
	signed := []any{r.Owner.String(), applied, r.Hashes, updated}
	if r.Shorten || r.Extend {
		var rest []string
		for _, h := range r.Hashes {
			if _, ok := slices.BinarySearch(updated, h); !ok {
				rest = append(rest, h)
			}
		}
		unchanged, err := n.box.Expiries(r.Owner, rest, now)
		if err != nil {
			return nil, err
		}
		for _, h := range slices.Sorted(maps.Keys(unchanged)) {
			signed = append(signed, h, unchanged[h])
		}
		mine["unchanged"] = unchanged
	}
	mine["signature"] = n.signature(signed...)
	return mine, nil
}

func (n *Node) getExpiries(from origin, r *rpc.GetExpiries) pending {
	if wrong := n.wrongSwarm(r.Owner, from); wrong != nil {
		return done(wrong)
	}
	if from.far(r.Timestamp) {
		return refuse(http.StatusNotAcceptable, "get_expiries timestamp too far from current time")
	}
	if !n.verify(&r.Auth, rpc.Read, false, r.Signed()) {
		return refuse(http.StatusUnauthorized, "get_expiries signature verification failed")
	}
	expiries, err := n.box.Expiries(r.Owner, r.Hashes, from.now)
	if err != nil {
		n.log.Error("cannot read expiries", "err", err)
		return refuse(http.StatusInternalServerError, "request failed")
	}
	return done(rpc.JSON(http.StatusOK, object{"expiries": expiries}))
}

func (n *Node) revoke(ctx context.Context, from origin, c rpc.Call, r *rpc.Revoke) pending {
	if wrong := n.wrongSwarm(r.Owner, from); wrong != nil {
		return done(wrong)
	}
	if r.Timestamp < from.now-signatureTolerance || r.Timestamp > from.now+signatureTolerance {
		return refuse(http.StatusNotAcceptable, "%s timestamp too far from current time", r.Method())
	}
	if !n.verify(&r.Auth, 0, false, r.Signed()) {
		return refuse(http.StatusUnauthorized, "%s signature verification failed", r.Method())
	}
	collect := n.spread(ctx, from, c)
	tokens := make([][]byte, len(r.Tokens))
	for i := range r.Tokens {
		tokens[i] = r.Tokens[i][:]
	}
	var changed func() (int64, error)
	if r.Restore {
		changed = n.box.Restore(r.Owner, tokens)
	} else {
		changed = n.box.Revoke(r.Owner, tokens, rpc.MaxRevoked, from.now)
	}
	return func() *rpc.Response {
		count, err := changed()
		if err != nil {
			return collect(n.failed(err), object{})
		}
		mine := object{"signature": n.signature(r.Owner.String(), r.Timestamp, r.Tokens)}
		if r.Restore {
			mine["count"] = count
		}
		return collect(mine, object{})
	}
}
