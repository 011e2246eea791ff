package node

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"seance/network/node/mailbox"
	"seance/network/node/rpc"
)

// Limits: oxenss/rpc/request_handler.h.
const (
	minTTL        = 10_000
	maxTTLPublic  = 14 * 24 * 3600 * 1000
	maxTTLPrivate = 30 * 24 * 3600 * 1000
	maxRetrieve   = 7_800_000 // bytes of an answer
)

func (n *Node) store(ctx context.Context, from origin, c rpc.Call, r *rpc.Store) pending {
	if wrong := n.wrongSwarm(r.Owner, from); wrong != nil {
		return done(wrong)
	}
	longest := int64(maxTTLPrivate)
	if r.Namespace.PublicInbox() {
		longest = maxTTLPublic
	}
	if ttl := r.Expiry - r.Timestamp; ttl < minTTL || ttl > longest {
		return refuse(http.StatusForbidden, "Provided expiry/TTL is not valid.")
	}
	if r.Timestamp > from.now+storeTolerance || r.Expiry < from.now-storeTolerance {
		return refuse(http.StatusNotAcceptable, "Timestamp error: check your clock")
	}
	if !r.Namespace.PublicInbox() {
		if !r.HasAuth {
			return refuse(http.StatusUnauthorized, "store: signature required to store to namespace %d", r.Namespace)
		}
		if r.SigTimestamp < from.now-signatureTolerance || r.SigTimestamp > from.now+signatureTolerance {
			return refuse(http.StatusNotAcceptable, "store signature timestamp too far from current time")
		}
		need := rpc.Write
		if r.Namespace.PublicOutbox() {
			need |= rpc.Delete // storing there deletes what was there
		}
		if !n.verify(&r.Auth, need, false, r.Signed()) {
			return refuse(http.StatusUnauthorized, "store signature verification failed")
		}
	}
	collect := n.spread(ctx, from, c)
	hash := mailbox.Hash(r.Owner, int16(r.Namespace), r.Data)
	stored := n.box.Store(mailbox.Message{
		Hash: hash, Owner: r.Owner, Namespace: int16(r.Namespace),
		Timestamp: r.Timestamp, Expiry: r.Expiry, Changed: from.now, Data: r.Data,
	}, r.Namespace.PublicOutbox())
	return func() *rpc.Response {
		mine, top := object{}, object{}
		s, err := stored()
		if err != nil {
			mine = n.failed(err)
		} else {
			mine["hash"], mine["signature"], mine["expiry"] = hash, n.signature(hash), s.Expiry
			if !s.New {
				mine["already"] = true
			}
			top["hash"] = hash
		}
		if !from.peer {
			mine["t"] = from.now
		}
		return collect(mine, top)
	}
}

// message is a stored message in an answer.
type message struct {
	Data       string `json:"data"`
	Expiration int64  `json:"expiration"`
	Hash       string `json:"hash"`
	Timestamp  int64  `json:"timestamp"`
}

// retrieved is the answer to a retrieve.
type retrieved struct {
	HF       [2]int    `json:"hf"`
	Messages []message `json:"messages"`
	More     bool      `json:"more"`
	T        int64     `json:"t"`
}

func (n *Node) retrieve(from origin, r *rpc.Retrieve) pending {
	if wrong := n.wrongSwarm(r.Owner, from); wrong != nil {
		return done(wrong)
	}
	if !r.HasAuth && !r.Namespace.PublicRetrieve() {
		return refuse(http.StatusUnauthorized, "retrieve: request signature required")
	}
	if r.HasAuth {
		if from.far(r.Timestamp) {
			return refuse(http.StatusNotAcceptable, "retrieve timestamp too far from current time")
		}
		if !n.verify(&r.Auth, rpc.Read, r.Namespace.Unrevocable(), r.Signed()) {
			return refuse(http.StatusUnauthorized, "retrieve signature verification failed")
		}
	}
	size := r.MaxSize
	switch {
	case size == 0 && r.MaxCount == 0:
		size = maxRetrieve / 5
	case size < 0:
		size = maxRetrieve / -size
	case size == 0 || size > maxRetrieve:
		size = maxRetrieve
	}
	if r.MaxCount == -1 { // the limit of storage servers is one more
		return done(rpc.JSON(http.StatusOK, retrieved{HF: hardfork(), Messages: []message{}, T: from.now}))
	}
	list, more, err := n.box.Retrieve(r.Owner, int16(r.Namespace), r.LastHash, r.MaxCount, size, time.Now().UnixMilli())
	if err != nil {
		n.log.Error("cannot read messages", "owner", r.Owner, "err", err)
		return refuse(http.StatusInternalServerError, "Internal Server Error. Could not retrieve messages for %x…%x", r.Owner[1:3], r.Owner[32:])
	}
	answer := retrieved{HF: hardfork(), Messages: make([]message, len(list)), More: more, T: from.now}
	for i, m := range list {
		answer.Messages[i] = message{base64.StdEncoding.EncodeToString(m.Data), m.Expiry, m.Hash, m.Timestamp}
	}
	return done(rpc.JSON(http.StatusOK, answer))
}
