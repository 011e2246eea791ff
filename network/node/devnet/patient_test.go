package devnet_test

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"seance/network/node/devnet"
	"seance/network/pipenet"
)

// Patient nodes answer as storage servers 2.8.0 do when others are stopped:
// right in the end, but late.
func TestPatient(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		to2026()
		pipes := pipenet.New()
		d, err := devnet.Start(t.Context(), devnet.Options{Dir: dir, Nodes: 12, Listen: pipes.Listen, Dial: pipes.Dial, Patient: true})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		c := newClient(t, d, pipes.Dial)
		defer c.close()
		took := func(what string, want time.Duration, f func()) {
			t.Helper()
			began := time.Now()
			if f(); time.Since(began) != want {
				t.Errorf("%s took %v, want %v", what, time.Since(began), want)
			}
		}
		a := newAccount()
		m, dead := c.member(a, 0), c.member(a, 1)
		var hops []int // two nodes that live
		for i := range d.Nodes() {
			if i != m && i != dead && len(hops) < 2 {
				hops = append(hops, i)
			}
		}
		onion := func(target int, hops []int, want string) func() {
			return func() {
				t.Helper()
				if got := c.onion(target, hops, "get_swarm", params{}); got != want {
					t.Errorf("%s, want %s", got, want)
				}
			}
		}
		const bad = `{"body":"invalid request: Required field 'pubkey' missing","status":400}`
		took("an onion request", 0, onion(m, hops, bad))
		took("a store", 0, func() { c.rpc(m, "store", a.store(0, "with all")) })

		d.Stop(dead)
		const late = "504 Request time out"
		took("an onion request past the dead node", 0, onion(m, hops, bad))
		took("an onion request to the dead node", 30*time.Second, onion(dead, hops, late))
		took("an onion request through the dead node", 30*time.Second, onion(m, []int{hops[0], dead, hops[1]}, late))
		store := func() params { return params{"method": "store", "params": a.store(0, "x")} }
		check := func(body string) {
			t.Helper()
			for k, r := range swarmOf(t, body) {
				if gone := k == d.Nodes()[dead].Key.String(); gone != (r.Failed == true && r.Timeout == true) {
					t.Errorf("%s says %+v", k, r)
				}
			}
		}
		took("a store", 5*time.Second, func() { check(c.rpc(m, "store", a.store(0, "y"))) })
		for method, want := range map[string]time.Duration{"batch": 5 * time.Second, "sequence": 15 * time.Second} {
			took(method, want, func() {
				body := c.rpc(m, method, params{"requests": []params{store(), store(), store()}})
				var answer struct {
					Results []struct {
						Code int
						Body json.RawMessage
					}
				}
				if err := json.Unmarshal([]byte(body), &answer); err != nil || len(answer.Results) != 3 {
					t.Errorf("%s: %v %s", method, err, body)
				}
				for _, r := range answer.Results {
					check(string(r.Body))
				}
			})
		}
		took("a retrieve", 0, func() { c.retrieve(m, a, 0, "") })

		if err := d.Start(dead); err != nil {
			t.Fatal(err)
		}
		took("a store with the node back", 0, func() { c.rpc(m, "store", a.store(0, "z")) })
	})
}

// Closing does not wait for what a patient node waits for.
func TestPatientClose(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		to2026()
		pipes := pipenet.New()
		d, err := devnet.Start(t.Context(), devnet.Options{Dir: dir, Nodes: 6, Listen: pipes.Listen, Dial: pipes.Dial, Patient: true})
		if err != nil {
			t.Fatal(err)
		}
		c := newClient(t, d, pipes.Dial)
		defer c.close()
		a := newAccount()
		m := c.member(a, 0)
		d.Stop(c.member(a, 1))
		go c.post(d.Nodes()[m].Address, "/storage_rpc/v1", request("store", a.store(0, "x")))
		synctest.Wait()
		began := time.Now()
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if took := time.Since(began); took != 0 {
			t.Errorf("closing took %v", took)
		}
	})
}
