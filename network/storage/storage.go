// Package storage builds the requests that service nodes answer at
// /storage_rpc/v1, with the exact bytes that each signature covers, and reads
// their answers.
//
// It knows nothing of paths or of what messages mean, does no I/O, takes the
// time as an argument and starts no goroutines.
//
// Wire reference: oxen-io/oxen-storage-server: oxenss/rpc/client_rpc_endpoints.h
// and request_handler.cpp; checked against version 2.8.0.
package storage

import (
	"encoding/json"
	"fmt"
	"time"

	"seance/messaging/id"
)

// Limits of service nodes.
const (
	MaxBatch       = 20                  // requests in a batch or sequence
	MaxSteps       = 5                   // of a sequence that is answered in time while a member of the swarm is gone
	MaxData        = 76800               // bytes of one message
	MaxTTL         = 14 * 24 * time.Hour // in public namespaces (divisible by 10)
	MaxPrivateTTL  = 30 * 24 * time.Hour // in all others, and what expire clamps to
	MinTTL         = 10 * time.Second
	ClockTolerance = 60 * time.Second // how far a signature's timestamp may be off
)

// Request is one call.
type Request struct {
	Method string `json:"method"`
	Params any    `json:"params"` // marshals to a JSON object
}

// Steps is how often, one time after the other, a node asks the rest of its swarm
// before it answers: never for what only reads, once for what writes, as often as a
// sequence writes.
func (r Request) Steps() int {
	switch r.Method {
	case "retrieve", "get_expiries", "info", "get_swarm", "oxend_request", "active_nodes_bin":
		return 0
	case "batch", "sequence":
		steps := 0
		parts, _ := r.Params.(params)["requests"].([]Request)
		for _, part := range parts {
			if r.Method == "sequence" {
				steps += part.Steps()
			} else {
				steps = max(steps, part.Steps())
			}
		}
		return steps
	}
	return 1
}

// Result is the answer to one call, whether it succeeded or not.
type Result struct {
	Code int             `json:"code"`
	Body json.RawMessage `json:"body"` // an object, or a string with the text of an error
}

// Error is a node's refusal of one call.
type Error struct {
	Code int
	Text string
}

func (e *Error) Error() string { return fmt.Sprintf("service node: %d %s", e.Code, e.Text) }

// Auth proves the right to an owner's mailboxes.
type Auth struct {
	Owner   id.Pubkey
	Ed25519 [32]byte            // the account's signing key; not sent for groups
	Sign    func([]byte) []byte // 64-byte Ed25519 signature
	// Member is set for a member of the group Owner, who is no admin: Sign is theirs.
	Member *Member
}

// Member is somebody who may act in a group's mailboxes as far as its token says.
type Member struct {
	Token     [TokenSize]byte
	Signature [64]byte // the group's, of the token
}

// TokenSize is the length of the token of a subaccount.
const TokenSize = 36
