package node

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"seance/network/node/link"
	"seance/network/node/peel"
	"seance/network/node/registry"
	"seance/network/pipenet"
)

// cluster is nodes over pipes whose swarms a test may change.
type cluster struct {
	t     *testing.T
	pipes *pipenet.Net
	list  []registry.Node
	reg   *registry.Registry
	nodes []*Node
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// newCluster starts one node for each swarm that is named.
func newCluster(t *testing.T, dir string, swarms ...uint64) *cluster {
	t.Helper()
	c := &cluster{t: t, pipes: pipenet.New(), reg: registry.New()}
	cert := certificate(t)
	var listeners []net.Listener
	var keys []ed25519.PrivateKey
	for _, s := range swarms {
		l, err := c.pipes.Listen("127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, key, _ := ed25519.GenerateKey(rand.Reader)
		onion, _ := peel.NewKey(X25519(key))
		listeners, keys = append(listeners, l), append(keys, key)
		c.list = append(c.list, registry.Node{
			Ed25519: registry.Key(key[32:]), X25519: onion.Public(), Swarm: s, IP: "127.0.0.1", Port: uint16(l.Addr().(*net.TCPAddr).Port),
		})
	}
	c.reg.Set(c.list)
	for i, l := range listeners {
		d := filepath.Join(dir, fmt.Sprint(i))
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
		n, err := Start(Options{Dir: d, Key: keys[i], Certificate: cert, Listener: l, Registry: c.reg, Dial: c.pipes.Dial})
		if err != nil {
			t.Fatal(err)
		}
		c.nodes = append(c.nodes, n)
	}
	for _, n := range c.nodes {
		<-n.Synced()
	}
	return c
}

func (c *cluster) close() {
	for _, n := range c.nodes {
		if err := n.Close(); err != nil {
			c.t.Error(err)
		}
	}
}

// group is an owner that is easily signed for, at a place on the ring.
func group(t *testing.T, near func(place uint64) bool) (ed25519.PrivateKey, string) {
	t.Helper()
	for range 1000 {
		_, key, _ := ed25519.GenerateKey(rand.Reader)
		o := registry.Owner(append([]byte{3}, key[32:]...))
		if near(registry.Place(o)) {
			return key, hex.EncodeToString(o[:])
		}
	}
	t.Fatal("no such owner")
	return nil, ""
}

func (c *cluster) store(i int, id, text string) {
	c.t.Helper()
	b, _ := json.Marshal(map[string]any{"method": "store", "params": map[string]any{
		"pubkey": id, "timestamp": time.Now().UnixMilli(), "ttl": 86_400_000, "data": base64.StdEncoding.EncodeToString([]byte(text)),
	}})
	if r := c.nodes[i].client(c.t.Context(), b); r.Status != 200 {
		c.t.Errorf("store: %d %s", r.Status, r.Body())
	}
}

// read is the texts that node i gives, or the status.
func (c *cluster) read(i int, key ed25519.PrivateKey, id string) string {
	c.t.Helper()
	now := time.Now().UnixMilli()
	b, _ := json.Marshal(map[string]any{"method": "retrieve", "params": map[string]any{
		"pubkey": id, "timestamp": now, "signature": base64.StdEncoding.EncodeToString(ed25519.Sign(key, fmt.Appendf(nil, "retrieve%d", now))),
	}})
	r := c.nodes[i].client(c.t.Context(), b)
	if r.Status != 200 {
		return fmt.Sprint(r.Status)
	}
	var answer struct{ Messages []struct{ Data []byte } }
	if err := json.Unmarshal(r.Body(), &answer); err != nil {
		c.t.Error(err)
	}
	text := ""
	for _, m := range answer.Messages {
		text += string(m.Data) + " "
	}
	return text
}

const half = uint64(1) << 63

func TestMessagesFollowTheirSwarm(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, dir, 0, 0, half, half)
		defer c.close()
		key, id := group(t, func(p uint64) bool { return p > half-half/8 && p < half })
		c.store(2, id, "before")
		// A third swarm comes up between owner and old swarm: the owner moves.
		c.list[0].Swarm = half - half/16
		c.reg.Set(c.list)
		synctest.Wait()
		want := []string{"before ", "421", "421", "421"}
		if registry.Place(ownerOf(id)) > half-half/32 {
			want = []string{"421", "421", "before ", "before "} // nearer to the old one after all
		}
		for i, w := range want {
			if got := c.read(i, key, id); got != w {
				t.Errorf("node %d: %q, want %q", i, got, w)
			}
		}
		// Back again, while one of the members is in no swarm.
		c.list[0].Swarm, c.list[3].Swarm = 0, registry.NoSwarm
		c.reg.Set(c.list)
		synctest.Wait()
		for i, w := range []string{"421", "421", "before ", "421"} {
			if got := c.read(i, key, id); got != w {
				t.Errorf("node %d: %q, want %q", i, got, w)
			}
		}
		c.list[3].Swarm = half
		c.reg.Set(c.list)
		synctest.Wait()
		if got := c.read(3, key, id); got != "before " {
			t.Errorf("node 3: %q", got)
		}
	})
}

