package cli

import "testing"

// TestSessionNames: a network whose names are given has them, for whoever asks and
// for whoever writes.
func TestSessionNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := newNetwork(t, dir)
	alice, bob, _, bobID := two(t, n)
	alice.run("contact", "lookup", "Bobby").is(4)
	n.stop()
	alice.run("contact", "lookup", "Bobby").is(3)
	newNetwork(t, dir, "--name", "BOBBY="+bobID)
	if o := alice.ok("contact", "lookup", "Bobby", "--json").object(); o["account_id"] != bobID || o["name"] != "Bobby" {
		t.Errorf("lookup printed %v", o)
	}
	alice.ok("send", "bobby", "hello")
	if m := bob.ok("receive", "--json").object(); m["text"] != "hello" {
		t.Errorf("Bob received %v", m)
	}
	for _, wrong := range []string{"bobby", "bob by=" + bobID, "bobby=05", "=" + bobID} {
		bob.run("devnet", "--dir", "d", "--name", wrong).is(2).says("--name is a Session name")
	}
}
