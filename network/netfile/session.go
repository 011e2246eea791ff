package netfile

import (
	_ "embed"
	"encoding/hex"
)

// SessionName is the name under which the public network is built in.
const SessionName = "session"

// Certificates of the public seeds, from session-foundation/session-desktop:
// ts/session/apis/seed_node_api/SeedNodeAPI.ts, which lists the SHA-256
// fingerprints that the tests compare.
var (
	//go:embed seed1.getsession.org.pem
	seed1 string
	//go:embed seed2.getsession.org.pem
	seed2 string
	//go:embed seed3.getsession.org.pem
	seed3 string
)

// Session is the public Session Network.
func Session() File {
	return File{
		Name: SessionName,
		Seeds: []Seed{
			{"https://seed1.getsession.org:4443/json_rpc", seed1},
			{"https://seed2.getsession.org:4443/json_rpc", seed2},
			{"https://seed3.getsession.org:4443/json_rpc", seed3},
		},
		FileServer: FileServer{
			URL:     "http://filev2.getsession.org",
			X25519:  mustKey("09324794aa9c11948189762d198c618148e9136ac9582068180661208927ef34"),
			Ed25519: mustKey("b8eef9821445ae16e2e97ef8aa6fe782fd11ad5253cd6723b281341dba22e371"),
		},
	}
}

func mustKey(s string) (k Key) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(k) {
		panic("internal error: built-in key")
	}
	return Key(b)
}
