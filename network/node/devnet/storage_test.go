package devnet_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/blake2b"

	"seance/network/node/devnet"
	"seance/network/pipenet"
)

// The tests of this file are the storage RPC as a client sees it: statuses,
// texts, shapes and signatures.

const day = 24 * 3600 * 1000

func now() int64 { return time.Now().UnixMilli() }

// expect makes a request to a node and compares the status, and the body if
// text is given.
func (c *client) expect(i int, method string, p any, status int, text string) string {
	c.t.Helper()
	got, body := c.post(c.d.Nodes()[i].Address, "/storage_rpc/v1", request(method, p))
	if got != status || (text != "" && string(body) != text) {
		c.t.Errorf("%s: %d %s, want %d %s", method, got, body, status, text)
	}
	return string(body)
}

func with(p params, changes ...any) params {
	q := params{}
	for k, v := range p {
		q[k] = v
	}
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == nil {
			delete(q, changes[i].(string))
		} else {
			q[changes[i].(string)] = changes[i+1]
		}
	}
	return q
}

func TestStoreRules(t *testing.T) {
	inBubble(t, 6, func(t *testing.T, d *devnet.Devnet, c *client) {
		a := newAccount()
		m := c.member(a, 0)
		public := a.store(0, "x")
		signed := a.store(2, "x")
		other := slices.IndexFunc(d.Nodes(), func(n devnet.Info) bool { return n.Swarm != d.Nodes()[m].Swarm })
		var wrong map[string]any
		if err := json.Unmarshal([]byte(c.expect(other, "store", public, 421, "")), &wrong); err != nil || wrong["t"] == nil || wrong["hf"] == nil ||
			wrong["swarm"] != strconv.FormatUint(d.Nodes()[m].Swarm, 16) || len(wrong["snodes"].([]any)) != 3 {
			t.Errorf("421: %v", wrong)
		}
		sn := wrong["snodes"].([]any)[0].(map[string]any)
		for _, k := range []string{"address", "ip", "pubkey_ed25519", "pubkey_x25519", "pubkey_legacy"} {
			if s, _ := sn[k].(string); s == "" {
				t.Errorf("421: snode without %s: %v", k, sn)
			}
		}
		if _, ok := sn["port"].(string); !ok || fmt.Sprint(sn["port_https"]) != sn["port"] || !strings.HasSuffix(sn["address"].(string), ".snode") || len(sn["address"].(string)) != 58 {
			t.Errorf("421: %v", sn)
		}
		const ttl, clock = "Provided expiry/TTL is not valid.", "Timestamp error: check your clock"
		late, early := now()+10_500, now()-20_000
		for _, s := range []struct {
			p      params
			status int
			text   string
		}{
			{public, 200, ""},
			{with(public, "ttl", 9_999), 403, ttl},
			{with(public, "ttl", 10_000), 200, ""},
			{with(public, "ttl", 14*day), 200, ""},
			{with(public, "ttl", 14*day+1), 403, ttl},
			{with(public, "ttl", "60000", "timestamp", fmt.Sprint(now())), 200, ""},
			{with(public, "ttl", "6x"), 400, `invalid request: Invalid value given for 'ttl': "6x"`},
			{with(public, "ttl", -1), 400, "invalid request: Invalid value given for 'ttl': expected positive integer"},
			{with(public, "ttl", "-1"), 400, `invalid request: Invalid value given for 'ttl': "-1"`},
			{with(public, "ttl", ""), 400, `invalid request: Invalid value given for 'ttl': ""`},
			{with(public, "ttl", uint64(1<<63)), 403, ttl},
			{with(public, "ttl", fmt.Sprint(uint64(1<<63))), 403, ttl},
			{with(public, "ttl", json.Number("18446744073709551616")), 400, "invalid request: Invalid value given for 'ttl': expected positive integer"},
			{with(public, "timestamp", uint64(1<<63)), 406, clock},
			{with(public, "timestamp", fmt.Sprint(uint64(1<<63))), 400, `invalid request: Invalid value given for 'timestamp': "9223372036854775808"`},
			{with(public, "timestamp", "-1"), 406, clock},
			{with(signed, "timestamp", uint64(1<<63)), 406, clock},
			{with(public, "ttl", nil), 400, "invalid request: Required field 'expiry' or 'ttl' missing"},
			{with(public, "expiry", now()+60_000), 400, "invalid request: Cannot specify both 'expiry' and 'ttl'"},
			{with(public, "ttl", nil, "expiry", now()+60_000), 200, ""},
			{with(public, "ttl", nil, "expiry", 1_800_000_000/10), 400, "invalid request: Invalid timestamp for 'expiry': timestamp must be in milliseconds"},
			{with(public, "timestamp", late), 406, clock},
			{with(public, "timestamp", late-1000), 200, ""},
			{with(public, "timestamp", early, "ttl", 10_000), 200, ""}, // expired within the tolerance
			{with(public, "timestamp", early-100, "ttl", 10_000), 406, clock},
			{with(public, "timestamp", nil), 400, "invalid request: Required field 'timestamp' missing"},
			{with(public, "pubkey", nil), 400, "invalid request: Required field 'pubkey' missing"},
			{with(public, "pubkey", nil, "pubKey", a.id), 200, ""},
			{with(public, "pubkey", "05"), 400, "invalid request: Pubkey must be 66 hex digits (33 bytes) long"},
			{with(public, "data", nil), 400, "invalid request: Required field 'data' missing"},
			{with(public, "data", "*"), 400, "invalid request: Invalid 'data' value: not base64 encoded"},
			{with(public, "data", strings.Repeat("A", 102_400)), 200, ""},
			{with(public, "data", strings.Repeat("*", 102_404)), 400, "invalid request: Invalid 'data' value: not base64 encoded"},
			{with(public, "data", strings.Repeat("A", 102_401)), 400, "invalid request: Invalid 'data' value: not base64 encoded"},
			{with(public, "data", strings.Repeat("A", 102_404)), 400, "invalid request: Message body exceeds maximum allowed length of 76800 bytes"},
			{with(public, "namespace", 70000), 400, "invalid request: Invalid value given for 'namespace': value out of range"},
			{with(public, "namespace", "0"), 400, "invalid request: Invalid value given for 'namespace': expected 16-bit integer"},
			{with(public, "namespace", 1.5), 400, "invalid request: Invalid value given for 'namespace': expected 16-bit integer"},
			{with(public, "namespace", 2), 401, "store: signature required to store to namespace 2"},
			{with(public, "namespace", -20), 200, ""},
			{signed, 200, ""},
			{with(signed, "ttl", 30*day), 200, ""},
			{with(signed, "ttl", 30*day+1), 403, ttl},
			{with(signed, "namespace", 3), 401, "store signature verification failed"},
			{with(signed, "pubkey_ed25519", nil), 401, "store signature verification failed"},
			{with(signed, "pubkey_ed25519", hex.EncodeToString(newAccount().key[32:])), 401, "store signature verification failed"},
			{with(newAccount().store(2, "x"), "pubkey", a.id), 401, "store signature verification failed"}, // signed by somebody else
			{with(signed, "pubkey_ed25519", "00"), 400, "invalid request: Invalid pubkey_ed25519: expected 64 hex char or 32 byte pubkey"},
			{with(signed, "signature", "AAAA"), 400, "invalid request: invalid signature: expected base64 encoded Ed25519 signature"},
			{with(signed, "sig_timestamp", now()+1), 401, "store signature verification failed"},
			{with(signed, "sig_timestamp", now()+61_000), 406, "store signature timestamp too far from current time"},
			{with(signed, "pubkey", "03"+a.id[2:]), 400, "invalid request: pubkey_ed25519 is only permitted for 05[...] pubkeys"},
		} {
			c.expect(m, "store", s.p, s.status, s.text)
		}
	})
}

