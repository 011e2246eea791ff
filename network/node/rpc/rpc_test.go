package rpc

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

var (
	owner   = "05" + strings.Repeat("ab", 32)
	sig     = strings.Repeat("A", 86)
	hash    = strings.Repeat("A", 43)
	account = `"pubkey":"` + owner + `","signature":"` + sig + `==","pubkey_ed25519":"` + strings.Repeat("cd", 32) + `"`
)

func parse(t *testing.T, method, params string) (any, string) {
	t.Helper()
	c, bad := Parse([]byte(`{"method":"` + method + `","params":{` + params + `}}`))
	if bad != nil {
		return nil, fmt.Sprint(bad.Status, " ", bad.Text)
	}
	if c.Method != method || string(c.Params) != `{`+params+`}` {
		t.Errorf("the call is %s %s", c.Method, c.Params)
	}
	return c.Request, ""
}

func TestSignedTexts(t *testing.T) {
	token := append([]byte{3, 1, 0, 0}, make([]byte, 32)...)
	for _, c := range []struct{ method, params, want string }{
		{"store", account + `,"timestamp":1700000000000,"ttl":60000,"namespace":3,"data":"AA=="`, "store31700000000000"},
		{"store", account + `,"timestamp":1700000000000,"sig_timestamp":1700000000007,"ttl":60000,"data":"AA=="`, "store1700000000007"},
		{"store", account + `,"timestamp":1700000000000,"ttl":60000,"namespace":-11,"data":""`, "store-111700000000000"},
		{"retrieve", account + `,"timestamp":1700000000000`, "retrieve1700000000000"},
		{"retrieve", account + `,"timestamp":1700000000000,"namespace":5`, "retrieve51700000000000"},
		{"delete", account + `,"messages":["` + hash + `","` + hash + `"]`, "delete" + hash + hash},
		{"delete", account + `,"messages":"` + hash + `"`, "delete" + hash},
		{"delete_all", account + `,"timestamp":1700000000000`, "delete_all1700000000000"},
		{"delete_all", account + `,"timestamp":1700000000000,"namespace":-1`, "delete_all-11700000000000"},
		{"delete_all", account + `,"timestamp":1700000000000,"namespace":"all"`, "delete_allall1700000000000"},
		{"delete_before", account + `,"before":1700000000000,"namespace":0`, "delete_before1700000000000"},
		{"expire", account + `,"messages":["` + hash + `"],"expiry":1700000000000`, "expire1700000000000" + hash},
		{"expire", account + `,"messages":["` + hash + `","` + hash + `"],"expiry":[1,2],"extend":true`, "expireextend12" + hash + hash},
		{"expire", account + `,"messages":"` + hash + `","expiry":[1],"shorten":true`, "expireshorten1" + hash},
		{"expire_all", account + `,"expiry":1700000000000,"namespace":"all"`, "expire_allall1700000000000"},
		{"get_expiries", account + `,"timestamp":1700000000000,"messages":["x","y"]`, "get_expiries1700000000000xy"},
		{"revoke_subaccount", account + `,"timestamp":1700000000000,"revoke":["` + hex.EncodeToString(token) + `"]`, "revoke_subaccount1700000000000" + string(token)},
		// A subaccount may not, and is not looked at.
		{"revoke_subaccount", account + `,"timestamp":1700000000000,"revoke":[],"subaccount":"no token"`, "revoke_subaccount1700000000000"},
		{"unrevoke_subaccount", account + `,"timestamp":1700000000000,"unrevoke":"` + base64.StdEncoding.EncodeToString(token) + `"`, "unrevoke_subaccount1700000000000" + string(token)},
	} {
		r, bad := parse(t, c.method, c.params)
		if bad != "" {
			t.Errorf("%s: %s", c.params, bad)
			continue
		}
		if got := string(r.(interface{ Signed() []byte }).Signed()); got != c.want {
			t.Errorf("%s: signed is %q, want %q", c.params, got, c.want)
		}
	}
}

