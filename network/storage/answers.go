package storage

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"time"

	"golang.org/x/crypto/blake2b"

	"seance/messaging/id"
)

// MessageHash is the hash that nodes give a message:
// BLAKE2b-256(prefix || key || namespace || data) in unpadded base64.
func MessageHash(owner id.Pubkey, ns id.Namespace, data []byte) id.Hash {
	h, err := blake2b.New256(nil)
	if err != nil {
		panic("internal error: unkeyed blake2b refused: " + err.Error())
	}
	h.Write(owner[:])
	h.Write([]byte(namespace(ns)))
	h.Write(data)
	return id.Hash(base64.RawStdEncoding.EncodeToString(h.Sum(nil)))
}

// maxHash bounds what is taken for a hash; those of today have 43 characters.
const maxHash = 128

// flag is a boolean as nodes write it: true from the one that was asked, 1
// from its peers.
type flag bool

func (f *flag) UnmarshalJSON(b []byte) error {
	*f = string(b) == "true" || string(b) == "1"
	return nil
}

// member is what one node of the swarm answered to a request that went to all.
type member struct {
	Node      string          `json:"-"` // its key, as the node wrote it
	Failed    flag            `json:"failed"`
	Hash      id.Hash         `json:"hash"`
	Already   flag            `json:"already"`
	Expiry    json.RawMessage `json:"expiry"` // ms, or a list of them
	Deleted   json.RawMessage `json:"deleted"`
	Updated   json.RawMessage `json:"updated"`
	Unchanged json.RawMessage `json:"unchanged"`
}

type swarmAnswer struct {
	Swarm map[string]json.RawMessage `json:"swarm"`
	Hash  id.Hash                    `json:"hash"`
	T     int64                      `json:"t"`
}

// members decodes the answers of a swarm in the order of their nodes' keys.
// One that cannot be read counts as failed.
func (s swarmAnswer) members() (ok []member, failed int) {
	keys := make([]string, 0, len(s.Swarm))
	for k := range s.Swarm {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		var m member
		if err := json.Unmarshal(s.Swarm[k], &m); err != nil || bool(m.Failed) {
			failed++
			continue
		}
		m.Node = k
		ok = append(ok, m)
	}
	return ok, failed
}

func parseSwarm(r Result) (swarmAnswer, error) {
	var s swarmAnswer
	if err := r.Err(); err != nil {
		return s, err
	}
	if err := json.Unmarshal(r.Body, &s); err != nil {
		return s, fmt.Errorf("%w: %s", ErrMalformed, "swarm answer")
	}
	return s, nil
}

// StoreReply is the answer to a store.
type StoreReply struct {
	Hash    id.Hash
	Time    time.Time // network time of the store; zero if the node did not say
	Expiry  time.Time // when the message will be dropped; zero if not told
	Already bool      // some member had it before
	Stored  int       // members that have it
	Nodes   []string  // the keys of these, as the node wrote them
	Failed  int       // members that could not be reached or refused
}

// Store reads the answer to a store. Nodes answer 200 even when every member
// failed; that is ErrNotStored.
func (r Result) Store() (StoreReply, error) {
	s, err := parseSwarm(r)
	if err != nil {
		return StoreReply{}, err
	}
	reply := StoreReply{Hash: s.Hash, Time: stamp(s.T)}
	ok, failed := s.members()
	reply.Failed = failed
	for _, m := range ok {
		if m.Hash == "" {
			reply.Failed++
			continue
		}
		reply.Stored++
		reply.Nodes = append(reply.Nodes, m.Node)
		reply.Already = reply.Already || bool(m.Already)
		if reply.Hash == "" {
			reply.Hash = m.Hash
		}
		if ms, err := strconv.ParseInt(string(m.Expiry), 10, 64); err == nil {
			reply.Expiry = later(reply.Expiry, stamp(ms))
		}
	}
	if reply.Stored == 0 || reply.Hash == "" {
		return StoreReply{}, ErrNotStored
	}
	return reply, nil
}

// Stored is a message in a swarm.
type Stored struct {
	Hash       id.Hash
	Timestamp  time.Time // as its sender gave it
	Expiration time.Time
	Data       []byte // nil if the node sent something that is no base64
}

// RetrieveReply is the answer to a retrieve.
type RetrieveReply struct {
	Messages []Stored // in this node's order: the last hash is the next cursor
	More     bool     // there are more behind the last one
	Time     time.Time
}

// Retrieve reads the answer to a retrieve.
func (r Result) Retrieve() (RetrieveReply, error) {
	if err := r.Err(); err != nil {
		return RetrieveReply{}, err
	}
	var a struct {
		Messages []struct {
			Hash       id.Hash `json:"hash"`
			Timestamp  int64   `json:"timestamp"`
			Expiration int64   `json:"expiration"`
			Data       string  `json:"data"`
		} `json:"messages"`
		More flag  `json:"more"`
		T    int64 `json:"t"`
	}
	if err := json.Unmarshal(r.Body, &a); err != nil {
		return RetrieveReply{}, fmt.Errorf("%w: retrieve", ErrMalformed)
	}
	reply := RetrieveReply{More: bool(a.More), Time: stamp(a.T), Messages: make([]Stored, 0, len(a.Messages))}
	for _, m := range a.Messages {
		if m.Hash == "" || len(m.Hash) > maxHash {
			continue // can neither be remembered nor deleted
		}
		data, err := base64.StdEncoding.DecodeString(m.Data)
		if err != nil {
			data = nil
		}
		reply.Messages = append(reply.Messages, Stored{m.Hash, stamp(m.Timestamp), stamp(m.Expiration), data})
	}
	return reply, nil
}

