package cli

import (
	"strings"
	"testing"
)

// TestForward: what a message says goes to somebody else.
func TestForward(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	alice, bob, _, bobID := two(t, n)
	sent := alice.ok("send", bobID, "the build passed", "--json").object()
	carol := newPerson(t, n.on())
	carolID := carol.create("Carol")
	if o := alice.ok("forward", bobID, sent.text("id"), carolID, "--json").object(); o["conversation"] != carolID || o["state"] != "sent" {
		t.Errorf("forward printed %v", o)
	}
	if m := carol.ok("receive", "--json").object(); m["text"] != "the build passed" || m["quote"] != nil {
		t.Errorf("Carol received %v", m)
	}
	alice.run("forward", bobID, sent.text("id"), "Nobody").is(4)
	if out := bob.ok("receive").out; !strings.Contains(out, "the build passed") {
		t.Errorf("Bob received %q", out)
	}
}

// TestForwardFiles: files are downloaded while the network is there, and what cameras
// write goes along only if it is asked for.
func TestForwardFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := newNetwork(t, dir)
	alice, bob, aliceID, bobID := two(t, n)
	alice.write("a.dng", "II*\x00N 52.5")
	alice.ok("send", bobID, "--file", "a.dng", "--as-is")
	sent := bob.ok("receive", "--json").object().text("id")
	n.stop()
	bob.run("forward", aliceID, sent, "me").is(3).says("network")
	if kept := bob.ok("messages", "me", "--json").objects(); len(kept) != 0 {
		t.Errorf("bob keeps %v", kept)
	}
	newNetwork(t, dir)
	bob.run("forward", aliceID, sent, "me").is(2).says("a.dng may tell where and when it was taken").says("--as-is")
	if o := bob.ok("forward", aliceID, sent, "me", "--as-is", "--json").object(); o["state"] != "sent" {
		t.Errorf("forward printed %v", o)
	}
}