func ownerOf(id string) (o registry.Owner) {
	hex.Decode(o[:], []byte(id))
	return o
}

// A swarm that is dissolved hands everything over, however much it is.
func TestDissolvedSwarm(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, dir, 0, 0, half)
		defer c.close()
		key, id := group(t, func(p uint64) bool { return p > half/2+half/8 && p < half })
		big := string(make([]byte, 70_000))
		for i := range 100 {
			c.store(2, id, fmt.Sprint(i, big))
		}
		c.list[2].Swarm = 0
		c.reg.Set(c.list)
		synctest.Wait()
		time.Sleep(time.Minute)
		for i := range 3 {
			list, more, err := c.nodes[i].box.Retrieve(ownerOf(id), 0, "", 0, 1<<40, 0)
			if err != nil || more || len(list) != 100 {
				t.Errorf("node %d has %d messages: %v", i, len(list), err)
			}
			if got := c.read(i, key, id); len(got) < 1_000_000 {
				t.Errorf("node %d gives %d bytes", i, len(got))
			}
		}
	})
}

func TestOnlyNodesGetLinks(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, dir, 0, half)
		defer c.close()
		_, key, _ := ed25519.GenerateKey(rand.Reader)
		stranger, err := link.NewIdentity(key)
		if err != nil {
			t.Fatal(err)
		}
		pool := link.NewPool(stranger, c.pipes.Dial, c.nodes[0].log)
		defer pool.Close()
		if a, err := pool.Call(t.Context(), c.list[0], kindNews, nil); err == nil {
			t.Errorf("a stranger is answered: %+v", a)
		}
		// A node of another swarm may relay, but neither read nor write.
		for kind, want := range map[uint16]uint16{kindRequest: 403, kindChanges: 403, kindFetch: 403, kindNews: 403, kindOnion: 400, kindPut: 400} {
			a, err := c.nodes[1].peers.Call(t.Context(), c.list[0], kind, []byte("x"))
			if err != nil || a.Status != want {
				t.Errorf("kind %d: %+v %v", kind, a, err)
			}
		}
		// And a node is only believed with the key that the list says.
		wrong := c.list[0]
		wrong.Ed25519 = registry.Key(key[32:])
		if _, err := c.nodes[1].peers.Call(t.Context(), wrong, kindOnion, nil); err == nil {
			t.Error("a node with another key is believed")
		}
	})
}

