package devnet_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"filippo.io/edwards25519"

	"seance/network/node/devnet"
)

// This file is a client of its own, so that a mistake in the program's client
// is not hidden by the same mistake here.

type client struct {
	t    testing.TB
	d    *devnet.Devnet
	http *http.Client
}

type dialer func(ctx context.Context, network, address string) (net.Conn, error)

func newClient(t testing.TB, d *devnet.Devnet, dial dialer) *client {
	transport := &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t, d, &http.Client{Transport: transport, Timeout: time.Minute}}
}

func (c *client) transport() *http.Transport { return c.http.Transport.(*http.Transport) }

func (c *client) close() { c.http.CloseIdleConnections() }

// node is what the seed tells of a node.
type node struct {
	IP      string      `json:"public_ip"`
	Port    int         `json:"storage_port"`
	Ed25519 string      `json:"pubkey_ed25519"`
	X25519  string      `json:"pubkey_x25519"`
	Swarm   json.Number `json:"swarm_id"`
}

// list asks the seed, whose certificate is pinned.
func (c *client) list(fields string) []node {
	c.t.Helper()
	roots := x509.NewCertPool()
	f := c.d.NetworkFile()
	if !roots.AppendCertsFromPEM([]byte(f.Seeds[0].Certificate)) {
		c.t.Fatal("the seed's certificate is unreadable")
	}
	transport := c.transport().Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	defer transport.CloseIdleConnections()
	r, err := (&http.Client{Transport: transport}).Post(f.Seeds[0].URL, "application/json", bytes.NewReader([]byte(
		`{"jsonrpc":"2.0","method":"get_n_service_nodes","params":{"active_only":true,"fields":`+fields+`}}`)))
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	var answer struct {
		Result struct {
			States []node `json:"service_node_states"`
			Height int    `json:"height"`
		} `json:"result"`
	}
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		c.t.Fatal(err)
	}
	return answer.Result.States
}

const allFields = `{"public_ip":true,"storage_port":true,"pubkey_x25519":true,"pubkey_ed25519":true,"swarm_id":true,"height":true}`

type account struct {
	key ed25519.PrivateKey
	id  string
}

func newAccount() account {
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	p, _ := new(edwards25519.Point).SetBytes(key.Public().(ed25519.PublicKey))
	return account{key, "05" + hex.EncodeToString(p.BytesMontgomery())}
}

type params map[string]any

func (a account) sign(p params, text string) params {
	p["pubkey"] = a.id
	p["pubkey_ed25519"] = hex.EncodeToString(a.key.Public().(ed25519.PublicKey))
	p["signature"] = base64.StdEncoding.EncodeToString(ed25519.Sign(a.key, []byte(text)))
	return p
}

func (a account) store(ns int, text string) params {
	now := time.Now().UnixMilli()
	p := params{"pubkey": a.id, "timestamp": now, "ttl": 14 * 24 * 3600 * 1000, "namespace": ns, "data": base64.StdEncoding.EncodeToString([]byte(text))}
	if ns%10 != 0 {
		a.sign(p, fmt.Sprintf("store%d%d", ns, now))
	}
	return p
}

func nsText(ns int) string {
	if ns == 0 {
		return ""
	}
	return fmt.Sprint(ns)
}

func (a account) retrieve(ns int, last string) params {
	now := time.Now().UnixMilli()
	return a.sign(params{"namespace": ns, "timestamp": now, "last_hash": last, "max_size": -1}, fmt.Sprintf("retrieve%s%d", nsText(ns), now))
}

type message struct {
	Hash, Data            string
	Timestamp, Expiration int64
}

func (m message) text() string {
	b, _ := base64.StdEncoding.DecodeString(m.Data)
	return string(b)
}

// post returns the status and the body; status 0 is a connection that failed.
func (c *client) post(address, path string, body []byte) (int, []byte) {
	r, err := c.http.Post("https://"+address+path, "", bytes.NewReader(body))
	if err != nil {
		return 0, []byte(err.Error())
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return 0, []byte(err.Error())
	}
	return r.StatusCode, b
}

func request(method string, p any) []byte {
	b, _ := json.Marshal(params{"method": method, "params": p})
	return b
}

func (c *client) rpc(i int, method string, p any) string {
	c.t.Helper()
	status, body := c.post(c.d.Nodes()[i].Address, "/storage_rpc/v1", request(method, p))
	if status != 200 {
		c.t.Errorf("%s at node %d: status %d: %s", method, i, status, body)
	}
	return string(body)
}

