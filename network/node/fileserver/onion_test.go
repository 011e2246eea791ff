package fileserver

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"seance/messaging/bencode"
	"seance/network/node/peel"
)

// Requests with AES-GCM, of which both sides use the same key. Those with
// XChaCha20, and the way through nodes, are tested by the devnet.
func TestOnion(t *testing.T) {
	inWorld(t, Options{Releases: map[string]string{"desktop": "1.2.3"}}, func(w *world) {
		client, err := peel.NewKey(bytes.Repeat([]byte{9}, 32))
		if err != nil {
			t.Fatal(err)
		}
		post := func(enc, plain string) (code int, headers map[string]string, body string) {
			t.Helper()
			sealed, err := client.Seal(rand.Reader, peel.AESGCM, []byte(plain), w.o.Key.Public())
			if err != nil {
				t.Fatal(err)
			}
			got := w.do("POST", "/oxen/v4/lsrpc", nil, peel.Join(sealed, fmt.Appendf(nil,
				`{%s"ephemeral_key":"%x","host":"h","method":"POST","port":80,"protocol":"http","target":"/oxen/v4/lsrpc"}`, enc, client.Public())))
			if got.code != 200 {
				return got.code, nil, string(got.body)
			}
			opened, err := client.Open(peel.AESGCM, got.body, w.o.Key.Public())
			if err != nil {
				t.Fatal(err)
			}
			tree, err := bencode.Decode(opened)
			if err != nil {
				t.Fatal(err)
			}
			var head struct {
				Code    int
				Headers map[string]string
			}
			list := tree.([]any)
			if err := json.Unmarshal([]byte(list[0].(string)), &head); err != nil || len(list) != 2 {
				t.Fatalf("%q: %v", list, err)
			}
			return head.Code, head.Headers, list[1].(string)
		}
		id := w.upload([]byte("plain"), "").ID
		for _, tt := range []struct {
			enc, plain string
			code       int
			kind, body string // what it contains
		}{
			{`"enc_type":"aes-gcm",`, `l42:{"method":"POST","endpoint":"/file","x":0}5:helloe`, 200, "application/json", `"expires":`},
			{``, `l35:{"method":"GET","endpoint":"/file"}e`, 405, "text/html; charset=utf-8", "405"},
			{``, list(`{"method":"GET","endpoint":"/file/` + id + `","headers":{}}`), 200, "application/octet-stream", "plain"},
			{``, list(`{"method":"GET","endpoint":"/file/`+id+`","headers":{}}`, "a body that a GET does not have"), 200, "application/octet-stream", "plain"},
			{``, list(`{"method":"GET","endpoint":"/session_version?platform=desktop"}`), 200, "application/json", `"result":"1.2.3"`},
			{``, list(`{"method":"POST","endpoint":"/file","headers":{"x-FS-ttl":"no"}}`, "x"), 400, "application/json", "400"},
			{``, list(`{"method":"POST","endpoint":"/oxen/v4/lsrpc"}`, "x"), 404, "text/html; charset=utf-8", "404"},
			{``, `l`, 400, "text/plain; charset=utf-8", ""},
			{``, list(`{"method":"GET","endpoint":"file"}`), 400, "text/plain; charset=utf-8", ""},
		} {
			code, headers, body := post(tt.enc, tt.plain)
			if code != tt.code || headers["content-type"] != tt.kind || !strings.Contains(body, tt.body) {
				t.Errorf("%s %s: %d %v %q", tt.enc, tt.plain, code, headers, body)
			}
		}
		if code, _, _ := post(`"enc_type":"xchacha20",`, "le"); code != 400 {
			t.Errorf("with another cipher than it says: %d", code)
		}
		for _, body := range []string{"", "xx", "\xff\xff\xff\xff{}", "\x00\x00\x00\x00{}", "\x00\x00\x00\x00" + `{"ephemeral_key":"` + strings.Repeat("0", 64) + `"}`} {
			if got := w.do("POST", "/oxen/v4/lsrpc", nil, []byte(body)); got.code != 400 || !strings.Contains(string(got.body), "<title>") {
				t.Errorf("%q: %d %q", body, got.code, got.body)
			}
		}
	})
}