// What no client can have caused is not taken over from another node.
func TestImplausibleMessages(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, dir, 0, half)
		defer c.close()
		key, id := group(t, func(p uint64) bool { return p < half/2 })
		now := time.Now().UnixMilli()
		o := ownerOf(id)
		put := func(e messageEntry) {
			var ok struct{}
			if err := c.nodes[1].ask(t.Context(), c.list[0], kindPut, messagesAnswer{[]messageEntry{e}}, &ok); err != nil {
				t.Error(err)
			}
		}
		good := messageEntry{Owner: o[:], Timestamp: now, Expiry: now + maxTTLPrivate, Changed: now, Data: []byte("good")}
		put(good)
		for _, change := range []func(e *messageEntry){
			func(e *messageEntry) { e.Expiry = now + 2*maxTTLPrivate },
			func(e *messageEntry) { e.Expiry = now },
			func(e *messageEntry) { e.Changed = now + 3_600_000 },
			func(e *messageEntry) { e.Owner = e.Owner[1:] },
			func(e *messageEntry) { e.Data = make([]byte, 76_801) },
			func(e *messageEntry) { e.Owner = append([]byte{3}, make([]byte, 32)...); e.Owner[1] = 0x80 },
		} {
			bad := good
			bad.Data = []byte("bad")
			change(&bad)
			put(bad)
		}
		if got := c.read(0, key, id); got != "good " {
			t.Errorf("%q", got)
		}
		if owners, err := c.nodes[0].box.Owners(); err != nil || len(owners) != 1 {
			t.Errorf("%d owners %v", len(owners), err)
		}
	})
}

func TestHopsAreCounted(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, dir, 0, half)
		defer c.close()
		for hop, want := range map[int]string{15: "Invalid ciphertext", 16: "onion request max path length exceeded"} {
			r := peel.Request{Ciphertext: []byte("x"), Ephemeral: c.list[0].X25519, Hop: hop}
			a, err := c.nodes[1].peers.Call(t.Context(), c.list[0], kindOnion, r.Marshal())
			if err != nil || a.Status != 400 || string(a.Payload) != want {
				t.Errorf("hop %d: %d %s %v", hop, a.Status, a.Payload, err)
			}
		}
	})
}

// A peer that hangs costs a store five seconds, an onion request thirty.
func TestHangingPeer(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, dir, 0, 0)
		defer c.close()
		_, id := group(t, func(uint64) bool { return true })
		address := fmt.Sprintf("127.0.0.1:%d", c.list[1].Port)
		c.nodes[1].Close()
		c.nodes = c.nodes[:1]
		l, err := c.pipes.Listen(address) // accepts and says nothing
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		began := time.Now()
		c.store(0, id, "x")
		if took := time.Since(began); took != requestTimeout {
			t.Errorf("a store took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		began = time.Now()
		status, body := c.nodes[0].toNode(ctx, peel.Request{}, &peel.ToNode{Destination: c.list[1].Ed25519})
		if took := time.Since(began); took > onionTimeout || status != 502 && status != 504 {
			t.Errorf("%d %s after %v", status, body, took)
		}
	})
}

func TestLimiter(t *testing.T) {
	l := newLimiter(300, 600)
	at := time.Unix(0, 0)
	took := func(n int, address string) (got int) {
		for range n {
			if l.allow(address, at) {
				got++
			}
		}
		return got
	}
	if n := took(1000, "a"); n != 600 {
		t.Errorf("a burst of %d", n)
	}
	if n := took(10, "b"); n != 10 {
		t.Errorf("another address got %d", n)
	}
	at = at.Add(time.Second)
	if n := took(1000, "a"); n != 300 {
		t.Errorf("%d a second later", n)
	}
	for i := range maxAddresses + 10 {
		l.allow(fmt.Sprint(i), at)
	}
	if len(l.buckets) > maxAddresses {
		t.Errorf("%d addresses", len(l.buckets))
	}
	if l.allow("one more", at) {
		t.Error("more addresses than can be remembered")
	}
	at = at.Add(time.Minute)
	if !l.allow("one more", at) {
		t.Error("addresses at rest are not forgotten")
	}
}

func TestBase32Z(t *testing.T) {
	// From the description of z-base-32, where bits run out on the right.
	for in, want := range map[string]string{"\xf0\xbf\xc7": "6n9hq", "\xd4\x7a\x04": "4t7ye", "\x00": "yy"} {
		if got := base32z([]byte(in)); got != want {
			t.Errorf("%x: %s, want %s", in, got, want)
		}
	}
}
