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
