package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A profile of a network that got a file server later takes it over when it is
// named; what could not be sent until then is sent again, and its story is told.
func TestDeliveryAndResend(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	bob := newPerson(t, n.on())
	bobID := bob.create("Bob")
	whole, err := os.ReadFile(n.file)
	if err != nil {
		t.Fatal(err)
	}
	alice := newPerson(t)
	old, server, found := strings.Cut(string(whole), "[file_server]")
	if !found {
		t.Fatalf("the network file has no file server: %s", whole)
	}
	alice.write("old.toml", old)
	alice.environ = append(alice.environ, "SEANCE_NETWORK="+filepath.Join(alice.dir, "old.toml"))
	alice.create("Alice")
	alice.write("notes.txt", "what I read")
	sent := alice.run("send", bobID, "--file", "notes.txt", "--json").is(1).says("no file server").object()
	if sent["state"] != "failed" {
		t.Fatalf("it is %v", sent)
	}
	messageID := sent.text("id")
	story := alice.ok("delivery", bobID, messageID, "--json").object()
	attempts, _ := story["attempts"].([]any)
	if story["state"] != "failed" || !strings.Contains(story.text("failure"), "no file server") || len(attempts) == 0 {
		t.Fatalf("the story is %v", story)
	}
	if out := alice.ok("delivery", bobID, messageID).out; !strings.Contains(out, "failed: ") || !strings.Contains(out, "seance resend") {
		t.Errorf("people are told %q", out)
	}
	alice.run("delivery", bobID, "m999").is(4)
	alice.run("resend", bobID, "m999").is(4)
	alice.run("resend", bobID, messageID).is(1).says("no file server")

	// Only a file server may come, and the file is named once.
	other := strings.Replace(string(whole), "name = ", "name = 'x' #", 1)
	alice.write("other.toml", other)
	alice.run("account", "show", "--network", "other.toml").is(2).says("another network")
	alice.ok("account", "show", "--network", n.file)
	alice.run("account", "show", "--network", "old.toml").is(2).says("another network")
	alice.write("old.toml", old+"[file_server]"+server)

	if again := alice.ok("resend", bobID, messageID, "--json").object(); again["state"] != "sent" || again["id"] != messageID {
		t.Errorf("it is %v", again)
	}
	alice.run("resend", bobID, messageID).is(2).says("did not fail")
	story = alice.ok("delivery", bobID, messageID, "--json").object()
	attempts, _ = story["attempts"].([]any)
	last := map[string]any{}
	for _, a := range attempts {
		if a := a.(map[string]any); a["to"] == "recipient" {
			last = a
		}
	}
	path, _ := last["path"].([]any)
	nodes, _ := last["nodes"].([]any)
	if story["failure"] != nil || last["error"] != nil || len(path) != 4 || len(nodes) == 0 || fmt.Sprint(last["stored"]) != fmt.Sprint(len(nodes)) {
		t.Errorf("the story is %v", story)
	}
	if out := alice.ok("delivery", bobID, messageID).out; !strings.Contains(out, "path: 127.0.0.1 > ") || !strings.Contains(out, "stored by ") {
		t.Errorf("people are told %q", out)
	}
	m := bob.ok("receive", "--json").object()
	if files, _ := m["attachments"].([]any); len(files) != 1 {
		t.Errorf("Bob received %v", m)
	}
}