func TestFieldsOfTheWrongKind(t *testing.T) {
	for _, c := range []struct{ method, params, want string }{
		{"delete_all", account + `,"timestamp":"1700000000000"`, "Invalid value given for 'timestamp': expected integer timestamp (in milliseconds)"},
		{"delete_all", account + `,"timestamp":-1`, "Invalid value given for 'timestamp': expected integer timestamp (in milliseconds)"},
		{"delete_all", account + `,"timestamp":1.7e12`, "Invalid value given for 'timestamp': expected integer timestamp (in milliseconds)"},
		{"delete_all", account + `,"timestamp":1700000000`, "Required field 'timestamp' missing"},
		{"delete_all", account + `,"timestamp":null`, "Required field 'timestamp' missing"},
		{"delete_all", account + `,"timestamp":99999999999999999999`, "Invalid value given for 'timestamp': expected integer timestamp (in milliseconds)"},
		{"delete", account + `,"messages":[1]`, "Invalid value given for 'messages': expected string array"},
		{"delete", account + `,"messages":["` + hash + `"],"required":1`, "Invalid value given for 'required': expected boolean"},
		{"delete", account, "Required field 'messages' missing"},
		{"expire", account + `,"messages":["` + hash + `"],"expiry":[-1]`, "Invalid value given for 'expiry': expected timestamp array"},
		{"expire", account + `,"messages":["` + hash + `"],"expiry":[]`, "'expiry' does not contain any expiration timestamps"},
		{"get_swarm", `"pubkey":1`, "Invalid value given for 'pubkey': expected string"},
		{"get_swarm", `"pubkey":"zz` + owner[2:] + `"`, "Pubkey must be 66 hex digits/33 bytes long"},
		{"get_snodes_for_pubkey", `"pubKey":"05"`, "Pubkey must be 66 hex digits/33 bytes long"},
		{"retrieve", `"pubkey":"05"`, "Pubkey must be 66 hex digits (33 bytes) long"},
		{"get_swarm", ``, "Required field 'pubkey' missing"},
		{"oxend_request", ``, "Required field 'endpoint' missing"},
		{"revoke_subaccount", account + `,"timestamp":1700000000000,"revoke":["00"]`, "invalid revoke: expected base64 or hex-encoded subaccount tag"},
	} {
		want := "400 invalid request: " + c.want
		if c.params == account+`,"timestamp":1700000000` { // seconds: refused, unless small
			want = ""
		}
		if _, got := parse(t, c.method, c.params); got != want {
			t.Errorf("%s %s: %q, want %q", c.method, c.params, got, want)
		}
	}
	if _, got := parse(t, "delete_all", account+`,"timestamp":999999999`); !strings.HasSuffix(got, "timestamp must be in milliseconds") {
		t.Errorf("seconds: %q", got)
	}
}

// Members that differ only in case are different members, as is usual in JSON
// and not in Go.
func TestCase(t *testing.T) {
	r, bad := parse(t, "get_swarm", `"PUBKEY":1,"pubKey":"`+owner+`"`)
	if bad != "" || r.(*GetSwarm).Owner.String() != owner {
		t.Errorf("%v %s", r, bad)
	}
}

func TestNamespaces(t *testing.T) {
	for n, want := range map[Namespace][4]bool{ // public inbox, public outbox, public retrieve, unrevocable
		0: {true}, 10: {true}, -10: {true, false, true}, 400: {true}, -30: {true},
		1: {}, 2: {}, 11: {}, 21: {}, -1: {false, true, true}, -21: {false, true, true}, -981: {false, true, true},
		-11: {false, false, false, true}, -31: {}, -111: {false, false, false, true}, -12311: {false, false, false, true}, -41: {false, true, true},
		-32768: {}, 32767: {}, -20: {true},
	} {
		if got := [4]bool{n.PublicInbox(), n.PublicOutbox(), n.PublicRetrieve(), n.Unrevocable()}; got != want {
			t.Errorf("%d: %v, want %v", n, got, want)
		}
	}
}

func TestBase64(t *testing.T) {
	for s, want := range map[string]string{"": "", "AA": "\x00", "AA==": "\x00", "QUI": "AB", "QUI=": "AB", "QUJD": "ABC"} {
		if got, ok := decodeBase64(s); !ok || string(got) != want {
			t.Errorf("%q: %q %v", s, got, ok)
		}
	}
	for _, s := range []string{"A", "AA=", "=", "A===", "QUI==", "Q\nUI", "-_8=", "QUJD="} {
		if got, ok := decodeBase64(s); ok {
			t.Errorf("%q is accepted as %q", s, got)
		}
	}
}

