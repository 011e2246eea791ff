package devnet_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"seance/network/node/devnet"
	"seance/network/pipenet"
)

// start runs a network over pipes in a bubble whose clock stands in 2026.
func start(t *testing.T, net *pipenet.Net, dir string, nodes int) *devnet.Devnet {
	t.Helper()
	d, err := devnet.Start(t.Context(), devnet.Options{Dir: dir, Nodes: nodes, Listen: net.Listen, Dial: net.Dial})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func to2026() { time.Sleep(time.Until(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))) }

func TestLoopback(t *testing.T) {
	dir := t.TempDir()
	began := time.Now()
	d, err := devnet.Start(context.Background(), devnet.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("start-up took %v", time.Since(began))
	if r := d.Ready(); r.Nodes != 12 || r.Swarms != 3 || r.Network != filepath.Join(dir, "network.toml") || r.Seed != d.SeedURL() {
		t.Errorf("ready: %+v", r)
	}
	c := newClient(t, d, nil)
	a := newAccount()
	member := c.member(a, 0)
	c.rpc(member, "store", a.store(0, "hello"))
	for i := range 4 {
		if got := texts(c.retrieve(c.member(a, i), a, 0, "")); got != "hello" {
			t.Errorf("member %d has %q", i, got)
		}
	}
	reply := c.onion(member, []int{0, 1, 2}, "retrieve", a.retrieve(0, ""))
	if !strings.HasPrefix(reply, `{"body":"{\"hf\":[21,0],\"messages\":[{\"data\":\"aGVsbG8=\"`) || !strings.HasSuffix(reply, `","status":200}`) {
		t.Errorf("through three hops: %s", reply)
	}
	c.close()
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if d, err = devnet.Start(context.Background(), devnet.Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	c.d = d
	if got := texts(c.retrieve(member, a, 0, "")); got != "hello" {
		t.Errorf("after a restart: %q", got)
	}
}

func TestFilesArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "net")
	synctest.Test(t, func(t *testing.T) {
		d := start(t, pipenet.New(), dir, 6)
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		i, err := e.Info()
		if err != nil {
			return err
		}
		if i.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, i.Mode())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestControl(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := start(t, pipenet.New(), dir, 6)
		defer d.Close()
		in := strings.Join([]string{
			`{"stop":1}`, `{"stop":1}`, `{"start":1}`, `{"start":1}`, `{"stop":99}`, `{"stop":-1}`, `{"add":1}`, `{"add":2}`,
			``, `x`, `{}`, `{"stop":1,"start":1}`, `{"stop":"1"}`, `{"halt":1}`, `{"stop":1}{"stop":2}`, strings.Repeat("x", 10000), `{"stop":6}`,
		}, "\n")
		var out bytes.Buffer
		if err := d.Control(strings.NewReader(in), &out); err != nil {
			t.Fatal(err)
		}
		want := []string{
			`{"stopped":1}`, "error", `{"started":1}`, "error", "error", "error", `{"added":6}`, "error",
			"error", "error", "error", "error", "error", "error", "error", "error", `{"stopped":6}`,
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(lines) != len(want) {
			t.Fatalf("%d answers, want %d: %s", len(lines), len(want), out.String())
		}
		for i, l := range lines {
			var v map[string]any
			if err := json.Unmarshal([]byte(l), &v); err != nil || len(v) != 1 {
				t.Errorf("answer %d: %s", i, l)
			}
			if want[i] == "error" && v["error"] == nil || want[i] != "error" && l != want[i] {
				t.Errorf("answer %d: %s, want %s", i, l, want[i])
			}
		}
	})
}
