package devnet_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"seance/network/node/devnet"
	"seance/network/pipenet"
)

// The tests of this file run whole networks over pipes, with the clock faked.

func inBubble(t *testing.T, nodes int, f func(t *testing.T, d *devnet.Devnet, c *client)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		to2026()
		pipes := pipenet.New()
		d := start(t, pipes, dir, nodes)
		c := newClient(t, d, pipes.Dial)
		defer func() {
			c.close()
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}()
		f(t, d, c)
	})
}

func texts(list []message) string {
	var l []string
	for _, m := range list {
		l = append(l, m.text())
	}
	return strings.Join(l, " ")
}

// result is what one node said to a request.
type result struct {
	Failed, Timeout any
	Already         any
	Deleted         []string
	Hash            string
	Code, Reason    string
}

func swarmOf(t *testing.T, body string) map[string]result {
	t.Helper()
	var answer struct {
		Swarm map[string]result `json:"swarm"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return answer.Swarm
}

func TestAwayForADay(t *testing.T) {
	inBubble(t, 12, func(t *testing.T, d *devnet.Devnet, c *client) {
		a := newAccount()
		swarm := c.swarm(a)
		first := swarmOf(t, c.rpc(swarm[0], "store", a.store(0, "first")))
		c.rpc(swarm[0], "store", a.store(2, "config"))
		away := swarm[3]
		if err := d.Stop(away); err != nil {
			t.Fatal(err)
		}
		asked := time.Now()
		body := c.rpc(swarm[0], "store", a.store(0, "second"))
		if took := time.Since(asked); took > time.Second {
			t.Errorf("a store took %v with a node down", took)
		}
		told := swarmOf(t, body)[d.Nodes()[away].Key.String()]
		if told.Failed != true || told.Timeout != true {
			t.Errorf("a store said of the node that is down: %+v", told)
		}
		var hash string
		for _, r := range first {
			hash = r.Hash
		}
		c.rpc(swarm[1], "delete", a.sign(params{"messages": []string{hash}}, "delete"+hash))
		time.Sleep(24 * time.Hour)
		c.rpc(swarm[2], "store", a.store(0, "third"))
		if err := d.Start(away); err != nil {
			t.Fatal(err)
		}
		for _, m := range swarm {
			if got := texts(c.retrieve(m, a, 0, "")); got != "second third" {
				t.Errorf("node %d has %q", m, got)
			}
			if got := texts(c.retrieve(m, a, 2, "")); got != "config" {
				t.Errorf("node %d has %q", m, got)
			}
		}
	})
}

// What a node alone took while its whole swarm was away reaches the others.
func TestTheOthersWereAway(t *testing.T) {
	inBubble(t, 6, func(t *testing.T, d *devnet.Devnet, c *client) {
		a := newAccount()
		swarm := c.swarm(a)
		for _, m := range swarm[1:] {
			d.Stop(m)
		}
		c.rpc(swarm[0], "store", a.store(0, "lonely"))
		d.Stop(swarm[0])
		for _, m := range swarm[1:] {
			if err := d.Start(m); err != nil {
				t.Fatal(err)
			}
			if got := c.retrieve(m, a, 0, ""); len(got) != 0 {
				t.Errorf("node %d has %q", m, texts(got))
			}
		}
		d.Start(swarm[0])
		time.Sleep(10 * time.Second)
		for _, m := range swarm {
			if got := texts(c.retrieve(m, a, 0, "")); got != "lonely" {
				t.Errorf("node %d has %q", m, got)
			}
		}
	})
}

func TestExpiryAfterFourteenDays(t *testing.T) {
	inBubble(t, 6, func(t *testing.T, d *devnet.Devnet, c *client) {
		a := newAccount()
		m := c.member(a, 0)
		c.rpc(m, "store", a.store(0, "old"))
		time.Sleep(13*24*time.Hour + 23*time.Hour)
		c.rpc(m, "store", a.store(0, "new"))
		last := c.retrieve(m, a, 0, "")[0].Hash
		if got := texts(c.retrieve(m, a, 0, last)); got != "new" {
			t.Errorf("after the first: %q", got)
		}
		time.Sleep(time.Hour + time.Second)
		if got := texts(c.retrieve(m, a, 0, "")); got != "new" {
			t.Errorf("after 14 days: %q", got)
		}
		if got := texts(c.retrieve(m, a, 0, last)); got != "new" {
			t.Errorf("an expired last_hash does not start anew: %q", got)
		}
	})
}

func TestThreeMonths(t *testing.T) {
	inBubble(t, 12, func(t *testing.T, d *devnet.Devnet, c *client) {
		a := newAccount()
		swarm := c.swarm(a)
		days := 90
		if testing.Short() { // the race detector makes it ten times as long
			days = 20
		}
		for day := range days {
			c.rpc(swarm[day%4], "store", a.store(0, fmt.Sprint(day)))
			time.Sleep(24 * time.Hour)
		}
		for _, m := range swarm {
			list := c.retrieve(m, a, 0, "")
			if len(list) != 13 || list[0].text() != fmt.Sprint(days-13) || list[12].text() != fmt.Sprint(days-1) {
				t.Errorf("node %d has %q", m, texts(list))
			}
		}
	})
}

func TestRestartKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	a := newAccount()
	var before []devnet.Info
	var file, seed string
	run := func(f func(t *testing.T, d *devnet.Devnet, c *client)) {
		synctest.Test(t, func(t *testing.T) {
			to2026()
			pipes := pipenet.New()
			d := start(t, pipes, dir, 6)
			c := newClient(t, d, pipes.Dial)
			f(t, d, c)
			c.close()
			d.Close()
		})
	}
	run(func(t *testing.T, d *devnet.Devnet, c *client) {
		if _, err := d.Add(); err != nil {
			t.Fatal(err)
		}
		before, seed = d.Nodes(), d.SeedURL()
		text, _ := d.NetworkFile().Marshal()
		file = string(text)
		c.rpc(c.member(a, 0), "store", a.store(0, "kept"))
	})
	run(func(t *testing.T, d *devnet.Devnet, c *client) {
		after := d.Nodes()
		if len(after) != 7 || d.SeedURL() != seed {
			t.Fatalf("%d nodes, seed %s", len(after), d.SeedURL())
		}
		for i := range after {
			if after[i] != before[i] {
				t.Errorf("node %d: %+v, was %+v", i, after[i], before[i])
			}
		}
		if text, _ := d.NetworkFile().Marshal(); string(text) != file {
			t.Error("the network file has changed")
		}
		if got := texts(c.retrieve(c.member(a, 1), a, 0, "")); got != "kept" {
			t.Errorf("after a restart: %q", got)
		}
	})
}

func TestPortTaken(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		pipes := pipenet.New()
		d := start(t, pipes, dir, 6)
		address := d.Nodes()[2].Address
		d.Close()
		l, err := pipes.Listen(address)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, err = devnet.Start(t.Context(), devnet.Options{Dir: dir, Listen: pipes.Listen, Dial: pipes.Dial})
		if err == nil || !strings.Contains(err.Error(), "node 2") || !strings.Contains(err.Error(), address[len("127.0.0.1:"):]) {
			t.Errorf("error: %v", err)
		}
	})
}

func TestTooFewNodes(t *testing.T) {
	if _, err := devnet.Start(t.Context(), devnet.Options{Dir: t.TempDir(), Nodes: 5}); err == nil {
		t.Error("5 nodes are accepted")
	}
}

// A node that joins a swarm gets what the swarm keeps.
func TestAddedNodeCatchesUp(t *testing.T) {
	inBubble(t, 6, func(t *testing.T, d *devnet.Devnet, c *client) {
		var accounts []account
		for range 8 {
			a := newAccount()
			accounts = append(accounts, a)
			c.rpc(c.member(a, 0), "store", a.store(0, a.id[2:6]))
		}
		i, err := d.Add()
		if err != nil {
			t.Fatal(err)
		}
		kept := 0
		for _, a := range accounts {
			for _, m := range c.swarm(a) {
				if got := texts(c.retrieve(m, a, 0, "")); got != a.id[2:6] {
					t.Errorf("node %d has %q", m, got)
				}
				if m == i {
					kept++
				}
			}
		}
		if kept == 0 {
			t.Error("no account fell to the new node: try again")
		}
		if n := c.list(allFields); len(n) != 7 {
			t.Errorf("the seed lists %d nodes", len(n))
		}
	})
}

func TestOnionFailures(t *testing.T) {
	inBubble(t, 12, func(t *testing.T, d *devnet.Devnet, c *client) {
		info := d.Nodes()
		d.Stop(4)
		want := "502 Next node is currently unreachable: " + info[4].Key.String()
		if got := c.onion(5, []int{0, 1, 4}, "info", params{}); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		var path []node
		byKey := map[string]node{}
		for _, n := range c.list(allFields) {
			byKey[n.Ed25519] = n
		}
		for i := range 3 {
			path = append(path, byKey[info[i].Key.String()])
		}
		unknown := strings.Repeat("ab", 32)
		b, _ := c.wrap(frame([]byte("x"), params{"destination": unknown, "ephemeral_key": unknown}), path...)
		status, body := c.post(info[0].Address, "/onion_req/v2", b)
		if status != 502 || string(body) != "Next node not found: "+unknown {
			t.Errorf("%d %s", status, body)
		}
		wrong := path[2]
		wrong.X25519 = path[1].X25519
		b, _ = c.wrap(frame([]byte("x"), params{"headers": ""}), path[0], path[1], wrong)
		if status, body = c.post(info[0].Address, "/onion_req/v2", b); status != 400 || string(body) != "Invalid ciphertext" {
			t.Errorf("%d %s", status, body)
		}
		b, final := c.wrap(frame([]byte("x"), params{"neither": 1}), path...)
		if status, body = c.post(info[0].Address, "/onion_req/v2", b); status != 200 ||
			open(t, final, path[2].X25519, body) != `{"body":"Invalid json","status":400}` {
			t.Errorf("%d %s", status, body)
		}
		b, final = c.wrap(frame([]byte("x"), params{"host": "127.0.0.1", "target": "/other"}), path...)
		if status, body = c.post(info[0].Address, "/onion_req/v2", b); status != 200 ||
			open(t, final, path[2].X25519, body) != `{"body":"Invalid url","status":400}` {
			t.Errorf("%d %s", status, body)
		}
		b, _ = c.wrap(frame([]byte("x"), params{"host": "127.0.0.1", "port": 1, "protocol": "http", "target": "/oxen/v4/lsrpc"}), path...)
		if status, body = c.post(info[0].Address, "/onion_req/v2", b); status != 502 || string(body) != "Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server" {
			t.Errorf("%d %s", status, body)
		}
		if status, _ = c.post(info[0].Address, "/onion_req/v2", []byte{9, 0, 0, 0}); status != 400 {
			t.Errorf("a short frame: %d", status)
		}
	})
}