func TestStoreAnswer(t *testing.T) {
	inBubble(t, 12, func(t *testing.T, d *devnet.Devnet, c *client) {
		a := newAccount()
		swarm := c.swarm(a)
		p := a.store(5, "data")
		body := c.rpc(swarm[0], "store", p)
		raw, _ := hex.DecodeString(a.id)
		h := blake2b.Sum256(append(append(raw, '5'), "data"...))
		hash := base64.RawStdEncoding.EncodeToString(h[:])
		var answer struct {
			Hash  string                    `json:"hash"`
			HF    []int                     `json:"hf"`
			T     int64                     `json:"t"`
			Swarm map[string]map[string]any `json:"swarm"`
		}
		if err := json.Unmarshal([]byte(body), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.Hash != hash || len(answer.HF) != 2 || answer.T != now() || len(answer.Swarm) != 4 {
			t.Errorf("%s", body)
		}
		for _, m := range swarm {
			n := d.Nodes()[m]
			r := answer.Swarm[n.Key.String()]
			sig, _ := base64.StdEncoding.DecodeString(fmt.Sprint(r["signature"]))
			if r["hash"] != hash || !ed25519.Verify(n.Key[:], []byte(hash), sig) || r["already"] != nil || r["failed"] != nil ||
				int64(r["expiry"].(float64)) != now()+14*day {
				t.Errorf("node %d: %v", m, r)
			}
			if _, ok := r["t"]; ok != (m == swarm[0]) {
				t.Errorf("node %d: t is %v", m, r["t"])
			}
		}
		again := swarmOf(t, c.rpc(swarm[0], "store", p))
		for _, m := range swarm {
			want := any(float64(1)) // from a peer
			if m == swarm[0] {
				want = true
			}
			if got := again[d.Nodes()[m].Key.String()].Already; got != want {
				t.Errorf("node %d: already is %v", m, got)
			}
		}
	})
}

func TestRetrieveRules(t *testing.T) {
	inBubble(t, 6, func(t *testing.T, d *devnet.Devnet, c *client) {
		a := newAccount()
		m := c.member(a, 0)
		for i := range 5 {
			c.rpc(m, "store", a.store(0, fmt.Sprint(i)))
		}
		ok := a.retrieve(0, "")
		plain := params{"pubkey": a.id}
		old := now() - 61_000
		for _, s := range []struct {
			p      params
			status int
			text   string
		}{
			{ok, 200, ""},
			{plain, 401, "retrieve: request signature required"},
			{with(plain, "namespace", 3), 400, "invalid request: Required field 'signature' missing"},
			{with(plain, "namespace", -10), 200, `{"hf":[21,0],"messages":[],"more":false,"t":` + fmt.Sprint(now()) + `}`},
			{with(plain, "namespace", -1), 200, ""},
			{with(plain, "namespace", -21), 200, ""},
			{with(plain, "namespace", -11), 400, "invalid request: Required field 'signature' missing"},
			{with(ok, "timestamp", nil), 406, "retrieve timestamp too far from current time"},
			{with(ok, "timestamp", uint64(1<<63)), 400, "invalid request: Invalid timestamp for 'timestamp': timestamp must be in milliseconds"},
			{with(ok, "max_count", -1), 200, `{"hf":[21,0],"messages":[],"more":false,"t":` + fmt.Sprint(now()) + `}`},
			{with(ok, "timestamp", now()+1), 401, "retrieve signature verification failed"},
			{with(ok, "timestamp", old), 406, "retrieve timestamp too far from current time"},
			{with(ok, "last_hash", "short"), 400, "invalid request: Invalid last_hash: expected base64 (43 chars)"},
			{with(ok, "last_hash", strings.Repeat("*", 43)), 400, "invalid request: Invalid last_hash: not base64"},
			{with(ok, "lastHash", "", "last_hash", ""), 400, "invalid request: Cannot specify both 'last_hash' and 'lastHash'"},
			{with(ok, "max_size", "1"), 400, "invalid request: Invalid value given for 'max_size': expected integer"},
		} {
			c.expect(m, "retrieve", s.p, s.status, s.text)
		}
		get := func(changes ...any) (string, bool) {
			t.Helper()
			var answer struct {
				Messages []message
				More     bool
			}
			json.Unmarshal([]byte(c.expect(m, "retrieve", with(ok, changes...), 200, "")), &answer)
			return texts(answer.Messages), answer.More
		}
		all := c.retrieve(m, a, 0, "")
		for _, s := range []struct {
			changes []any
			want    string
			more    bool
		}{
			{[]any{"last_hash", all[1].Hash}, "2 3 4", false},
			{[]any{"last_hash", all[4].Hash}, "", false},
			{[]any{"last_hash", strings.Repeat("A", 43)}, "0 1 2 3 4", false},
			{[]any{"max_count", 2, "max_size", nil}, "0 1", true},
			{[]any{"max_count", 5}, "0 1 2 3 4", false},
			{[]any{"max_count", -2}, "0 1 2 3 4", false},
			{[]any{"max_size", 1}, "0", true},
			{[]any{"max_size", 287}, "0", true}, // 43 for the hash, 1 for the data, 100 besides
			{[]any{"max_size", 288}, "0 1", true},
			{[]any{"max_size", nil}, "0 1 2 3 4", false},
			{[]any{"max_size", -7_800_000 / 300}, "0 1", true},
		} {
			if got, more := get(s.changes...); got != s.want || more != s.more {
				t.Errorf("%v: %q %v, want %q %v", s.changes, got, more, s.want, s.more)
			}
		}
	})
}

func TestPublicOutboxHoldsOne(t *testing.T) {
	inBubble(t, 6, func(t *testing.T, d *devnet.Devnet, c *client) {
		a := newAccount()
		swarm := c.swarm(a)
		c.rpc(swarm[0], "store", a.store(-21, "one"))
		c.rpc(swarm[1], "store", a.store(-21, "two"))
		for _, m := range swarm {
			var answer struct{ Messages []message }
			json.Unmarshal([]byte(c.rpc(m, "retrieve", params{"pubkey": a.id, "namespace": -21})), &answer)
			if got := texts(answer.Messages); got != "two" {
				t.Errorf("node %d has %q", m, got)
			}
		}
	})
}

// verifyAll checks the signature of every member over a text.
func verifyAll(t *testing.T, d *devnet.Devnet, body, signed string) {
	t.Helper()
	var answer struct {
		Swarm map[string]struct{ Signature string }
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || len(answer.Swarm) == 0 {
		t.Fatalf("%v: %s", err, body)
	}
	for k, r := range answer.Swarm {
		key, _ := hex.DecodeString(k)
		sig, _ := base64.StdEncoding.DecodeString(r.Signature)
		if !ed25519.Verify(key, []byte(signed), sig) {
			t.Errorf("%s has not signed %s: %s", k[:6], signed, body)
		}
	}
}

func TestDeleting(t *testing.T) {
	inBubble(t, 6, func(t *testing.T, d *devnet.Devnet, c *client) {
		a := newAccount()
		swarm := c.swarm(a)
		var hashes []string
		add := func(ns int, text string) string {
			var answer struct{ Hash string }
			json.Unmarshal([]byte(c.rpc(swarm[0], "store", a.store(ns, text))), &answer)
			return answer.Hash
		}
		for i := range 6 {
			hashes = append(hashes, add(0, fmt.Sprint(i)))
		}
		config := add(2, "config")
		everywhere := func(want string) {
			t.Helper()
			for _, m := range swarm {
				if got := texts(c.retrieve(m, a, 0, "")); got != want {
					t.Errorf("node %d has %q, want %q", m, got, want)
				}
			}
		}
		unknown := strings.Repeat("A", 43)
		list := []string{hashes[1], hashes[0], unknown}
		sorted := []string{hashes[1], hashes[0]}
		slices.Sort(sorted)
		del := a.sign(params{"messages": list}, "delete"+strings.Join(list, ""))
		body := c.expect(swarm[1], "delete", del, 200, "")
		verifyAll(t, d, body, a.id+strings.Join(list, "")+strings.Join(sorted, ""))
		for _, r := range swarmOf(t, body) {
			if !slices.Equal(r.Deleted, sorted) {
				t.Errorf("deleted %v", r.Deleted)
			}
		}
		everywhere("2 3 4 5")
		c.expect(swarm[0], "delete", del, 200, "")
		c.expect(swarm[0], "delete", with(del, "required", true), 404, "")
		c.expect(swarm[0], "delete", with(del, "messages", sorted), 401, "delete_msgs signature verification failed")
		c.expect(swarm[0], "delete", with(del, "messages", []string{"x"}), 400, "invalid request: invalid message hash: x")
		c.expect(swarm[0], "delete", with(del, "messages", []string{}), 400, "invalid request: messages does not contain any message hashes")

		ts := now()
		before := a.sign(params{"before": ts}, fmt.Sprintf("delete_before%d", ts))
		time.Sleep(5 * time.Second)
		late := add(0, "late")
		body = c.expect(swarm[0], "delete_before", before, 200, "")
		gone := slices.Clone(hashes[2:])
		slices.Sort(gone)
		verifyAll(t, d, body, fmt.Sprint(a.id, ts)+strings.Join(gone, ""))
		everywhere("late")
		c.expect(swarm[0], "delete_before", a.sign(params{"before": now() + 61_000}, ""), 401, "delete_before timestamp too far in the future")

		ts = now()
		all := a.sign(params{"timestamp": ts, "namespace": "all"}, fmt.Sprintf("delete_allall%d", ts))
		body = c.expect(swarm[0], "delete_all", all, 200, "")
		both := []string{config, late}
		slices.Sort(both)
		verifyAll(t, d, body, fmt.Sprint(a.id, ts)+strings.Join(both, ""))
		var answer struct {
			Swarm map[string]struct{ Deleted map[string][]string }
		}
		json.Unmarshal([]byte(body), &answer)
		for k, r := range answer.Swarm {
			if len(r.Deleted) != 2 || r.Deleted["0"][0] != late || r.Deleted["2"][0] != config {
				t.Errorf("%s deleted %v", k[:6], r.Deleted)
			}
		}
		everywhere("")
		c.expect(swarm[0], "delete_all", with(all, "namespace", "some"), 400, `invalid request: Invalid value given for 'namespace': expected integer or "all"`)
		c.expect(swarm[0], "delete_all", with(all, "timestamp", ts-61_000), 406, "delete_all timestamp too far from current time")
		c.expect(swarm[0], "delete_all", with(all, "namespace", 0), 401, "delete_all signature verification failed")
	})
}

func TestExpiries(t *testing.T) {
	inBubble(t, 6, func(t *testing.T, d *devnet.Devnet, c *client) {
		a := newAccount()
		m := c.member(a, 0)
		c.rpc(m, "store", a.store(0, "x"))
		c.rpc(m, "store", a.store(0, "y"))
		list := c.retrieve(m, a, 0, "")
		x, y := list[0].Hash, list[1].Hash
		end := now() + 14*day
		type one struct {
			Expiry    json.RawMessage
			Updated   []string
			Unchanged map[string]int64
		}
		expire := func(mode string, expiry any, hashes ...string) one {
			t.Helper()
			text := fmt.Sprint("expire", mode)
			if l, ok := expiry.([]int64); ok {
				for _, e := range l {
					text += fmt.Sprint(e)
				}
			} else {
				text += fmt.Sprint(expiry)
			}
			p := a.sign(params{"messages": hashes, "expiry": expiry}, text+strings.Join(hashes, ""))
			if mode != "" {
				p[mode] = true
			}
			body := c.expect(m, "expire", p, 200, "")
			var answer struct{ Swarm map[string]one }
			if err := json.Unmarshal([]byte(body), &answer); err != nil || len(answer.Swarm) != 3 {
				t.Fatalf("%v %s", err, body)
			}
			r := answer.Swarm[d.Nodes()[m].Key.String()]
			applied := strings.NewReplacer("[", "", "]", "", ",", "").Replace(string(r.Expiry))
			signed := a.id + applied + strings.Join(hashes, "") + strings.Join(r.Updated, "")
			var rest []string
			for h := range r.Unchanged {
				rest = append(rest, h)
			}
			slices.Sort(rest)
			for _, h := range rest {
				signed += fmt.Sprint(h, r.Unchanged[h])
			}
			verifyAll(t, d, body, signed)
			return r
		}
		if r := expire("shorten", end+1, x); len(r.Updated) != 0 || r.Unchanged[x] != end {
			t.Errorf("shorten to later: %+v", r)
		}
		if r := expire("extend", end-1, x); len(r.Updated) != 0 || r.Unchanged[x] != end {
			t.Errorf("extend to earlier: %+v", r)
		}
		if r := expire("", end-5, x); len(r.Updated) != 1 || r.Unchanged != nil || string(r.Expiry) != fmt.Sprint(end-5) {
			t.Errorf("set: %+v", r)
		}
		if r := expire("extend", now()+90*day, x, y); len(r.Updated) != 2 || string(r.Expiry) != fmt.Sprint(now()+30*day) {
			t.Errorf("extend is not clamped: %+v", r)
		}
		if r := expire("shorten", []int64{now() + 1000, now() + 2000}, x, y); len(r.Updated) != 2 || !strings.HasPrefix(string(r.Expiry), "[") {
			t.Errorf("several: %+v", r)
		}
		ts := now()
		ask := a.sign(params{"timestamp": ts, "messages": []string{x, y, strings.Repeat("A", 43)}}, fmt.Sprintf("get_expiries%d%s%s%s", ts, x, y, strings.Repeat("A", 43)))
		for _, n := range c.swarm(a) {
			var answer map[string]map[string]int64
			if err := json.Unmarshal([]byte(c.rpc(n, "get_expiries", ask)), &answer); err != nil || len(answer) != 1 || len(answer["expiries"]) != 2 ||
				answer["expiries"][x] != ts+1000 || answer["expiries"][y] != ts+2000 {
				t.Errorf("get_expiries at %d: %v", n, answer)
			}
		}
		c.expect(m, "get_expiries", with(ask, "timestamp", ts+61_000), 406, "get_expiries timestamp too far from current time")
		c.expect(m, "get_expiries", with(ask, "timestamp", ts+1), 401, "get_expiries signature verification failed")
		c.expect(m, "expire", a.sign(params{"messages": []string{x}, "expiry": ts - 60_001}, ""), 401, "expire: timestamp should be >= current time")
		c.expect(m, "expire", a.sign(params{"messages": []string{x}, "expiry": ts}, ""), 401, "expire: signature verification failed")
		c.expect(m, "expire", a.sign(params{"messages": []string{x}, "expiry": ts, "shorten": true, "extend": true}, ""), 400, "invalid request: cannot specify both 'shorten' and 'extend'")
		c.expect(m, "expire", a.sign(params{"messages": []string{x}, "expiry": []int64{ts, ts}}, ""), 400, "invalid request: 'expiry' must be a single expiry, or the same length as 'messages'")

		all := a.sign(params{"expiry": ts + 1500, "namespace": 0}, fmt.Sprintf("expire_all%d", ts+1500))
		verifyAll(t, d, c.expect(m, "expire_all", all, 200, ""), fmt.Sprint(a.id, ts+1500, y))
		c.expect(m, "expire_all", with(all, "expiry", ts-60_001), 406, "expire_all timestamp should be >= current time")
		c.expect(m, "expire_all", with(all, "namespace", 1), 401, "expire_all signature verification failed")
		time.Sleep(1200 * time.Millisecond)
		if got := texts(c.retrieve(m, a, 0, "")); got != "y" {
			t.Errorf("after x expired: %q", got)
		}
		time.Sleep(400 * time.Millisecond)
		if got := texts(c.retrieve(m, a, 0, "")); got != "" {
			t.Errorf("after all expired: %q", got)
		}
	})
}

// group is an owner with prefix 03 and one subaccount.
type group struct {
	key, sub ed25519.PrivateKey
	id       string
}

func (g group) sign(p params, key ed25519.PrivateKey, text string) params {
	q := with(p, "pubkey", g.id)
	q["signature"] = base64.StdEncoding.EncodeToString(ed25519.Sign(key, []byte(text)))
	return q
}

func (g group) token(flags byte) []byte { return append([]byte{3, flags, 0, 0}, g.sub[32:]...) }

func (g group) asMember(p params, flags byte, text string) params {
	t := g.token(flags)
	return with(g.sign(p, g.sub, text), "subaccount", base64.StdEncoding.EncodeToString(t),
		"subaccount_sig", base64.StdEncoding.EncodeToString(ed25519.Sign(g.key, t)))
}

func TestSubaccounts(t *testing.T) {
	inBubble(t, 6, func(t *testing.T, d *devnet.Devnet, c *client) {
		_, key, _ := ed25519.GenerateKey(rand.Reader)
		_, sub, _ := ed25519.GenerateKey(rand.Reader)
		g := group{key, sub, "03" + hex.EncodeToString(key[32:])}
		m := c.member(account{id: g.id}, 0)
		const read, write, remove = 1, 2, 4
		ts := now()
		put := params{"timestamp": ts, "ttl": 60_000, "namespace": 11, "data": "AAAA"}
		get := params{"timestamp": ts, "namespace": 11}
		store, retrieve := fmt.Sprintf("store11%d", ts), fmt.Sprintf("retrieve11%d", ts)

		c.expect(m, "store", g.sign(put, g.key, store), 200, "")
		c.expect(m, "store", g.asMember(put, read|write, store), 200, "")
		c.expect(m, "store", g.asMember(put, read, store), 401, "store signature verification failed")
		outbox, outboxText := with(put, "namespace", -1), fmt.Sprintf("store-1%d", ts)
		c.expect(m, "store", g.asMember(outbox, read|write, outboxText), 401, "store signature verification failed")
		c.expect(m, "store", g.asMember(outbox, write|remove, outboxText), 200, "")
		c.expect(m, "retrieve", g.asMember(get, read, retrieve), 200, "")
		c.expect(m, "retrieve", g.asMember(get, write, retrieve), 401, "retrieve signature verification failed")
		c.expect(m, "retrieve", with(g.asMember(get, read, retrieve), "subaccount", base64.StdEncoding.EncodeToString(g.token(read|write))), 401, "retrieve signature verification failed")
		c.expect(m, "retrieve", with(g.asMember(get, read, retrieve), "subaccount", hex.EncodeToString(g.token(read))), 200, "")
		c.expect(m, "retrieve", with(g.asMember(get, read, retrieve), "subaccount", "03"), 400, "invalid request: invalid subaccount: expected base64 or hex-encoded subaccount token")
		c.expect(m, "retrieve", with(g.asMember(get, read, retrieve), "subaccount_sig", nil), 400, "invalid request: invalid subaccount: subaccount_sig is required when using subaccount")
		var list struct{ Messages []message }
		json.Unmarshal([]byte(c.rpc(m, "retrieve", g.asMember(get, read, retrieve))), &list)
		hash := list.Messages[0].Hash
		c.expect(m, "delete", g.asMember(params{"messages": []string{hash}}, read|write, "delete"+hash), 401, "")
		c.expect(m, "expire", g.asMember(params{"messages": []string{hash}, "expiry": ts + 1, "shorten": true}, write, fmt.Sprintf("expireshorten%d%s", ts+1, hash)), 400, "")
		for _, r := range swarmOf(t, c.expect(m, "expire", g.asMember(params{"messages": []string{hash}, "expiry": ts + 1}, write, fmt.Sprintf("expire%d%s", ts+1, hash)), 200, "")) {
			if r.Failed != nil {
				t.Errorf("%+v", r)
			}
		}
		json.Unmarshal([]byte(c.rpc(m, "retrieve", g.asMember(get, read, retrieve))), &list)
		if list.Messages[0].Expiration != ts+60_000 {
			t.Error("a member without the right to delete shortened a message's life")
		}

		revoke := func(method, field string) string {
			token := g.token(read)
			p := params{"timestamp": ts, field: []string{hex.EncodeToString(token)}}
			return c.expect(m, method, g.sign(p, g.key, fmt.Sprintf("%s%d%s", method, ts, token)), 200, "")
		}
		verifyAll(t, d, revoke("revoke_subaccount", "revoke"), fmt.Sprintf("%s%d%s", g.id, ts, g.token(read)))
		kicked, notice := g.asMember(get, read, retrieve), with(get, "namespace", -11)
		for _, n := range c.swarm(account{id: g.id}) {
			c.expect(n, "retrieve", kicked, 401, "retrieve signature verification failed")
			c.expect(n, "retrieve", g.asMember(notice, read, fmt.Sprintf("retrieve-11%d", ts)), 200, "")
		}
		if body := revoke("unrevoke_subaccount", "unrevoke"); !strings.Contains(body, `"count":1`) {
			t.Errorf("unrevoke: %s", body)
		}
		c.expect(m, "retrieve", kicked, 200, "")
		revoke("revoke_subaccount", "revoke")
		c.expect(m, "delete_all", g.sign(params{"timestamp": ts, "namespace": "all"}, g.key, fmt.Sprintf("delete_allall%d", ts)), 200, "")
		c.expect(m, "retrieve", kicked, 200, "") // delete_all forgets revocations
		revoke("revoke_subaccount", "revoke")
		c.expect(m, "retrieve", kicked, 200, "") // and without messages there are none
	})
}

func TestBatches(t *testing.T) {
	inBubble(t, 6, func(t *testing.T, d *devnet.Devnet, c *client) {
		a := newAccount()
		m := c.member(a, 0)
		type results struct {
			Results []struct {
				Code int
				Body json.RawMessage
			}
		}
		call := func(method string, p any) params { return params{"method": method, "params": p} }
		run := func(method string, calls ...params) results {
			t.Helper()
			body := c.expect(m, method, params{"requests": calls}, 200, "")
			var r results
			if err := json.Unmarshal([]byte(body), &r); err != nil || !strings.HasPrefix(body, `{"results":[`) || strings.Contains(body[len(body)-10:], `"t"`) {
				t.Errorf("%v %s", err, body)
			}
			return r
		}
		bad := with(a.store(0, "x"), "ttl", 1)
		r := run("batch", call("store", a.store(0, "b")), call("store", bad), call("retrieve", a.retrieve(0, "")))
		if len(r.Results) != 3 || r.Results[0].Code != 200 || r.Results[1].Code != 403 || string(r.Results[1].Body) != `"Provided expiry/TTL is not valid."` || r.Results[2].Code != 200 {
			t.Errorf("batch: %+v", r)
		}
		r = run("sequence", call("store", a.store(0, "s")), call("store", bad), call("retrieve", a.retrieve(0, "")))
		if len(r.Results) != 2 || r.Results[0].Code != 200 || r.Results[1].Code != 403 {
			t.Errorf("sequence: %+v", r)
		}
		r = run("sequence", call("store", a.store(0, "t")), call("retrieve", a.retrieve(0, "")))
		var list struct{ Messages []message }
		json.Unmarshal(r.Results[1].Body, &list)
		if got := texts(list.Messages); got != "b s t" {
			t.Errorf("sequence: %q", got)
		}
		info := call("info", params{})
		c.expect(m, "batch", params{"requests": slices.Repeat([]params{info}, 20)}, 200, "")
		for _, s := range []struct {
			p    params
			text string
		}{
			{params{"requests": slices.Repeat([]params{info}, 21)}, "Invalid batch request: subrequest limit exceeded"},
			{params{"requests": []params{}}, `Invalid batch request: no valid "requests" field`},
			{params{}, `Invalid batch request: no valid "requests" field`},
			{params{"requests": []int{1}}, "Invalid batch request: requests must be objects"},
			{params{"requests": []params{{"method": "info"}}}, "Invalid batch request: subrequests must have method/params keys"},
			{params{"requests": []params{call("nix", params{})}}, `Invalid batch subrequest: invalid method "nix"`},
			{params{"requests": []params{call("batch", params{"requests": []params{info}})}}, "Invalid batch subrequest: subrequests may not contain meta-requests"},
			{params{"requests": []params{info, call("store", params{})}}, "Required field 'timestamp' missing"},
		} {
			c.expect(m, "batch", s.p, 400, "invalid request: "+s.text)
		}
		body := c.expect(m, "ifelse", params{"if": params{"hf_at_least": []int{19}, "v_before": []int{99}}, "then": info}, 200, "")
		if !strings.Contains(body, `"condition":true`) || !strings.Contains(body, `"result":{"body":{"hf":[21,0]`) {
			t.Errorf("ifelse: %s", body)
		}
		body = c.expect(m, "ifelse", params{"if": params{"height_before": 0}, "then": info}, 200, "")
		if !strings.Contains(body, `"condition":false`) || strings.Contains(body, "result") {
			t.Errorf("ifelse: %s", body)
		}
		c.expect(m, "ifelse", params{"if": params{}, "then": info}, 400, "invalid request: Invalid ifelse request: must specify at least one \"if\" condition")
	})
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		to2026()
		pipes := pipenet.New()
		d, err := devnet.Start(t.Context(), devnet.Options{Dir: dir, Nodes: 6, Listen: pipes.Listen, Dial: pipes.Dial, Rate: 300, Burst: 600})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		c := newClient(t, d, pipes.Dial)
		defer c.close()
		address := d.Nodes()[0].Address
		for _, s := range []struct {
			path, body string
			status     int
			text       string
		}{
			{"/storage_rpc/v1", `{`, 400, "invalid json"},
			{"/storage_rpc/v1", "{\"method\":\"\xff\"}", 400, "invalid json"},
			{"/storage_rpc/v1", `[]`, 400, "invalid json: no `method` field"},
			{"/storage_rpc/v1", `{"method":1,"params":{}}`, 400, "invalid json: no `method` field"},
			{"/storage_rpc/v1", `{"method":"info"}`, 400, "invalid json: no `params` field"},
			{"/storage_rpc/v1", `{"method":"info","params":[]}`, 400, "invalid json: no `params` field"},
			{"/storage_rpc/v1", `{"method":"nix","params":{}}`, 400, "no method nix"},
			{"/storage_rpc/v1", strings.Repeat(" ", 10<<20+1), 413, "Request body too large"},
			{"/onion_req/v2", "", 400, "Error parsing onion request: Unexpected payload size; expected ciphertext size"},
			{"/nix", "", 404, "post /nix Not Found"},
		} {
			if status, body := c.post(address, s.path, []byte(s.body)); status != s.status || string(body) != s.text {
				t.Errorf("%s %.40q: %d %s", s.path, s.body, status, body)
			}
		}
		r, err := c.http.Get("https://" + address + "/get_stats/v1")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if string(body) != `{"version":"2.11.0"}` || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("get_stats: %s", body)
		}
		if r, err = c.http.Post("https://"+address+"/ping_test/v1", "", nil); err != nil {
			t.Fatal(err)
		}
		body, _ = io.ReadAll(r.Body)
		r.Body.Close()
		if key := d.Nodes()[0].Key; r.StatusCode != 200 || len(body) != 0 || r.Header.Get("X-Oxen-Snode-Pubkey") != base64.StdEncoding.EncodeToString(key[:]) {
			t.Errorf("ping_test: %d %s %v", r.StatusCode, body, r.Header)
		}
		limited := 0
		for range 700 {
			if status, body := c.post(address, "/storage_rpc/v1", request("info", params{})); status == 429 && string(body) == "Too Many Requests\n" {
				limited++
			}
		}
		if limited != 108 { // 8 of the burst were used above
			t.Errorf("%d of 700 requests were limited", limited)
		}
		time.Sleep(time.Second)
		if status, _ := c.post(address, "/storage_rpc/v1", request("info", params{})); status != 200 {
			t.Errorf("after a second: %d", status)
		}
	})
}

