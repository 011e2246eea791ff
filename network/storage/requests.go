package storage

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"seance/messaging/id"
)

// AllNamespaces stands for every namespace of an owner where a request takes
// one namespace or all.
const AllNamespaces = "all"

// params is the object of a request's parameters.
type params = map[string]any

// Message is a message to be stored.
type Message struct {
	Namespace id.Namespace
	Timestamp time.Time     // when it was written, in network time
	TTL       time.Duration // counted from Timestamp
	Data      []byte        // at most MaxData bytes
}

// Store deposits a message without a signature, which is possible for anyone
// in namespaces that are divisible by 10.
func Store(owner id.Pubkey, m Message) Request {
	return Request{"store", m.params(owner)}
}

func (m Message) params(owner id.Pubkey) params {
	return params{
		"pubkey":    owner.String(),
		"namespace": m.Namespace,
		"timestamp": m.Timestamp.UnixMilli(),
		"ttl":       m.TTL.Milliseconds(),
		"data":      base64.StdEncoding.EncodeToString(m.Data),
	}
}

// Store deposits a message with a signature. The signature has its own
// timestamp, so that a message may wait in an outbox.
func (a Auth) Store(m Message, now time.Time) Request {
	p := m.params(a.Owner)
	ts := millis(now)
	p["sig_timestamp"] = now.UnixMilli()
	return a.request("store", p, namespace(m.Namespace), ts)
}

// Retrieve asks for the messages of one namespace that are newer than
// lastHash, in the order in which this node stored them. lastHash is a cursor
// of this node only; empty, unknown or expired ones return everything.
// maxSize limits the answer in bytes, or as a fraction: -N is 1/N of what a
// node can answer at once, 0 leaves it to the node (1/5).
func (a Auth) Retrieve(ns id.Namespace, lastHash id.Hash, maxSize int, now time.Time) Request {
	p := params{"namespace": ns, "timestamp": now.UnixMilli()}
	if lastHash != "" {
		p["last_hash"] = lastHash
	}
	if maxSize != 0 {
		p["max_size"] = maxSize
	}
	return a.request("retrieve", p, namespace(ns), millis(now))
}

// Delete removes messages from the whole swarm by their hashes. With required
// the answer is 404 when no member had any of them.
func (a Auth) Delete(hashes []id.Hash, required bool) Request {
	p := params{"messages": hashes}
	if required {
		p["required"] = true
	}
	return a.request("delete", p, join(hashes))
}

// DeleteAll empties one namespace.
func (a Auth) DeleteAll(ns id.Namespace, now time.Time) Request {
	return a.request("delete_all", params{"namespace": ns, "timestamp": now.UnixMilli()}, namespace(ns), millis(now))
}

// DeleteEverything empties all namespaces.
func (a Auth) DeleteEverything(now time.Time) Request {
	return a.request("delete_all", params{"namespace": AllNamespaces, "timestamp": now.UnixMilli()}, AllNamespaces, millis(now))
}

// DeleteBefore removes what was written up to a time from one namespace.
func (a Auth) DeleteBefore(ns id.Namespace, before time.Time) Request {
	return a.request("delete_before", params{"namespace": ns, "before": before.UnixMilli()}, namespace(ns), millis(before))
}

// Change says in which direction Expire may move an expiry.
type Change string

// The directions of Expire.
const (
	Set     Change = ""
	Shorten Change = "shorten"
	Extend  Change = "extend"
)

// Expire changes when messages expire. Nodes clamp expiry to MaxPrivateTTL
// from now; the answer says what was applied.
func (a Auth) Expire(hashes []id.Hash, expiry time.Time, c Change) Request {
	p := params{"messages": hashes, "expiry": expiry.UnixMilli()}
	if c != Set {
		p[string(c)] = true
	}
	return a.request("expire", p, string(c), millis(expiry), join(hashes))
}

// ExpireAll shortens the life of everything in one namespace.
func (a Auth) ExpireAll(ns id.Namespace, expiry time.Time) Request {
	return a.request("expire_all", params{"namespace": ns, "expiry": expiry.UnixMilli()}, namespace(ns), millis(expiry))
}

// GetExpiries asks when messages expire. Those that are gone are missing in
// the answer.
func (a Auth) GetExpiries(hashes []id.Hash, now time.Time) Request {
	return a.request("get_expiries", params{"messages": hashes, "timestamp": now.UnixMilli()}, millis(now), join(hashes))
}

// Revoke takes members of a group, by their tokens, the right to act in its
// mailboxes, of which there have to be some.
func (a Auth) Revoke(tokens [][TokenSize]byte, now time.Time) Request {
	return a.revoke("revoke_subaccount", "revoke", tokens, now)
}

// Unrevoke gives it back.
func (a Auth) Unrevoke(tokens [][TokenSize]byte, now time.Time) Request {
	return a.revoke("unrevoke_subaccount", "unrevoke", tokens, now)
}

func (a Auth) revoke(method, field string, tokens [][TokenSize]byte, now time.Time) Request {
	list := make([]string, len(tokens))
	var raw strings.Builder
	for i, t := range tokens {
		list[i] = hex.EncodeToString(t[:])
		raw.Write(t[:])
	}
	return a.request(method, params{field: list, "timestamp": now.UnixMilli()}, millis(now), raw.String())
}

// GetSwarm asks which nodes hold an owner's messages.
func GetSwarm(owner id.Pubkey) Request {
	return Request{"get_swarm", params{"pubkey": owner.String()}}
}

// Info asks for a node's version and time.
func Info() Request { return Request{"info", params{}} }

// Oxend passes a request on to the node's blockchain daemon. args is the
// object of its parameters, or nil.
func Oxend(endpoint string, args any) Request {
	p := params{"endpoint": endpoint}
	if args != nil {
		p["params"] = args
	}
	return Request{"oxend_request", p}
}

// ActiveNodes asks for the node list in its binary form, which storage
// servers newer than 2.8.0 know.
func ActiveNodes() Request { return Request{"active_nodes_bin", params{}} }

// Batch joins requests into one. A sequence runs one after the other and ends
// at the first failure.
func Batch(requests []Request, sequence bool) Request {
	method := "batch"
	if sequence {
		method = "sequence"
	}
	return Request{method, params{"requests": requests}}
}

// request signs method and parts, as they stand, and adds who signed.
func (a Auth) request(method string, p params, parts ...string) Request {
	p["pubkey"] = a.Owner.String()
	// A group's ID is its signing key; nodes refuse (400) a second one.
	if a.Owner.IsAccount() {
		p["pubkey_ed25519"] = hex.EncodeToString(a.Ed25519[:])
	}
	if a.Member != nil {
		p["subaccount"] = base64.StdEncoding.EncodeToString(a.Member.Token[:])
		p["subaccount_sig"] = base64.StdEncoding.EncodeToString(a.Member.Signature[:])
	}
	text := method + strings.Join(parts, "")
	p["signature"] = base64.StdEncoding.EncodeToString(a.Sign([]byte(text)))
	return Request{method, p}
}

// namespace is how a signature names a namespace: the default one is empty.
func namespace(ns id.Namespace) string {
	if ns == 0 {
		return ""
	}
	return strconv.Itoa(int(ns))
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

func join(hashes []id.Hash) string {
	var b strings.Builder
	for _, h := range hashes {
		b.WriteString(string(h))
	}
	return b.String()
}