func TestNesting(t *testing.T) {
	call := `{"method":"info","params":{}}`
	for range maxNesting {
		call = `{"method":"ifelse","params":{"if":{"height_at_least":0},"then":` + call + `}}`
	}
	if _, bad := Parse([]byte(call)); bad != nil {
		t.Errorf("%d deep: %s", maxNesting, bad.Text)
	}
	call = `{"method":"ifelse","params":{"if":{"height_at_least":0},"then":` + call + `}}`
	if _, bad := Parse([]byte(call)); bad == nil {
		t.Errorf("%d deep is accepted", maxNesting+1)
	}
}

func TestConditions(t *testing.T) {
	s := State{Height: 100, Hardfork: [2]int64{19, 3}, Version: [3]int64{2, 8, 0}}
	for cond, want := range map[string]bool{
		`"height_at_least":100`: true, `"height_at_least":101`: false, `"height_before":100`: false, `"height_before":101`: true,
		`"hf_at_least":[19]`: true, `"hf_at_least":19`: true, `"hf_at_least":[19,4]`: false, `"hf_before":[19,4]`: true, `"hf_before":[19,3]`: false,
		`"v_at_least":[2,8]`: true, `"v_at_least":[2,8,1]`: false, `"v_before":[3]`: true, `"v_before":[2,8,0,9]`: false,
		`"hf_at_least":[19],"v_before":[1]`: false,
	} {
		r, bad := parse(t, "ifelse", `"if":{`+cond+`},"else":{"method":"info","params":{}}`)
		if bad != "" {
			t.Errorf("%s: %s", cond, bad)
			continue
		}
		if got := r.(*IfElse).Condition.Holds(s); got != want {
			t.Errorf("%s: %v", cond, got)
		}
	}
}

func TestEncode(t *testing.T) {
	got := string(Encode(map[string]any{"b": "<&>é\u2028", "a": []int{}, "c": nil}))
	if want := `{"a":[],"b":"<&>é\u2028","c":null}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if b := (&Response{Status: 200}).Body(); len(b) != 0 {
		t.Errorf("an empty text is %q", b)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"method":"batch","params":{"requests":[{"method":"store","params":{` + account + `,"timestamp":"1700000000000","ttl":60000,"data":"AA=="}}]}}`))
	f.Add([]byte(`{"method":"sequence","params":{"requests":[{"method":"retrieve","params":{` + account + `,"timestamp":1700000000000,"last_hash":"` + hash + `"}}]}}`))
	f.Add([]byte(`{"method":"ifelse","params":{"if":{"v_at_least":[2]},"then":{"method":"info","params":{}}}}`))
	f.Add([]byte(`{"method":"expire","params":{` + account + `,"messages":["` + hash + `"],"expiry":[1700000000000],"extend":true}}`))
	f.Add([]byte(`{"method":"revoke_subaccount","params":{` + account + `,"timestamp":1700000000000,"revoke":["` + strings.Repeat("00", 36) + `"]}}`))
	f.Add([]byte(`{"method":"get_swarm","params":{"pubkey":"` + owner + `"}}`))
	f.Add([]byte(`{"method":"oxend_request","params":{"endpoint":"ons_resolve","params":{"type":0}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, bad := Parse(b)
		if bad != nil {
			if bad.Status != 400 || bad.Text == "" || bad.JSON != nil {
				t.Errorf("refused with %+v", bad)
			}
			return
		}
		if c.Request == nil || reflect.ValueOf(c.Request).IsNil() {
			t.Fatalf("%s has no request", c.Method)
		}
		if s, ok := c.Request.(*Store); ok && len(s.Data) > MaxData {
			t.Errorf("%d bytes of data", len(s.Data))
		}
		// A node forwards method and params: they must mean the same again.
		again, err := ParseCall(c.Method, json.RawMessage(c.Params))
		if err != nil {
			t.Fatalf("forwarded: %v", err)
		}
		if _, ok := c.Request.(*IfElse); !ok && !reflect.DeepEqual(c, again) {
			t.Errorf("%+v became %+v", c, again)
		}
	})
}
