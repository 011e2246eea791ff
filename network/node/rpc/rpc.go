// Package rpc reads the requests of the storage RPC: what a client puts into
// the body of /storage_rpc/v1, or into the innermost layer of an onion request.
//
// It parses and says what each request signs; it verifies no signature, keeps
// no data and starts no goroutines, so that everything a stranger can send is
// taken apart without a database behind it. Rules and texts are those of
// session-foundation/session-storage-server: oxenss/rpc/client_rpc_endpoints.cpp
// and oxenss/rpc/request_handler.cpp.
package rpc

import (
	"encoding/json"
	"fmt"
	"net/http"
	"unicode/utf8"
)

// BatchMax is how many requests a batch or a sequence may hold.
const BatchMax = 20

// maxNesting is how deep ifelse requests may hold one another.
const maxNesting = 8

// Call is one request: its method, its params as they came (a node forwards
// these to its swarm, so that every member checks the same signature) and what
// they mean, a pointer to one of the request types of this package.
type Call struct {
	Method  string
	Params  json.RawMessage
	Request any
}

type (
	// Batch runs its calls independently of one another.
	Batch struct{ Calls []Call }
	// Sequence runs its calls in order until one fails.
	Sequence struct{ Calls []Call }
	// IfElse runs one of two calls, either of which may be nil.
	IfElse struct {
		Condition  Condition
		Then, Else *Call
	}
)

var parsers = map[string]func(*fields) any{
	"store":                 func(f *fields) any { return parseStore(f) },
	"retrieve":              func(f *fields) any { return parseRetrieve(f) },
	"delete":                func(f *fields) any { return parseDelete(f) },
	"delete_all":            func(f *fields) any { return parseDeleteAll(f) },
	"delete_before":         func(f *fields) any { return parseDeleteBefore(f) },
	"expire":                func(f *fields) any { return parseExpire(f) },
	"expire_all":            func(f *fields) any { return parseExpireAll(f) },
	"get_expiries":          func(f *fields) any { return parseGetExpiries(f) },
	"revoke_subaccount":     func(f *fields) any { return parseRevoke(f) },
	"unrevoke_subaccount":   func(f *fields) any { return parseUnrevoke(f) },
	"get_swarm":             func(f *fields) any { return parseGetSwarm(f) },
	"get_snodes_for_pubkey": func(f *fields) any { return parseGetSwarm(f) },
	"oxend_request":         func(f *fields) any { return parseOxend(f) },
	"info":                  func(*fields) any { return &Info{} },
	"active_nodes_bin":      func(*fields) any { return &ActiveNodes{} },
}

// Parse reads a whole request `{"method","params"}`. What cannot be read gives
// the Response to send back.
func Parse(body []byte) (Call, *Response) {
	var top map[string]json.RawMessage
	if !utf8.Valid(body) || !json.Valid(body) {
		return Call{}, Text(http.StatusBadRequest, "invalid json")
	}
	_ = json.Unmarshal(body, &top) // another type than an object has no method
	method, ok := unquote(top["method"])
	if !ok {
		return Call{}, Text(http.StatusBadRequest, "invalid json: no `method` field")
	}
	params := top["params"]
	if len(params) == 0 || params[0] != '{' {
		return Call{}, Text(http.StatusBadRequest, "invalid json: no `params` field")
	}
	if !known(method) {
		return Call{}, Text(http.StatusBadRequest, "no method "+method)
	}
	c, err := ParseCall(method, params)
	if err != nil {
		return Call{}, Text(http.StatusBadRequest, "invalid request: "+err.Error())
	}
	return c, nil
}

func known(method string) bool {
	switch method {
	case "batch", "sequence", "ifelse":
		return true
	}
	return parsers[method] != nil
}

// ParseCall reads the params of a method. The text of the error is for the
// client.
func ParseCall(method string, params json.RawMessage) (Call, error) {
	return parseCall(method, params, maxNesting)
}

func parseCall(method string, params json.RawMessage, depth int) (Call, error) {
	f := &fields{}
	if err := json.Unmarshal(params, &f.m); err != nil {
		return Call{}, fmt.Errorf("params of %s must be an object", method)
	}
	c := Call{Method: method, Params: params}
	switch method {
	case "batch":
		c.Request = &Batch{parseCalls(f)}
	case "sequence":
		c.Request = &Sequence{parseCalls(f)}
	case "ifelse":
		c.Request = parseIfElse(f, depth-1)
	default:
		parse := parsers[method]
		if parse == nil {
			return Call{}, fmt.Errorf("no method %s", method)
		}
		c.Request = parse(f)
	}
	return c, f.err
}