func list(parts ...string) string {
	s := "l"
	for _, p := range parts {
		s += fmt.Sprintf("%d:%s", len(p), p)
	}
	return s + "e"
}

func TestParseV4(t *testing.T) {
	const head = `{"method":"GET","endpoint":"/a?b=c","headers":{"X-Y":"z"}}`
	for _, plain := range []string{list(head), list(head, "body"), "l0058:" + head + "4:bodye"} {
		r, err := parseV4([]byte(plain))
		if err != nil || r.method != "GET" || r.path != "/a" || r.query != "b=c" || r.headers["x-y"] != "z" || string(r.body) != "body" && plain != list(head) {
			t.Errorf("%s: %+v, %v", plain, r, err)
		}
	}
	for _, plain := range []string{
		"", "l", "e", "le", "l58:" + head, "58:" + head + "e", "l57:" + head + "e", "l59:" + head + "e", "l:" + head + "e",
		"l-58:" + head + "e", "l+58:" + head + "e", "l99999999999999999999:" + head + "e", "li58ee", "ld1:a1:bee",
		list(head, "a", "b"), list(head) + "e", "l58:" + head + "1:e", "l58:" + head + "xe",
		list(""), list("[]"), list("null"), list("{}"), list(`{"method":"GET"}`), list(`{"endpoint":"/"}`), list(`{"method":1,"endpoint":"/"}`),
		list(`{"method":null,"endpoint":"/"}`), list(`{"Method":"GET","endpoint":"/"}`), list(`{"method":"GET","endpoint":""}`), list(`{"method":"GET","endpoint":"a"}`),
		list(`{"method":"GET","endpoint":"/","headers":null}`), list(`{"method":"GET","endpoint":"/","headers":[]}`),
		list(`{"method":"GET","endpoint":"/","headers":{"a":1}}`), list("{\"method\":\"GET\",\"endpoint\":\"/\xff\"}"),
	} {
		if r, err := parseV4([]byte(plain)); err == nil {
			t.Errorf("%q: %+v", plain, r)
		}
	}
}

// FuzzParseV4 compares with the strict reader of bencoding that clients use.
func FuzzParseV4(f *testing.F) {
	f.Add([]byte(list(`{"method":"GET","endpoint":"/file/1","headers":{}}`)))
	f.Add([]byte(list(`{"method":"POST","endpoint":"/file","headers":{"Content-Type":"application/octet-stream"}}`, "body")))
	f.Add([]byte(list(`{"method":"POST","endpoint":"/file","headers":{"content-type":"multipart/form-data; boundary=x"}}`, "body")))
	f.Add([]byte(`l002:{}e`))
	f.Add([]byte(`l99999999999999999999:e`))
	f.Fuzz(func(t *testing.T, plain []byte) {
		r, err := parseV4(plain)
		if err == nil && (!strings.HasPrefix(r.path, "/") || strings.Contains(r.path, "?") || r.headers == nil || len(r.body) > len(plain)) {
			t.Errorf("%q: %+v", plain, r)
		}
		tree, strict := bencode.Decode(plain)
		if strict != nil {
			return // leading zeros, for one, are allowed here
		}
		parts, ok := tree.([]any)
		for _, p := range parts {
			_, text := p.(string)
			ok = ok && text
		}
		switch {
		case !ok || len(parts) < 1 || len(parts) > 2:
			if err == nil {
				t.Errorf("%q is no list of one or two strings: %+v", plain, r)
			}
		case err == nil && r.body != nil && string(r.body) != parts[len(parts)-1]:
			t.Errorf("%q: body %q", plain, r.body)
		}
	})
}