func TestLists(t *testing.T) {
	inBubble(t, 6, func(t *testing.T, d *devnet.Devnet, c *client) {
		list := c.list(allFields)
		if names := c.list(`["public_ip","storage_port","pubkey_x25519","pubkey_ed25519","swarm_id","height"]`); !slices.Equal(list, names) || len(list) != 6 {
			t.Errorf("fields as names: %v", names)
		}
		if few := c.list(`{"pubkey_ed25519":true,"public_ip":false}`); few[0].Ed25519 == "" || few[0].X25519 != "" || few[0].IP != "" {
			t.Errorf("%+v", few[0])
		}
		body := c.rpc(1, "active_nodes_bin", params{})
		raw, err := base64.StdEncoding.DecodeString(body)
		if err != nil || len(raw) != 6*51 {
			t.Fatalf("%v %s", err, body)
		}
		for i, n := range list {
			want, _ := hex.DecodeString(n.Ed25519)
			swarm, _ := strconv.ParseUint(n.Swarm.String(), 10, 64)
			for s := 56; s >= 0; s -= 8 {
				want = append(want, byte(swarm>>s))
			}
			want = append(want, 127, 0, 0, 1, byte(n.Port>>8), byte(n.Port), byte(n.Port>>8), byte(n.Port), 2, 11, 0)
			if got := raw[51*i:][:51]; !bytes.Equal(got, want) {
				t.Errorf("record %x, want %x", got, want)
			}
		}
		var answer struct {
			Result struct {
				States []node `json:"service_node_states"`
			}
			T int64
		}
		body = c.rpc(1, "oxend_request", params{"endpoint": "get_service_nodes", "params": params{"active_only": true, "limit": 4, "fields": params{"public_ip": true}}})
		if json.Unmarshal([]byte(body), &answer); len(answer.Result.States) != 4 || answer.T == 0 {
			t.Errorf("get_service_nodes: %s", body)
		}
		name := params{"endpoint": "ons_resolve", "params": params{"type": 0, "name_hash": "AAAA"}}
		if body := c.rpc(1, "oxend_request", name); !strings.HasSuffix(body, fmt.Sprintf(`"result":{},"t":%d}`, now())) {
			t.Errorf("ons_resolve: %s", body)
		}
		c.expect(1, "oxend_request", params{"endpoint": "get_info"}, 400, "invalid request: Invalid oxend endpoint 'get_info'")
		if body := c.rpc(2, "info", params{}); body != fmt.Sprintf(`{"hf":[21,0],"t":%d,"timestamp":%d,"version":[2,11,0]}`, now(), now()) {
			t.Errorf("info: %s", body)
		}
	})
}
