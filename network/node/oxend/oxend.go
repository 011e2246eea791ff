// Package oxend answers what the blockchain daemon of the Session Network is
// asked for: the list of service nodes and registered names. A seed serves it
// to everybody; service nodes pass two of its questions on for their clients.
//
// It starts no goroutines. Shapes are those of oxen-io/oxen-core:
// src/rpc/core_rpc_server.cpp (get_service_nodes, ons_resolve).
package oxend

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"

	"seance/network/node/registry"
	"seance/network/node/rpc"
)

// Hardfork is the version of the network's rules that every node reports.
const Hardfork, Revision = 21, 0

// maxBody bounds a request to a seed.
const maxBody = 64 << 10

// Name is a registered name: the encrypted Account ID and the nonce, in hex.
type Name struct{ EncryptedValue, Nonce string }

// Daemon answers from a list of nodes and a table of names.
type Daemon struct {
	Nodes *registry.Registry
	Names map[string]Name // by the base64 of the name's hash; may be nil
}

// ErrParams is returned, wrapped, for params that cannot be read.
var ErrParams = errors.New("invalid params")

// Answer is the result of a method that nodes pass on: get_service_nodes or
// ons_resolve. params may be nil.
func (d *Daemon) Answer(method string, params json.RawMessage) (any, error) {
	if method == "ons_resolve" {
		return d.resolve(params)
	}
	return d.serviceNodes(params)
}

func (d *Daemon) resolve(params json.RawMessage) (any, error) {
	var p struct {
		Type     *int   `json:"type"`
		NameHash string `json:"name_hash"`
	}
	if err := json.Unmarshal(params, &p); err != nil || p.NameHash == "" || p.Type == nil {
		return nil, fmt.Errorf("%w: type and name_hash are required", ErrParams)
	}
	n, ok := d.Names[p.NameHash]
	if !ok || *p.Type != 0 {
		return map[string]any{}, nil
	}
	if n.Nonce == "" {
		return map[string]any{"encrypted_value": n.EncryptedValue}, nil
	}
	return map[string]any{"encrypted_value": n.EncryptedValue, "nonce": n.Nonce}, nil
}

// wanted reads the fields of a question: an object of booleans or a list of
// names. Without it everything is wanted.
func wanted(raw json.RawMessage) (func(string) bool, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return func(string) bool { return true }, nil
	}
	set := map[string]bool{}
	if json.Unmarshal(raw, &set) != nil {
		var names []string
		if json.Unmarshal(raw, &names) != nil {
			return nil, fmt.Errorf("%w: fields", ErrParams)
		}
		for _, n := range names {
			set[n] = true
		}
	}
	return func(name string) bool { return set[name] || set["all"] }, nil
}

func (d *Daemon) serviceNodes(params json.RawMessage) (any, error) {
	var p struct {
		Fields json.RawMessage `json:"fields"`
		Limit  int             `json:"limit"`
		// active_only makes no difference: every node of the list is active.
	}
	if len(params) > 0 {
		if err := json.Unmarshal(params, &p); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrParams, err)
		}
	}
	want, err := wanted(p.Fields)
	if err != nil {
		return nil, err
	}
	view := d.Nodes.View()
	states := make([]map[string]any, 0, len(view.Nodes))
	for _, n := range view.Nodes {
		s := map[string]any{}
		for name, value := range map[string]any{
			"public_ip":               n.IP,
			"storage_port":            n.Port,
			"storage_lmq_port":        n.Port,
			"service_node_pubkey":     n.Ed25519.String(),
			"pubkey_ed25519":          n.Ed25519.String(),
			"pubkey_x25519":           hex.EncodeToString(n.X25519[:]),
			"swarm_id":                n.Swarm,
			"storage_server_version":  n.Version,
			"requested_unlock_height": 0,
			"active":                  true,
			"funded":                  true,
		} {
			if want(name) {
				s[name] = value
			}
		}
		states = append(states, s)
	}
	if p.Limit > 0 && p.Limit < len(states) {
		rand.Shuffle(len(states), func(i, j int) { states[i], states[j] = states[j], states[i] })
		states = states[:p.Limit]
	}
	result := map[string]any{"service_node_states": states, "status": "OK"}
	for name, value := range map[string]any{
		"height": view.Height, "target_height": view.Height, "hardfork": Hardfork, "snode_revision": Revision,
		"block_hash": fmt.Sprintf("%064x", view.Height),
	} {
		if want(name) {
			result[name] = value
		}
	}
	return result, nil
}

// ServeHTTP is the JSON-RPC endpoint of a seed: POST /json_rpc.
func (d *Daemon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/json_rpc" || r.Method != http.MethodPost {
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "request too large", http.StatusRequestEntityTooLarge)
		return
	}
	var q struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
	}
	fail := func(code int, text string) any {
		return map[string]any{"jsonrpc": "2.0", "id": q.ID, "error": map[string]any{"code": code, "message": text}}
	}
	var answer any
	switch err := json.Unmarshal(body, &q); {
	case err != nil:
		answer = fail(-32700, "Parse error")
	case q.Method == "get_n_service_nodes", q.Method == "get_service_nodes", q.Method == "ons_resolve":
		if result, err := d.Answer(q.Method, q.Params); err != nil {
			answer = fail(-32602, "Invalid params")
		} else {
			answer = map[string]any{"jsonrpc": "2.0", "id": q.ID, "result": result}
		}
	default:
		answer = fail(-32601, "Method not found")
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(rpc.Encode(answer))
}
