package oxend

import (
	"net/http/httptest"
	"strings"
	"testing"

	"seance/network/node/registry"
)

func ask(d *Daemon, method, path, body string) (int, string) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w.Code, w.Body.String()
}

func TestSeed(t *testing.T) {
	d := &Daemon{
		Nodes: registry.New(registry.Node{Ed25519: registry.Key{1}, X25519: [32]byte{2}, Swarm: 1<<63 + 1, IP: "127.0.0.1", Port: 22021, Version: [3]int{2, 11, 0}}),
		Names: map[string]Name{"AAAA": {"ab", "cd"}, "BBBB": {"ef", ""}},
	}
	one, two := "01"+strings.Repeat("00", 31), "02"+strings.Repeat("00", 31)
	const head = `{"id":null,"jsonrpc":"2.0","result":`
	for _, c := range []struct{ body, want string }{
		{`{"method":"get_n_service_nodes","params":{"active_only":true,"fields":{"public_ip":true,"storage_port":true,"pubkey_x25519":true,"pubkey_ed25519":true,"requested_unlock_height":true,"height":true,"storage_lmq_port":true,"swarm_id":true,"storage_server_version":true}}}`,
			head + `{"height":1,"service_node_states":[{"pubkey_ed25519":"` + one + `","pubkey_x25519":"` + two + `","public_ip":"127.0.0.1","requested_unlock_height":0,"storage_lmq_port":22021,"storage_port":22021,"storage_server_version":[2,11,0],"swarm_id":9223372036854775809}],"status":"OK"}}`},
		{`{"id":7,"method":"get_n_service_nodes","params":{"fields":["public_ip"],"limit":5}}`, `{"id":7,"jsonrpc":"2.0","result":{"service_node_states":[{"public_ip":"127.0.0.1"}],"status":"OK"}}`},
		{`{"method":"get_n_service_nodes","params":{"fields":{"public_ip":false}}}`, head + `{"service_node_states":[{}],"status":"OK"}}`},
		{`{"method":"ons_resolve","params":{"type":0,"name_hash":"AAAA"}}`, head + `{"encrypted_value":"ab","nonce":"cd"}}`},
		{`{"method":"ons_resolve","params":{"type":0,"name_hash":"BBBB"}}`, head + `{"encrypted_value":"ef"}}`},
		{`{"method":"ons_resolve","params":{"type":0,"name_hash":"CCCC"}}`, head + `{}}`},
		{`{"method":"ons_resolve","params":{"type":2,"name_hash":"AAAA"}}`, head + `{}}`},
		{`{"method":"ons_resolve"}`, `{"error":{"code":-32602,"message":"Invalid params"},"id":null,"jsonrpc":"2.0"}`},
		{`{"method":"get_n_service_nodes","params":{"fields":1}}`, `{"error":{"code":-32602,"message":"Invalid params"},"id":null,"jsonrpc":"2.0"}`},
		{`{"method":"get_info"}`, `{"error":{"code":-32601,"message":"Method not found"},"id":null,"jsonrpc":"2.0"}`},
		{`x`, `{"error":{"code":-32700,"message":"Parse error"},"id":null,"jsonrpc":"2.0"}`},
	} {
		if status, got := ask(d, "POST", "/json_rpc", c.body); status != 200 || got != c.want {
			t.Errorf("%s: %d %s, want %s", c.body, status, got, c.want)
		}
	}
	if status, got := ask(d, "POST", "/json_rpc", `{"method":"get_n_service_nodes"}`); status != 200 || !strings.Contains(got, `"hardfork":21`) || !strings.Contains(got, `"funded":true`) {
		t.Errorf("without fields: %s", got)
	}
	if status, _ := ask(d, "GET", "/json_rpc", ""); status != 404 {
		t.Errorf("GET: %d", status)
	}
	if status, _ := ask(d, "POST", "/json_rpc", strings.Repeat(" ", maxBody+1)); status != 413 {
		t.Errorf("a large body: %d", status)
	}
}
