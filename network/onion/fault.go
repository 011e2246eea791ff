package onion

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// Cause says which part of a path a request failed at.
type Cause int

// The causes, with what nodes write and what it costs.
const (
	Unknown       Cause = iota // anything else: the path
	NotFound                   // 502 "Next node not found: KEY": KEY is no node any more
	Unreachable                // 502 "Next node is currently unreachable: KEY"
	NotReady                   // 503 "Snode not ready: KEY"
	GuardNotReady              // 503 "Service node is not ready: ..." or "Server busy, try again later"
	TimedOut                   // 504 "Request time out": some node of the path
	BadRelay                   // 500 "Invalid response from snode": some node of the path
	BadRequest                 // 400 "Invalid ciphertext", "Error parsing onion request": keys of ours are old
	TooMany                    // 429 of the guard
	ByServer                   // the status of a server, which answered without encryption
)

// Fault is an error that a node on the way told in clear.
type Fault struct {
	Status int
	Cause  Cause
	Node   [32]byte // the Ed25519 key that NotFound, Unreachable and NotReady name; else zero
	Text   string   // what was written, shortened and quoted
}

func (f *Fault) Error() string { return fmt.Sprintf("onion request: %d %s", f.Status, f.Text) }

// keyed are the texts that end in the key of a node.
var keyed = []struct {
	status int
	prefix string
	cause  Cause
}{
	{502, "Next node not found: ", NotFound},
	{502, "Next node is currently unreachable: ", Unreachable},
	{503, "Snode not ready: ", NotReady},
}

// plain are the texts that name no node.
var plain = []struct {
	status int
	prefix string
	cause  Cause
}{
	{503, "Service node is not ready", GuardNotReady},
	{503, "Snode not ready", GuardNotReady},
	{503, "Server busy, try again later", GuardNotReady},
	{504, "Request time out", TimedOut},
	{500, "Invalid response from snode", BadRelay},
	{400, "Invalid ciphertext", BadRequest},
	{400, "Error parsing onion request", BadRequest},
	{429, "", TooMany},
}

// Classify reads an HTTP answer of the guard with a status other than 200.
// toServer tells that the request was for a server: then an error that no node
// is known to give is that of the server.
func Classify(status int, body []byte, toServer bool) *Fault {
	const most = 256
	text := string(body[:min(len(body), most)])
	f := &Fault{Status: status, Text: short(body)}
	for _, k := range keyed {
		rest, ok := strings.CutPrefix(text, k.prefix)
		if status != k.status || !ok {
			continue
		}
		if key, err := hex.DecodeString(strings.TrimSpace(rest)); err == nil && len(key) == len(f.Node) {
			f.Cause, f.Node = k.cause, [32]byte(key)
			return f
		}
	}
	for _, p := range plain {
		if status == p.status && strings.HasPrefix(text, p.prefix) && !(toServer && p.cause == TooMany) {
			f.Cause = p.cause
			return f
		}
	}
	if toServer {
		f.Cause = ByServer
	}
	return f
}