// swarm is the indexes of the members of an account's swarm, as a node tells.
func (c *client) swarm(a account) (members []int) {
	c.t.Helper()
	var answer struct {
		Snodes []struct {
			Port string `json:"port"`
			Key  string `json:"pubkey_ed25519"`
		} `json:"snodes"`
		Swarm string `json:"swarm"`
	}
	ask := 0
	for _, n := range c.d.Nodes() {
		if n.Running {
			ask = n.Index
		}
	}
	if err := json.Unmarshal([]byte(c.rpc(ask, "get_swarm", params{"pubkey": a.id})), &answer); err != nil {
		c.t.Fatal(err)
	}
	for _, s := range answer.Snodes {
		for _, n := range c.d.Nodes() {
			if n.Key.String() == s.Key {
				members = append(members, n.Index)
			}
		}
	}
	return members
}

func (c *client) member(a account, i int) int {
	c.t.Helper()
	m := c.swarm(a)
	if i >= len(m) {
		c.t.Fatalf("swarm of %d", len(m))
	}
	return m[i]
}

func (c *client) retrieve(i int, a account, ns int, last string) []message {
	c.t.Helper()
	var answer struct{ Messages []message }
	if err := json.Unmarshal([]byte(c.rpc(i, "retrieve", a.retrieve(ns, last))), &answer); err != nil {
		c.t.Error(err)
	}
	return answer.Messages
}

// seal encrypts a layer with AES-GCM and returns the frame for it and the
// client's half of the key.
func seal(plaintext []byte, to string, routing params) ([]byte, *ecdh.PrivateKey) {
	key, _ := ecdh.X25519().GenerateKey(rand.Reader)
	a := gcm(key, to)
	iv := make([]byte, 12)
	rand.Read(iv)
	sealed := a.Seal(iv, iv, plaintext, nil)
	routing["ephemeral_key"] = hex.EncodeToString(key.PublicKey().Bytes())
	return frame(sealed, routing), key
}

func frame(payload []byte, routing params) []byte {
	j, _ := json.Marshal(routing)
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(payload)))
	return append(append(b, payload...), j...)
}

func gcm(key *ecdh.PrivateKey, to string) cipher.AEAD {
	raw, _ := hex.DecodeString(to)
	pub, _ := ecdh.X25519().NewPublicKey(raw)
	shared, _ := key.ECDH(pub)
	mac := hmac.New(sha256.New, []byte("LOKI"))
	mac.Write(shared)
	block, _ := aes.NewCipher(mac.Sum(nil))
	a, _ := cipher.NewGCM(block)
	return a
}

// wrap builds the onion request for a final payload and a path that ends with
// the node that reads it.
func (c *client) wrap(payload []byte, path ...node) ([]byte, *ecdh.PrivateKey) {
	last := path[len(path)-1]
	b, final := seal(payload, last.X25519, params{})
	for i := len(path) - 2; i >= 0; i-- {
		var f struct {
			Key string `json:"ephemeral_key"`
		}
		n := binary.LittleEndian.Uint32(b)
		json.Unmarshal(b[4+n:], &f)
		layer := frame(b[4:4+n], params{"destination": path[i+1].Ed25519, "ephemeral_key": f.Key, "enc_type": "aes-gcm"})
		b, _ = seal(layer, path[i].X25519, params{})
	}
	return b, final
}

// onion sends a request through a path to a node and opens its answer.
func (c *client) onion(target int, hops []int, method string, p any) string {
	c.t.Helper()
	nodes := map[string]node{}
	for _, n := range c.list(allFields) {
		nodes[n.Ed25519] = n
	}
	info := c.d.Nodes()
	var path []node
	for _, h := range append(hops, target) {
		path = append(path, nodes[info[h].Key.String()])
	}
	b, final := c.wrap(frame(request(method, p), params{"headers": ""}), path...)
	status, body := c.post(info[hops[0]].Address, "/onion_req/v2", b)
	if status != 200 {
		return fmt.Sprintf("%d %s", status, body)
	}
	return open(c.t, final, path[len(path)-1].X25519, body)
}

func open(t testing.TB, key *ecdh.PrivateKey, from string, body []byte) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(string(body))
	if err != nil || len(raw) < 12 {
		t.Fatalf("answer %q: %v", body, err)
	}
	plain, err := gcm(key, from).Open(nil, raw[:12], raw[12:], nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}
