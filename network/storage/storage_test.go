package storage

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"seance/messaging/id"
)

var (
	now     = time.UnixMilli(1700000000123)
	expiry  = time.UnixMilli(1700000099999)
	hashes  = []id.Hash{"aaa", "bbb"}
	account = pubkey(id.PrefixAccount)
	group   = pubkey(id.PrefixGroup)
)

func pubkey(prefix byte) (p id.Pubkey) {
	p[0], p[1] = prefix, 0xab
	return p
}

// auth signs by returning the text itself, which the tests look at.
func auth(owner id.Pubkey) Auth {
	return Auth{Owner: owner, Ed25519: [32]byte{0xcd}, Sign: func(text []byte) []byte { return text }}
}

// sent is a request as it goes over the wire.
func sent(t *testing.T, r Request) (method string, params map[string]any, signed string) {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var w struct {
		Method string         `json:"method"`
		Params map[string]any `json:"params"`
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	if err := d.Decode(&w); err != nil {
		t.Fatal(err)
	}
	if s, ok := w.Params["signature"].(string); ok {
		text, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		signed = string(text)
		delete(w.Params, "signature")
	}
	return w.Method, w.Params, signed
}

func TestRequests(t *testing.T) {
	a, g := auth(account), auth(group)
	const (
		accountHex = "05ab00000000000000000000000000000000000000000000000000000000000000"
		groupHex   = "03ab00000000000000000000000000000000000000000000000000000000000000"
		edHex      = "cd00000000000000000000000000000000000000000000000000000000000000"
	)
	m := Message{Namespace: 0, Timestamp: now.Add(-time.Hour), TTL: MaxTTL, Data: []byte("data")}
	config := m
	config.Namespace = -11
	for name, tt := range map[string]struct {
		request Request
		method  string
		signed  string
		params  string // besides pubkey and pubkey_ed25519
		group   bool
		open    bool // not signed
	}{
		"store":       {Store(account, m), "store", "", `{"namespace":0,"timestamp":1699996400123,"ttl":1209600000,"data":"ZGF0YQ=="}`, false, true},
		"own store":   {a.Store(m, now), "store", "store1700000000123", `{"namespace":0,"timestamp":1699996400123,"sig_timestamp":1700000000123,"ttl":1209600000,"data":"ZGF0YQ=="}`, false, false},
		"group store": {g.Store(config, now), "store", "store-111700000000123", `{"namespace":-11,"timestamp":1699996400123,"sig_timestamp":1700000000123,"ttl":1209600000,"data":"ZGF0YQ=="}`, true, false},
		"retrieve":    {a.Retrieve(0, "", 0, now), "retrieve", "retrieve1700000000123", `{"namespace":0,"timestamp":1700000000123}`, false, false},
		"retrieve 2":  {a.Retrieve(2, "ccc", -8, now), "retrieve", "retrieve21700000000123", `{"namespace":2,"timestamp":1700000000123,"last_hash":"ccc","max_size":-8}`, false, false},
		"retrieve of a group": {g.Retrieve(-11, "", 0, now), "retrieve", "retrieve-111700000000123",
			`{"namespace":-11,"timestamp":1700000000123}`, true, false},
		"delete":            {a.Delete(hashes, false), "delete", "deleteaaabbb", `{"messages":["aaa","bbb"]}`, false, false},
		"delete required":   {a.Delete(hashes, true), "delete", "deleteaaabbb", `{"messages":["aaa","bbb"],"required":true}`, false, false},
		"delete all of 0":   {a.DeleteAll(0, now), "delete_all", "delete_all1700000000123", `{"namespace":0,"timestamp":1700000000123}`, false, false},
		"delete all of 5":   {a.DeleteAll(5, now), "delete_all", "delete_all51700000000123", `{"namespace":5,"timestamp":1700000000123}`, false, false},
		"delete everything": {a.DeleteEverything(now), "delete_all", "delete_allall1700000000123", `{"namespace":"all","timestamp":1700000000123}`, false, false},
		"delete before":     {a.DeleteBefore(3, now), "delete_before", "delete_before31700000000123", `{"namespace":3,"before":1700000000123}`, false, false},
		"expire":            {a.Expire(hashes, expiry, Set), "expire", "expire1700000099999aaabbb", `{"messages":["aaa","bbb"],"expiry":1700000099999}`, false, false},
		"shorten":           {a.Expire(hashes, expiry, Shorten), "expire", "expireshorten1700000099999aaabbb", `{"messages":["aaa","bbb"],"expiry":1700000099999,"shorten":true}`, false, false},
		"extend":            {g.Expire(hashes, expiry, Extend), "expire", "expireextend1700000099999aaabbb", `{"messages":["aaa","bbb"],"expiry":1700000099999,"extend":true}`, true, false},
		"expire all":        {a.ExpireAll(0, expiry), "expire_all", "expire_all1700000099999", `{"namespace":0,"expiry":1700000099999}`, false, false},
		"get expiries":      {a.GetExpiries(hashes, now), "get_expiries", "get_expiries1700000000123aaabbb", `{"messages":["aaa","bbb"],"timestamp":1700000000123}`, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			method, params, signed := sent(t, tt.request)
			if method != tt.method || signed != tt.signed {
				t.Errorf("%s signs %q, want %q", method, signed, tt.signed)
			}
			owner, ed := params["pubkey"], params["pubkey_ed25519"]
			wantOwner, wantEd := any(accountHex), any(edHex)
			if tt.group {
				wantOwner, wantEd = groupHex, nil
			} else if tt.open {
				wantEd = nil
			}
			if owner != wantOwner || ed != wantEd {
				t.Errorf("owner %v, key %v", owner, ed)
			}
			delete(params, "pubkey")
			delete(params, "pubkey_ed25519")
			if got, err := json.Marshal(params); err != nil || !sameJSON(got, []byte(tt.params)) {
				t.Errorf("params %s, want %s", got, tt.params)
			}
		})
	}
	for r, want := range map[*Request]string{
		ptr(Info()):                          `{"method":"info","params":{}}`,
		ptr(ActiveNodes()):                   `{"method":"active_nodes_bin","params":{}}`,
		ptr(GetSwarm(group)):                 `{"method":"get_swarm","params":{"pubkey":"` + groupHex + `"}}`,
		ptr(Oxend("ons", nil)):               `{"method":"oxend_request","params":{"endpoint":"ons"}}`,
		ptr(Oxend("ons", []int{1})):          `{"method":"oxend_request","params":{"endpoint":"ons","params":[1]}}`,
		ptr(Batch([]Request{Info()}, false)): `{"method":"batch","params":{"requests":[{"method":"info","params":{}}]}}`,
		ptr(Batch([]Request{Info()}, true)):  `{"method":"sequence","params":{"requests":[{"method":"info","params":{}}]}}`,
	} {
		if got, err := json.Marshal(r); err != nil || !sameJSON(got, []byte(want)) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func ptr(r Request) *Request { return &r }

func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

func ok(body string) Result { return Result{200, json.RawMessage(body)} }

func TestSteps(t *testing.T) {
	a := auth(group)
	read, write := a.Retrieve(2, "", 0, now), a.Delete(hashes, false)
	for _, c := range []struct {
		request Request
		want    int
	}{
		{read, 0},
		{write, 1},
		{Info(), 0},
		{Store(account, Message{}), 1},
		{a.Revoke(nil, now), 1},
		{Batch([]Request{read, read}, false), 0},
		{Batch([]Request{read, write, write}, false), 1},
		{Batch([]Request{read, read}, true), 0},
		{Batch([]Request{write, read, write, write}, true), 3},
	} {
		if got := c.request.Steps(); got != c.want {
			t.Errorf("%s of %v: %d steps, want %d", c.request.Method, c.request.Params, got, c.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for code, want := range map[int]error{
		400: ErrInvalid, 401: ErrUnauthorized, 403: ErrForbidden, 404: ErrNotFound, 406: ErrClock, 425: ErrClock,
		421: ErrWrongSwarm, 429: ErrBusy, 500: ErrNode, 503: ErrNode,
	} {
		r := Result{code, json.RawMessage(`"text"`)}
		for _, read := range []func() error{
			r.Err,
			func() error { _, err := r.Store(); return err },
			func() error { _, err := r.Retrieve(); return err },
			func() error { _, _, err := r.Deleted(); return err },
			func() error { _, err := r.Expiries(); return err },
			func() error { _, err := r.Results(1); return err },
			func() error { _, err := r.Oxend(); return err },
		} {
			err := read()
			var e *Error
			if !errors.Is(err, want) || !errors.As(err, &e) || e.Code != code || e.Text != "text" {
				t.Errorf("%d: %v", code, err)
			}
			for _, other := range []error{ErrInvalid, ErrClock, ErrNode} {
				if other != want && errors.Is(err, other) {
					t.Errorf("%d is also %v", code, other)
				}
			}
		}
	}
	if err := ok(`{}`).Err(); err != nil {
		t.Error(err)
	}
	err := Result{404, json.RawMessage(`{"a":1}`)}.Err()
	if !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	hostile, _ := json.Marshal("\x1b[2J\n\u202e" + strings.Repeat("é", 500))
	if s := (Result{500, hostile}).Err().Error(); strings.ContainsAny(s, "\x1b\n\u202e") || len(s) > 250 {
		t.Errorf("%q", s)
	}
}

func TestStoreAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		want StoreReply
		err  error
	}{
		"all": {`{"swarm":{"a":{"hash":"h","expiry":5,"signature":"s","t":4},"b":{"hash":"h","already":1,"expiry":6}},"hash":"h","t":4,"hf":[19,4]}`,
			StoreReply{Hash: "h", Time: time.UnixMilli(4), Expiry: time.UnixMilli(6), Already: true, Stored: 2, Nodes: []string{"a", "b"}}, nil},
		"some failed":    {`{"swarm":{"a":{"failed":true,"timeout":true},"b":{"hash":"h"},"c":{"failed":1}}}`, StoreReply{Hash: "h", Stored: 1, Nodes: []string{"b"}, Failed: 2}, nil},
		"no dictionary":  {`{"swarm":{"a":7,"b":{"hash":"h"}}}`, StoreReply{Hash: "h", Stored: 1, Nodes: []string{"b"}, Failed: 1}, nil},
		"all failed":     {`{"swarm":{"a":{"failed":true},"b":{"failed":1}},"hash":"h"}`, StoreReply{}, ErrNotStored},
		"nobody":         {`{"hash":"h"}`, StoreReply{}, ErrNotStored},
		"without a hash": {`{"swarm":{"a":{}}}`, StoreReply{}, ErrNotStored},
		"text":           {`"x"`, StoreReply{}, ErrMalformed},
	} {
		got, err := ok(tt.body).Store()
		if !errors.Is(err, tt.err) || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestRetrieveAnswers(t *testing.T) {
	got, err := ok(`{"messages":[{"hash":"a","timestamp":1,"expiration":2,"data":"ZGF0YQ=="},{"hash":"b","timestamp":3,"expiration":4,"data":"*"},` +
		`{"hash":"","data":""},{"hash":"` + strings.Repeat("x", 200) + `"},{"hash":"c","data":""}],"more":true,"t":9,"hf":[19,4]}`).Retrieve()
	want := RetrieveReply{More: true, Time: time.UnixMilli(9), Messages: []Stored{
		{"a", time.UnixMilli(1), time.UnixMilli(2), []byte("data")},
		{"b", time.UnixMilli(3), time.UnixMilli(4), nil},
		{"c", time.Time{}, time.Time{}, []byte{}},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, body := range []string{`"x"`, `{"messages":{}}`, `{"messages":[{"timestamp":1.5}]}`} {
		if _, err := ok(body).Retrieve(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestDeletedAnswers(t *testing.T) {
	for body, want := range map[string][]id.Hash{
		`{"swarm":{"a":{"deleted":["y","x"]},"b":{"deleted":["z"]},"c":{"failed":true}}}`: {"x", "y", "z"},
		`{"swarm":{"a":{"deleted":{"0":["y"],"5":["x"]}}}}`:                               {"x", "y"},
		`{"swarm":{"a":{"deleted":7}}}`:                                                   nil,
	} {
		got, failed, err := ok(body).Deleted()
		if err != nil || !reflect.DeepEqual(got, want) || failed != strings.Count(body, "failed") {
			t.Errorf("%s: %v, %d failed, %v", body, got, failed, err)
		}
	}
	if _, _, err := ok(`{"swarm":{"a":{"failed":1}}}`).Deleted(); err == nil {
		t.Error("no member deleted, and no error")
	}
}

func TestExpiryAnswers(t *testing.T) {
	at := func(ms int64) time.Time { return time.UnixMilli(ms) }
	for body, want := range map[string]map[id.Hash]time.Time{
		`{"expiries":{"a":5,"b":6}}`: {"a": at(5), "b": at(6)},
		`{"swarm":{"n":{"expiry":5,"updated":["a"],"unchanged":{"b":7}},"m":{"expiry":6,"updated":["a"]},"k":{"failed":true}}}`: {"a": at(6), "b": at(7)},
		`{"swarm":{"n":{"expiry":[5,6],"updated":["a","b"]}}}`:                                                                  {"a": at(5), "b": at(6)},
		`{"swarm":{"n":{"expiry":[5],"updated":["a","b"]}}}`:                                                                    {"a": at(5)},
		`{"swarm":{"n":{"expiry":"x","updated":["a"]}}}`:                                                                        {},
		`{}`: {},
	} {
		got, err := ok(body).Expiries()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v", body, got, err)
		}
	}
	if _, err := ok(`{"swarm":{"n":{"failed":1}}}`).Expiries(); err == nil {
		t.Error("no member did it, and no error")
	}
}

func TestBatchAnswers(t *testing.T) {
	body := `{"results":[{"code":200,"body":{"t":1}},{"code":401,"body":"x"}]}`
	got, err := ok(body).Results(2)
	if err != nil || len(got) != 2 || got[0].Err() != nil || !errors.Is(got[1].Err(), ErrUnauthorized) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := ok(body).Results(1); !errors.Is(err, ErrMalformed) {
		t.Errorf("more results than requests: %v", err)
	}
	if _, err := ok(`{}`).Results(1); !errors.Is(err, ErrMalformed) {
		t.Errorf("no results: %v", err)
	}
}

func TestTime(t *testing.T) {
	for body, want := range map[string]int64{
		`{"t":1700000000123}`:     1700000000123,
		`{"t":1000}`:              0,
		`{"t":99999999999999999}`: 0,
		`{"t":"x"}`:               0,
		`"text"`:                  0,
		`{"x":"` + strings.Repeat("x", 1<<17) + `","t":1700000000123}`: 0,
	} {
		got, ok := ok(body).Time()
		if ok != (want != 0) || ok && got.UnixMilli() != want {
			t.Errorf("%.40s: %v %v", body, got, ok)
		}
	}
}

// The expected value was computed with another implementation of BLAKE2b.
func TestMessageHash(t *testing.T) {
	if got := MessageHash(account, 0, []byte("data")); got != "G60U/PfY8qq7edn9B9pgHiA11cwo0Hy3wlHtSbHQ6Hw" {
		t.Errorf("namespace 0: %s", got)
	}
	if got := MessageHash(account, -10, []byte("data")); got != "1kOrQAm5cSTEeFhscBI0x5Z8hkJuK2iUZXBzoEemSRQ" {
		t.Errorf("namespace -10: %s", got)
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"swarm":{"a":{"hash":"h","expiry":5,"deleted":["x"],"updated":["y"],"unchanged":{"z":1}}},"hash":"h","t":4}`))
	f.Add([]byte(`{"messages":[{"hash":"a","timestamp":1,"expiration":2,"data":"ZGF0YQ=="}],"more":1}`))
	f.Add([]byte(`{"results":[{"code":200,"body":{"t":1}}]}`))
	f.Add([]byte(`"text"`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, code := range []int{200, 404} {
			r := Result{code, body}
			if s, err := r.Store(); err == nil && (s.Stored == 0 || s.Hash == "") {
				t.Errorf("stored nowhere: %+v", s)
			}
			if m, err := r.Retrieve(); err == nil {
				for _, s := range m.Messages {
					if s.Hash == "" || len(s.Data) > len(body) {
						t.Errorf("message %+v", s)
					}
				}
			}
			r.Deleted()
			r.Expiries()
			r.Results(20)
			r.Oxend()
			r.Time()
		}
	})
}

// A member of a group shows its token, and only the group's key revokes.
func TestMembersOfAGroup(t *testing.T) {
	now := time.UnixMilli(1700000000123)
	a := auth(group)
	tokens := [][TokenSize]byte{{3, 3}, {3, 7}}
	for name, r := range map[string]Request{"revoke": a.Revoke(tokens, now), "unrevoke": a.Unrevoke(tokens, now)} {
		method, params, signed := sent(t, r)
		raw := string(tokens[0][:]) + string(tokens[1][:])
		if want := name + "_subaccount"; method != want || signed != want+"1700000000123"+raw {
			t.Errorf("%s signs %q", method, signed)
		}
		list, _ := params[name].([]any)
		if len(list) != 2 || list[1] != hex.EncodeToString(tokens[1][:]) || params["pubkey_ed25519"] != nil {
			t.Errorf("%s: %v", name, params)
		}
	}
	a.Member = &Member{Token: tokens[0], Signature: [64]byte{9}}
	_, params, _ := sent(t, a.Retrieve(11, "", 0, now))
	if params["subaccount"] != base64.StdEncoding.EncodeToString(tokens[0][:]) || params["subaccount_sig"] != base64.StdEncoding.EncodeToString(a.Member.Signature[:]) {
		t.Errorf("%v", params)
	}
}
