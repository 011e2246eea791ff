package snode

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"seance/messaging/id"
)

// Keys of the reference's onion vectors: each pair is one point.
const (
	ed1 = "a3fafb8b59b55443b99d9236038622b702f6b15b9bf007e65c13b00cedbde713"
	x1  = "9ee1c069ea1535dcac6998c7f67b1db7d623c02d0143d928a260c7b5f912b004"
	ed2 = "3c9c11578a2c8f7c1ae21f1b1d5aaff474588147749f8c7c8d11460a039ca901"
	x2  = "cdc16c365514f4cfcaf567bfe5419291674f80ae117ad216156b421770f1660d"
)

func node(t testing.TB, ed, x, ip string, port uint16, swarm uint64) Node {
	t.Helper()
	k, err := ParseKey(ed)
	if err != nil {
		t.Fatal(err)
	}
	n := Node{Ed25519: k, IP: netip.MustParseAddr(ip), Port: port, Swarm: swarm}
	hex.Decode(n.X25519[:], []byte(x))
	return n
}

func TestX25519OfAKey(t *testing.T) {
	for ed, x := range map[string]string{ed1: x1, ed2: x2} {
		k, err := ParseKey(strings.ToUpper(ed))
		if err != nil {
			t.Fatal(err)
		}
		got, err := k.X25519()
		if err != nil || hex.EncodeToString(got[:]) != x {
			t.Errorf("%s: %x, %v", ed, got, err)
		}
	}
	if got, err := (Key{2}).X25519(); !errors.Is(err, ErrMalformed) {
		t.Errorf("bytes that are no point: %x, %v", got, err)
	}
	for _, s := range []string{"", ed1[2:], ed1 + "00", strings.Repeat("g", 64)} {
		if _, err := ParseKey(s); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestKeysAreShortInLogs(t *testing.T) {
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "node", node(t, ed1, x1, "1.2.3.4", 22021, 0))
	if s := b.String(); strings.Contains(s, ed1) || !strings.Contains(s, ed1[:8]) || !strings.Contains(s, "1.2.3.4:22021") {
		t.Errorf("%s", s)
	}
}

func TestParseStates(t *testing.T) {
	state := func(ed, x, ip, port, more string) string {
		return `{"public_ip":"` + ip + `","storage_port":` + port + `,"pubkey_ed25519":"` + ed + `","pubkey_x25519":"` + x + `"` + more + `}`
	}
	text := `{"service_node_states":[` + strings.Join([]string{
		state(ed1, x1, "1.2.3.4", "22021", `,"swarm_id":18446744073709551614,"storage_server_version":[2,8,0],"height":1,"extra":null`),
		state(ed1, x1, "9.9.9.9", "1", ""), // the same node again
		state(ed2, x2, "0.0.0.0", "22021", ""),
		state(ed2, x2, "1.2.3.5", "0", ""),
		state("", x2, "1.2.3.5", "1", ""),
		state(ed2, "", "1.2.3.5", "1", ""),
		state(ed2, x2, "::1", "1", ""),
		state(ed2, x2, "nonsense", "1", ""),
		state(ed2, x2, "5.6.7.8", "443", ""),
	}, ",") + `],"height":5}`
	got, err := ParseStates([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	want := []Node{node(t, ed1, x1, "1.2.3.4", 22021, math.MaxUint64-1), node(t, ed2, x2, "5.6.7.8", 443, NoSwarm)}
	want[0].Version = [3]uint16{2, 8, 0}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if a := got[0].Address(); a != "1.2.3.4:22021" {
		t.Errorf("address %s", a)
	}
	for _, text := range []string{"", "[]", `{"service_node_states":{}}`, `{"service_node_states":[{"storage_port":70000}]}`, `{"service_node_states":["secret text"]}`} {
		if _, err := ParseStates([]byte(text)); !errors.Is(err, ErrMalformed) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", text, err)
		}
	}
	many := `{"service_node_states":[{}` + strings.Repeat(",{}", maxNodes) + `]}`
	if _, err := ParseStates([]byte(many)); !errors.Is(err, ErrMalformed) {
		t.Errorf("%d nodes: %v", maxNodes+1, err)
	}
}

func TestParseSwarm(t *testing.T) {
	for name, ports := range map[string]string{
		"all":         `"port":"24001","port_https":24001,"port_omq":24002,"port_quic":24002`,
		"string only": `"port":"24001"`,
		"number":      `"port":24001`,
		"bad string":  `"port":"x","port_https":24001`,
	} {
		text := `{"snodes":[{"address":"x.snode","ip":"1.2.3.4",` + ports + `,"pubkey_ed25519":"` + ed1 + `","pubkey_x25519":"` + x1 + `","pubkey_legacy":"00"},` +
			`{"ip":"0.0.0.0","port":"0","pubkey_ed25519":"` + ed2 + `","pubkey_x25519":"` + x2 + `"}],"swarm":"ff00000000000001","hf":[19,0],"t":1}`
		got, err := ParseSwarm([]byte(text))
		if want := []Node{node(t, ed1, x1, "1.2.3.4", 24001, 0xff00000000000001)}; err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if got, err := ParseSwarm([]byte(`{"snodes":[],"swarm":"ffffffffffffffff"}`)); err != nil || len(got) != 0 {
		t.Errorf("no swarm: %v, %v", got, err)
	}
	if _, err := ParseSwarm([]byte(`"text"`)); !errors.Is(err, ErrMalformed) {
		t.Errorf("err = %v", err)
	}
}

func record(t testing.TB, ed string, swarm uint64, ip [4]byte, port uint16) []byte {
	t.Helper()
	b, err := hex.DecodeString(ed)
	if err != nil {
		t.Fatal(err)
	}
	b = binary.BigEndian.AppendUint64(b, swarm)
	b = append(b, ip[:]...)
	b = binary.BigEndian.AppendUint16(b, port)
	b = binary.BigEndian.AppendUint16(b, 22020)
	return append(b, 2, 11, 3)
}

func TestParseActive(t *testing.T) {
	var all []byte
	all = append(all, record(t, ed1, 7, [4]byte{1, 2, 3, 4}, 22021)...)
	all = append(all, record(t, strings.Repeat("00", 32), 7, [4]byte{1, 2, 3, 4}, 1)...)
	all = append(all, record(t, "02"+strings.Repeat("00", 31), 7, [4]byte{1, 2, 3, 4}, 1)...) // no point
	all = append(all, record(t, ed2, NoSwarm, [4]byte{5, 6, 7, 8}, 443)...)
	want := []Node{node(t, ed1, x1, "1.2.3.4", 22021, 7), node(t, ed2, x2, "5.6.7.8", 443, NoSwarm)}
	for i := range want {
		want[i].Version = [3]uint16{2, 11, 3}
	}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding} {
		got, err := ParseActive([]byte(enc.EncodeToString(all)))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	for _, text := range []string{"*", base64.StdEncoding.EncodeToString(all[:50]), strings.Repeat("A", 2*maxNodes*activeSize)} {
		if _, err := ParseActive([]byte(text)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%d characters: %v", len(text), err)
		}
	}
}

func TestPosition(t *testing.T) {
	var owner id.Pubkey
	owner[0] = id.PrefixAccount
	for i := range 4 {
		binary.BigEndian.PutUint64(owner[1+8*i:], []uint64{0x0102030405060708, 0xff, 0xff00000000000000, 1}[i])
	}
	if got, want := Position(owner), uint64(0xfe020304050607f6); got != want {
		t.Errorf("%x, want %x", got, want)
	}
}

func TestNearest(t *testing.T) {
	const top = math.MaxUint64
	for _, tt := range []struct {
		swarms   []uint64
		position uint64
		want     uint64
	}{
		{[]uint64{5}, top, 5},
		{[]uint64{10, 20, 30}, 10, 10},
		{[]uint64{10, 20, 30}, 14, 10},
		{[]uint64{10, 20, 30}, 15, 10}, // half way: the one below
		{[]uint64{10, 20, 30}, 16, 20},
		{[]uint64{10, 20, 30}, 30, 30},
		{[]uint64{10, 20, 30}, 31, 30},
		{[]uint64{10, 20, 30}, 5, 10},
		{[]uint64{10, 20, 30}, top - 5, 10}, // over the end: 16 to 10, more to 30
		{[]uint64{10, 20, top - 9}, 2, 10},
		{[]uint64{10, 20, top - 9}, 0, top - 9}, // 10 either way, over the end
		{[]uint64{1 << 63, top}, 0, top},
		{[]uint64{0, 1 << 63}, top, 0},
	} {
		got, ok := Nearest(tt.swarms, tt.position)
		if all := naive(tt.swarms, tt.position); !ok || got != tt.want || got != all {
			t.Errorf("Nearest(%x, %x) = %x, want %x and %x", tt.swarms, tt.position, got, tt.want, all)
		}
	}
	if _, ok := Nearest(nil, 1); ok {
		t.Error("the nearest of none")
	}
}

// naive tries every swarm; of two at the same distance the one below wins.
func naive(swarms []uint64, position uint64) uint64 {
	best, least := uint64(0), uint64(math.MaxUint64)
	found := false
	for _, s := range swarms {
		if d := position - s; !found || d < least { // below, on the ring
			best, least, found = s, d, true
		}
	}
	for _, s := range swarms {
		if d := s - position; d < least {
			best, least = s, d
		}
	}
	return best
}

func TestMembers(t *testing.T) {
	nodes := []Node{
		node(t, ed1, x1, "1.2.3.4", 1, 1<<60),
		node(t, ed2, x2, "1.2.3.5", 1, NoSwarm),
	}
	var owner id.Pubkey
	owner[0] = id.PrefixGroup
	if got := Members(nodes, owner); len(got) != 1 || got[0] != nodes[0] {
		t.Errorf("got %v", got)
	}
	if got := Members(nodes[1:], owner); len(got) != 0 {
		t.Errorf("members of no swarm: %v", got)
	}
}

func TestCache(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nodes.json")
	if _, err := LoadCache(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("err = %v", err)
	}
	c := Cache{
		Network:   "session",
		Refreshed: time.UnixMilli(1700000000123),
		Nodes:     []Node{node(t, ed1, x1, "1.2.3.4", 22021, math.MaxUint64-1), node(t, ed2, x2, "5.6.7.8", 443, NoSwarm)},
	}
	c.Nodes[0].Version = [3]uint16{2, 8, 0}
	c.Guards = []Key{c.Nodes[1].Ed25519}
	c.Offset = -90 * time.Second
	c.Struck = map[Key]time.Time{c.Nodes[0].Ed25519: {}, c.Nodes[1].Ed25519: time.UnixMilli(1700000600123)}
	for range 2 {
		if err := c.Save(path); err != nil {
			t.Fatal(err)
		}
	}
	got, err := LoadCache(path)
	if err != nil || !reflect.DeepEqual(got, c) {
		t.Errorf("got %+v, %v", got, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
	for _, text := range []string{"", "{}", `{"version":2}`, `{"version":1,"nodes":[{"ed25519":"x"}]}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadCache(path); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := c.Save(filepath.Join(filepath.Dir(path), "none", "nodes.json")); err == nil {
		t.Error("saved to nowhere")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"service_node_states":[{"public_ip":"1.2.3.4","storage_port":1,"pubkey_ed25519":"` + ed1 + `","pubkey_x25519":"` + x1 + `","swarm_id":1}]}`))
	f.Add([]byte(`{"snodes":[{"ip":"1.2.3.4","port":"1","pubkey_ed25519":"` + ed1 + `","pubkey_x25519":"` + x1 + `"}],"swarm":"1"}`))
	f.Add([]byte(base64.StdEncoding.EncodeToString(record(f, ed1, 1, [4]byte{1, 2, 3, 4}, 1))))
	f.Add([]byte(`{"version":1,"nodes":[{"ed25519":"` + ed1 + `","x25519":"` + x1 + `","address":"1.2.3.4:5"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		check := func(nodes []Node, err error) {
			if err != nil {
				if !errors.Is(err, ErrMalformed) {
					t.Errorf("err = %v", err)
				}
				return
			}
			seen := map[Key]bool{}
			for _, n := range nodes {
				if !n.usable() || seen[n.Ed25519] {
					t.Errorf("node %+v", n)
				}
				seen[n.Ed25519] = true
			}
		}
		check(ParseStates(text))
		check(ParseSwarm(text))
		check(ParseActive(text))
		c, err := parseCache(text)
		check(c.Nodes, err)
	})
}