func parseCalls(f *fields) []Call {
	var items []json.RawMessage
	if v := f.raw("requests"); v == nil || v[0] != '[' || json.Unmarshal(v, &items) != nil || len(items) == 0 {
		f.fail("Invalid batch request: no valid \"requests\" field")
		return nil
	}
	if len(items) > BatchMax {
		f.fail("Invalid batch request: subrequest limit exceeded")
		return nil
	}
	calls := make([]Call, 0, len(items))
	for _, item := range items {
		var m map[string]json.RawMessage
		if item[0] != '{' || json.Unmarshal(item, &m) != nil {
			f.fail("Invalid batch request: requests must be objects")
			return nil
		}
		method, ok := unquote(m["method"])
		params := m["params"]
		if !ok || len(params) == 0 || params[0] != '{' {
			f.fail("Invalid batch request: subrequests must have method/params keys")
			return nil
		}
		if !known(method) {
			f.fail("Invalid batch subrequest: invalid method \"%s\"", method)
			return nil
		}
		if parsers[method] == nil {
			f.fail("Invalid batch subrequest: subrequests may not contain meta-requests")
			return nil
		}
		c, err := ParseCall(method, params)
		if err != nil {
			f.fail("%w", err)
			return nil
		}
		calls = append(calls, c)
	}
	return calls
}

// State is what the condition of an ifelse is compared with.
type State struct {
	Height   int64
	Hardfork [2]int64
	Version  [3]int64
}

// Condition is the `if` of an ifelse: everything that is given must hold.
type Condition struct {
	heightAtLeast, heightBefore *int64
	hfAtLeast, hfBefore         []int64
	vAtLeast, vBefore           []int64
}

// Holds compares the condition with the state of a node.
func (c *Condition) Holds(s State) bool {
	return (c.hfAtLeast == nil || compare(s.Hardfork[:], c.hfAtLeast) >= 0) &&
		(c.hfBefore == nil || compare(s.Hardfork[:], c.hfBefore) < 0) &&
		(c.vAtLeast == nil || compare(s.Version[:], c.vAtLeast) >= 0) &&
		(c.vBefore == nil || compare(s.Version[:], c.vBefore) < 0) &&
		(c.heightAtLeast == nil || s.Height >= *c.heightAtLeast) &&
		(c.heightBefore == nil || s.Height < *c.heightBefore)
}

// compare orders a against b, whose missing elements are zero and whose
// surplus ones do not count.
func compare(a, b []int64) int {
	for i, x := range a {
		var y int64
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			if x < y {
				return -1
			}
			return 1
		}
	}
	return 0
}

func parseIfElse(f *fields, depth int) *IfElse {
	if depth < 0 {
		f.fail("Invalid ifelse request: nested too deep")
		return nil
	}
	cond := &fields{}
	if v := f.raw("if"); v == nil || json.Unmarshal(v, &cond.m) != nil {
		f.fail("Invalid ifelse request: no valid \"if\" field")
		return nil
	}
	r := &IfElse{}
	c := &r.Condition
	if n, ok := cond.integer("height_at_least"); ok {
		c.heightAtLeast = &n
	}
	if n, ok := cond.integer("height_before"); ok {
		c.heightBefore = &n
	}
	c.hfAtLeast, c.hfBefore = cond.integers("hf_at_least"), cond.integers("hf_before")
	c.vAtLeast, c.vBefore = cond.integers("v_at_least"), cond.integers("v_before")
	if cond.err != nil {
		f.fail("%w", cond.err)
		return nil
	}
	if c.heightAtLeast == nil && c.heightBefore == nil && c.hfAtLeast == nil && c.hfBefore == nil && c.vAtLeast == nil && c.vBefore == nil {
		f.fail("Invalid ifelse request: must specify at least one \"if\" condition")
		return nil
	}
	r.Then, r.Else = parseBranch(f, "then", depth), parseBranch(f, "else", depth)
	if r.Then == nil && r.Else == nil {
		f.fail("Invalid ifelse request: at least one of \"then\"/\"else\" required")
	}
	return r
}

func parseBranch(f *fields, key string, depth int) *Call {
	v := f.raw(key)
	if v == nil {
		return nil
	}
	var m map[string]json.RawMessage
	if json.Unmarshal(v, &m) != nil {
		f.fail("Invalid ifelse request: %s must be an object", key)
		return nil
	}
	method, ok := unquote(m["method"])
	if !ok || len(m["params"]) == 0 {
		f.fail("Invalid ifelse request: %s must have method/params keys", key)
		return nil
	}
	if !known(method) {
		f.fail("Invalid ifelse request method \"%s\"", key)
		return nil
	}
	c, err := parseCall(method, m["params"], depth)
	if err != nil {
		f.fail("%w", err)
		return nil
	}
	return &c
}
