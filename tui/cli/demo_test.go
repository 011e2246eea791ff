package cli

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestDemoScript(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	tmp := t.TempDir()
	p.environ = append(p.environ, "TMPDIR="+tmp)
	p.stdin = "hello\n\nhow do I jump?\nping"
	var conversation []string
	people := map[string]bool{}
	for _, m := range p.ok("demo", "--script", "--nodes", "6").objects() {
		people[m.text("name")] = true
		if strings.HasPrefix(m.text("conversation"), "05") && (m["direction"] == "out" || m["name"] == "Mina Okafor") {
			conversation = append(conversation, m.text("direction"))
		}
		if m["direction"] == "in" && m.text("hash") == "" {
			t.Errorf("this never was in a swarm: %v", m)
		}
	}
	if want := []string{"in", "out", "in", "out", "in", "out", "in"}; !slices.Equal(conversation, want) {
		t.Errorf("the conversation with Mina went %v, want %v", conversation, want)
	}
	if len(people) < 2 {
		t.Errorf("only %v said something", people)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) != 0 {
		t.Errorf("the demo left %v behind, %v", left, err)
	}
	p.environ[len(p.environ)-1] = "TMPDIR=" + tmp + "/missing"
	p.stdin = strings.Repeat("x", 10)
	p.run("demo", "--script").is(1).says("directory for the demo")
}
