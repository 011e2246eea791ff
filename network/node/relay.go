package node

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"

	"seance/network/node/link"
	"seance/network/node/peel"
	"seance/network/node/registry"
	"seance/network/node/rpc"
)

// maxHops is how many nodes an onion request may pass: oxenss/rpc/onion_processing.h.
const maxHops = 15

// onion peels a layer and does what it asks for. What comes back is the answer
// for the node or client that sent the request.
func (n *Node) onion(ctx context.Context, r peel.Request) (status int, body []byte) {
	if !n.ready.Load() {
		return http.StatusServiceUnavailable, fmt.Appendf(nil, "Snode not ready: %s", n.key)
	}
	plaintext, err := n.onions.Open(r.Type, r.Ciphertext, r.Ephemeral)
	if err != nil {
		return http.StatusBadRequest, []byte("Invalid ciphertext")
	}
	layer, err := peel.Classify(plaintext)
	if err != nil {
		return n.seal(r, rpc.Text(http.StatusBadRequest, "Invalid json"), false, true)
	}
	switch l := layer.(type) {
	case *peel.Final:
		return n.seal(r, n.client(ctx, l.Body), l.JSON, l.Base64)
	case *peel.ToNode:
		return n.toNode(ctx, r, l)
	case *peel.ToServer:
		if !l.Allowed() {
			return n.seal(r, rpc.Text(http.StatusBadRequest, "Invalid url"), false, true)
		}
		return n.toServer(ctx, l)
	}
	return http.StatusInternalServerError, []byte("request failed")
}

// seal encrypts an answer to the key of the layer that asked.
func (n *Node) seal(to peel.Request, r *rpc.Response, embed, base64Text bool) (int, []byte) {
	answer := object{"status": r.Status, "body": r.Value()}
	if !embed {
		answer["body"] = string(r.Body())
	}
	sealed, err := n.onions.Seal(n.o.Rand, to.Type, rpc.Encode(answer), to.Ephemeral)
	if err != nil {
		return http.StatusInternalServerError, []byte("request failed")
	}
	if base64Text {
		sealed = base64.StdEncoding.AppendEncode(nil, sealed)
	}
	return http.StatusOK, sealed
}

func (n *Node) toNode(ctx context.Context, r peel.Request, l *peel.ToNode) (int, []byte) {
	next, ok := n.view().Node(registry.Key(l.Destination))
	if !ok {
		return http.StatusBadGateway, fmt.Appendf(nil, "Next node not found: %x", l.Destination)
	}
	l.Next.Hop = r.Hop + 1
	ctx, cancel := context.WithTimeout(ctx, onionTimeout)
	defer cancel()
	a, err := n.peers.Once(ctx, next, kindOnion, l.Next.Marshal()) // at its end may be a server that must not get it twice
	switch err = n.linger(ctx, err); {
	case errors.Is(err, link.ErrUnreachable):
		return http.StatusBadGateway, fmt.Appendf(nil, "Next node is currently unreachable: %x", l.Destination)
	case err != nil:
		return http.StatusGatewayTimeout, []byte("Request time out")
	}
	return knownStatus(int(a.Status)), a.Payload
}

// knownStatus is what becomes of a status on its way from node to node:
// oxenss/server/utils.h.
func knownStatus(s int) int {
	switch s {
	case 200, 400, 401, 403, 404, 406, 410, 413, 421, 429, 502, 503, 504:
		return s
	}
	return http.StatusInternalServerError
}

// answerOnion is the same as /onion_req/v2, for another node.
func (n *Node) answerOnion(ctx context.Context, payload []byte) (uint16, []byte) {
	r, err := peel.ParseRequest(payload)
	if err != nil {
		return http.StatusBadRequest, []byte("Invalid internal onion request: " + err.Error())
	}
	if r.Hop = max(1, r.Hop); r.Hop > maxHops {
		return http.StatusBadRequest, []byte("onion request max path length exceeded")
	}
	status, body := n.onion(ctx, r)
	if len(body) > link.MaxPayload {
		return http.StatusInternalServerError, []byte("Invalid response from snode")
	}
	return uint16(status), body
}