// Deleted reads the answer to delete, delete_all (of one namespace or all)
// and delete_before: the hashes that at least one member removed, sorted, and
// how many members failed. It is an error when all of them did.
func (r Result) Deleted() (hashes []id.Hash, failed int, err error) {
	s, err := parseSwarm(r)
	if err != nil {
		return nil, 0, err
	}
	ok, failed := s.members()
	if len(ok) == 0 {
		return nil, failed, &Error{Code: r.Code, Text: "every member of the swarm failed"}
	}
	seen := map[id.Hash]bool{}
	for _, m := range ok {
		for _, h := range hashList(m.Deleted) {
			seen[h] = true
		}
	}
	for h := range seen {
		hashes = append(hashes, h)
	}
	sort.Slice(hashes, func(i, j int) bool { return hashes[i] < hashes[j] })
	return hashes, failed, nil
}

// hashList reads a list of hashes, or a dictionary of such lists by namespace.
func hashList(b json.RawMessage) []id.Hash {
	var list []id.Hash
	if json.Unmarshal(b, &list) == nil {
		return list
	}
	var byNamespace map[string][]id.Hash
	if json.Unmarshal(b, &byNamespace) != nil {
		return nil
	}
	list = nil
	for _, hashes := range byNamespace {
		list = append(list, hashes...)
	}
	return list
}

// Expiries reads the answer to expire and get_expiries: when each message that
// still exists expires. Where members disagree the latest time is taken.
func (r Result) Expiries() (map[id.Hash]time.Time, error) {
	if err := r.Err(); err != nil {
		return nil, err
	}
	var a struct {
		swarmAnswer
		Expiries map[id.Hash]int64 `json:"expiries"`
	}
	if err := json.Unmarshal(r.Body, &a); err != nil {
		return nil, fmt.Errorf("%w: expiries", ErrMalformed)
	}
	times := map[id.Hash]time.Time{}
	add := func(h id.Hash, ms int64) { times[h] = later(times[h], stamp(ms)) }
	for h, ms := range a.Expiries {
		add(h, ms)
	}
	ok, failed := a.members()
	if len(ok) == 0 && failed > 0 {
		return nil, &Error{Code: r.Code, Text: "every member of the swarm failed"}
	}
	for _, m := range ok {
		updated := hashList(m.Updated)
		expiries := expiryList(m.Expiry, len(updated))
		for i, h := range updated {
			if i < len(expiries) {
				add(h, expiries[i])
			}
		}
		var unchanged map[id.Hash]int64
		if json.Unmarshal(m.Unchanged, &unchanged) == nil {
			for h, ms := range unchanged {
				add(h, ms)
			}
		}
	}
	return times, nil
}

// expiryList is one expiry for each of n updated messages: nodes answer a
// number if they were asked with one, else a list.
func expiryList(b json.RawMessage, n int) []int64 {
	var list []int64
	if json.Unmarshal(b, &list) == nil {
		return list
	}
	ms, err := strconv.ParseInt(string(bytes.TrimSpace(b)), 10, 64)
	if err != nil {
		return nil
	}
	list = make([]int64, n)
	for i := range list {
		list[i] = ms
	}
	return list
}

// Results reads the answer to a batch or a sequence of n requests. A sequence
// may have fewer results, a batch that does is malformed too where it matters
// to the caller.
func (r Result) Results(n int) ([]Result, error) {
	if err := r.Err(); err != nil {
		return nil, err
	}
	var a struct {
		Results []Result `json:"results"`
	}
	if err := json.Unmarshal(r.Body, &a); err != nil || len(a.Results) == 0 || len(a.Results) > n {
		return nil, fmt.Errorf("%w: batch", ErrMalformed)
	}
	return a.Results, nil
}

// Oxend reads the answer to an oxend_request.
func (r Result) Oxend() (json.RawMessage, error) {
	if err := r.Err(); err != nil {
		return nil, err
	}
	var a struct {
		Result json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(r.Body, &a); err != nil || a.Result == nil {
		return nil, fmt.Errorf("%w: oxend_request", ErrMalformed)
	}
	return a.Result, nil
}

// Time is the network time that an answer carries (t), if it has one. What
// lies before 2021 is no time but a mistake. Large answers are not searched.
func (r Result) Time() (time.Time, bool) {
	const most = 64 << 10
	if len(r.Body) > most {
		return time.Time{}, false
	}
	var a struct {
		T int64 `json:"t"`
	}
	if json.Unmarshal(r.Body, &a) != nil || a.T < 1609459200000 || a.T > 1<<45 {
		return time.Time{}, false
	}
	return stamp(a.T), true
}

// stamp is a time from milliseconds; 0, which stands for "not told", is the
// zero time.
func stamp(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
