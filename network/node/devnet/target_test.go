package devnet_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"seance/network/pipenet"
)

// An onion request to a server: the exit posts the layer and gives the answer
// back as it is.
func TestOnionToServer(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		to2026()
		pipes := pipenet.New()
		d := start(t, pipes, dir, 6)
		defer d.Close()
		c := newClient(t, d, pipes.Dial)
		defer c.close()
		type seen struct {
			host, path string
			body       []byte
		}
		posts := make(chan seen, 10)
		server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got, _ := io.ReadAll(r.Body)
			posts <- seen{r.Host, r.URL.EscapedPath(), got}
			switch {
			case r.Method != "POST":
				w.WriteHeader(405)
			case bytes.Contains(got, []byte("teapot")):
				w.WriteHeader(418)
			case bytes.Contains(got, []byte("away")):
				http.Redirect(w, r, "http://10.0.0.2/oxen/v4/lsrpc", http.StatusTemporaryRedirect)
			case bytes.Contains(got, []byte("slow")):
				time.Sleep(time.Minute)
			default:
				w.Write([]byte{0, 1, 2, 255})
			}
		})}
		defer server.Close()
		for _, address := range []string{"10.0.0.1:80", "10.0.0.1:8080", "127.0.0.1:80", "127.0.0.1:8080", "[fd00::1]:80"} {
			l, err := pipes.Listen(address)
			if err != nil {
				t.Fatal(err)
			}
			go server.Serve(l)
		}
		var path []node
		byKey := map[string]node{}
		for _, n := range c.list(allFields) {
			byKey[n.Ed25519] = n
		}
		for i := range 3 {
			path = append(path, byKey[d.Nodes()[i].Key.String()])
		}
		post := func(text string, routing params) (int, string) {
			t.Helper()
			to := with(params{"host": "10.0.0.1", "port": 80, "protocol": "http", "target": "/oxen/v4/lsrpc", "method": "POST", "ephemeral_key": "x"})
			for k, v := range routing {
				to[k] = v
			}
			payload := frame([]byte(text), to)
			b, key := c.wrap(payload, path...)
			status, body := c.post(d.Nodes()[0].Address, "/onion_req/v2", b)
			if len(posts) > 0 {
				if got := <-posts; !bytes.Equal(got.body, payload) {
					t.Errorf("the server got %q", got.body)
				} else {
					return status, fmt.Sprintf("%s%s %s", got.host, got.path, body)
				}
			}
			if status == 200 {
				return status, open(t, key, path[2].X25519, body)
			}
			return status, string(body)
		}
		const hello, json = "\x00\x01\x02\xff", `{"body":"Invalid json","status":400}`
		for _, s := range []struct {
			text    string
			routing params
			status  int
			body    string
		}{
			{"hello", nil, 200, "10.0.0.1/oxen/v4/lsrpc " + hello},
			{"hello", params{"port": 8080}, 200, "10.0.0.1:8080/oxen/v4/lsrpc " + hello},
			{"hello", params{"host": "fd00::1"}, 200, "[fd00::1]/oxen/v4/lsrpc " + hello},
			{"hello", params{"host": "[fd00::1]"}, 200, "[fd00::1]/oxen/v4/lsrpc " + hello},
			{"hello", params{"target": "/oxen/%20/lsrpc"}, 200, "10.0.0.1/oxen/%20/lsrpc " + hello},
			{"teapot", nil, 500, "10.0.0.1/oxen/v4/lsrpc "},
			{"away", nil, 502, "10.0.0.1/oxen/v4/lsrpc Maximum (0) redirects followed"},
			{"slow", nil, 504, "10.0.0.1/oxen/v4/lsrpc Timeout was reached"},
			// No host is not this machine.
			{"x", params{"host": ""}, 502, ""},
			{"x", params{"host": "", "port": 8080}, 502, ""},
			{"x", params{"host": " "}, 502, ""},
			{"x", params{"host": "\t\n", "port": 8080}, 502, ""},
			{"x", params{"host": "\u00a0"}, 502, ""},
			{"x", params{"host": "\u3000", "port": 8080}, 502, ""},
			{"x", params{"host": "\u00ad"}, 502, ""}, // nothing, in ASCII
			{"x", params{"host": "\u00ad", "port": 8080}, 502, ""},
			{"x", params{"host": ":"}, 502, ""},
			{"x", params{"host": "[]"}, 502, ""},
			{"x", params{"host": "a@"}, 502, ""},
			{"x", params{"host": "?"}, 502, ""},
			{"x", params{"host": "%20"}, 502, ""},
			{"x", params{"host": nil}, 200, json},
			{"x", params{"host": 1}, 200, json},
			// Nor is any of it the path.
			{"x", params{"host": "10.0.0.1/admin#"}, 502, ""},
			{"x", params{"host": "10.0.0.1/admin?"}, 502, ""},
			{"x", params{"host": "a@10.0.0.1"}, 502, ""},
			{"x", params{"host": "10.0.0.1:8080"}, 502, ""},
			{"x", params{"target": "/oxen/ v4/lsrpc"}, 502, ""},
			{"x", params{"target": "/oxen/\r\nv4/lsrpc"}, 502, ""},
			{"x", params{"target": "/oxen/\x7f/lsrpc"}, 502, ""},
			{"x", params{"port": 70000}, 200, json},
			{"x", params{"port": 65536 + 80}, 200, json},
			{"x", params{"port": -1}, 200, json},
			{"x", params{"port": "80"}, 200, json},
			{"x", params{"port": 1}, 502, "Failed to connect to 10.0.0.1 port 1 after 0 ms: Couldn't connect to server"},
			{"x", params{"port": 0}, 502, "Failed to connect to 10.0.0.1 port 0 after 0 ms: Couldn't connect to server"},
			{"x", params{"host": "no.such.host.invalid"}, 502, "Could not resolve host: no.such.host.invalid"},
			{"x", params{"protocol": "https"}, 502, "Could not connect to server"}, // which speaks no TLS
		} {
			if status, body := post(s.text, s.routing); status != s.status || body != s.body {
				t.Errorf("%s %q: %d %q, want %d %q", s.text, s.routing, status, body, s.status, s.body)
			}
		}
		time.Sleep(2 * time.Minute) // lets the slow handler end
	})
}
