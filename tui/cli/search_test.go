package cli

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"seance/store"
)

// lonely is somebody with a profile who reaches nobody: what is sent is kept.
func lonely(t *testing.T) *person {
	t.Helper()
	p := newPerson(t, "SEANCE_NETWORK=nobody.toml", "TERM=xterm")
	p.write("nobody.toml", nobody)
	p.create("Alice")
	return p
}

func (p *person) keeps(to, text string) string {
	p.t.Helper()
	p.stdin = text + "\n"
	return p.run("send", to, "-", "--json").is(3).object().text("id")
}

func TestSearch(t *testing.T) {
	t.Parallel()
	p := lonely(t)
	bob := "05" + strings.Repeat("ab", 32)
	p.keeps("me", "Käse kaufen")
	p.keeps("me", "and nothing else")
	p.keeps(bob, "\x1b[2J😀 kein KÄSE, aber Käsekuchen\nund Tee \u202e")
	p.keeps("me", "cheese is käse")

	found := func(args ...string) []object {
		t.Helper()
		return p.ok(append([]string{"search", "--json"}, args...)...).objects()
	}
	all := found("kase")
	if got := texts(all); len(got) != 3 || got[0] != "cheese is käse" || got[2] != "Käse kaufen" {
		t.Fatalf("found %q", got)
	}
	message := p.ok("messages", bob, "--json").object()
	for field, value := range message {
		if was, _ := json.Marshal(all[1][field]); string(was) != string(must(json.Marshal(value))) {
			t.Errorf("%s is %s, and %v in the conversation", field, was, value)
		}
	}
	if got := fields(all[1]); len(got) != len(message)+3 || !slices.Contains(got, "place") || all[0]["title"] != "Note to self" || all[1].text("title") == "" {
		t.Errorf("a hit has the fields %q", got)
	}
	var marked []string
	for _, m := range all[1]["marks"].([]any) {
		o := object(m.(map[string]any))
		from, _ := strconv.Atoi(string(o["from"].(json.Number)))
		to, _ := strconv.Atoi(string(o["to"].(json.Number)))
		marked = append(marked, string([]rune(all[1].text("text"))[from:to]))
	}
	if !slices.Equal(marked, []string{"KÄSE", "Käse"}) && !slices.Equal(marked, []string{"KÄSE", "Käsekuchen"}) {
		t.Errorf("marked is %q", marked)
	}

	// A page after the other.
	place := func(o object) string { return o.text("place") }
	if got := texts(found("käse", "--limit", "1")); !slices.Equal(got, texts(all[:1])) {
		t.Errorf("--limit found %q", got)
	}
	if got := texts(found("käse", "--limit", "1", "--before", place(all[0]))); !slices.Equal(got, texts(all[1:2])) {
		t.Errorf("the next page has %q", got)
	}
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"käse", "cheese"}, 1}, {[]string{`"is`, `käse"`}, 1}, {[]string{"kauf"}, 1}, {[]string{"käse", "--in", "me"}, 2},
		{[]string{"käse", "--in", bob}, 1}, {[]string{"in:me", "käse"}, 2}, {[]string{"from:me", "käse"}, 3}, {[]string{"absent"}, 0},
		{[]string{"käse", "before:2001-01-01"}, 0}, {[]string{"has:file"}, 0}, {[]string{"--", "käse"}, 3},
	} {
		if got := texts(found(c.args...)); len(got) != c.want {
			t.Errorf("%q found %q", c.args, got)
		}
	}

	p.run("search", " ", "").is(2).says("nothing to search for")

	// For people: when, where, who, what.
	lines := strings.Split(p.ok("search", "käse").out, "\n")
	if len(lines) != 4 || !strings.HasSuffix(lines[0], "  Note to self  You: cheese is käse") || strings.ContainsAny(lines[1], "\x1b\u202e") ||
		!strings.Contains(lines[1], "kein KÄSE, aber Käsekuchen und Tee") {
		t.Errorf("search printed %q", lines)
	}
	if _, err := time.Parse("2006-01-02 15:04", lines[0][:16]); err != nil {
		t.Error(err)
	}
	bold := func(environ ...string) string {
		var out bytes.Buffer
		status := Run(t.Context(), Env{
			Args: []string{"search", "kauf"}, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Dir: p.dir,
			Environ: append(slices.Clone(p.environ), environ...), Terminal: true,
		})
		if status != 0 {
			t.Errorf("search on a terminal: %s", &out)
		}
		return out.String()
	}
	if got := bold(); !strings.HasSuffix(got, "You: Käse \x1b[1mkauf\x1b[22men\n") && !strings.HasSuffix(got, "You: Käse \x1b[1mkaufen\x1b[22m\n") {
		t.Errorf("a terminal is shown %q", got)
	}
	if got := bold("TERM=dumb"); !strings.HasSuffix(got, "You: Käse kaufen\n") {
		t.Errorf("a dumb terminal is shown %q", got)
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func TestEmphasise(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text  string
		marks []store.Mark
		want  string
	}{
		"none":           {"a b", nil, "a b"},
		"all":            {"ab", []store.Mark{{From: 0, To: 2}}, "<ab>"},
		"several":        {"a b c", []store.Mark{{From: 0, To: 1}, {From: 4, To: 5}}, "<a> b <c>"},
		"side by side":   {"ab", []store.Mark{{From: 0, To: 1}, {From: 1, To: 2}}, "<a><b>"},
		"escape inside":  {"x\x1b[31my", []store.Mark{{From: 0, To: 7}}, "<xy>"},
		"escape cut":     {"x\x1b[31my", []store.Mark{{From: 0, To: 2}}, "<x>[31my"},
		"direction":      {"a\u202eb", []store.Mark{{From: 4, To: 5}}, "a<b>"},
		"a line's break": {"a\nb", []store.Mark{{From: 2, To: 3}}, "a <b>"},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.NewReplacer("\x1b[1m", "<", "\x1b[22m", ">").Replace(emphasise(c.text, c.marks))
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestMessagesAround(t *testing.T) {
	t.Parallel()
	p := lonely(t)
	bob := "05" + strings.Repeat("ab", 32)
	elsewhere := p.keeps(bob, "elsewhere")
	var ids []string
	for _, text := range []string{"one", "two", "three", "four", "five"} {
		ids = append(ids, p.keeps("me", text))
	}
	now := time.Now()
	for _, c := range []struct{ args, want string }{
		{"--around " + ids[2], "one two three four five"},
		{"--around " + ids[2] + " --limit 2", "two three"},
		{"--around " + ids[2] + " --limit 1", "three"},
		{"--around " + ids[0] + " --limit 4", "one two"},
		{"--around 2000-01-31 --limit 4", "one two"},
		{"--around 2000-01-31T12:00 --limit 2", "one"},
		{"--around " + now.Add(48*time.Hour).Format("2006-01-02") + " --limit 4", "four five"},
		{"--around " + now.Add(-time.Hour).Format(time.RFC3339) + " --limit 2", "one"},
		{"--before " + ids[2], "one two"},
		{"--before " + ids[2] + " --limit 1", "two"},
		{"--limit 2", "four five"},
	} {
		list := p.ok(append([]string{"messages", "me", "--json"}, strings.Fields(c.args)...)...).objects()
		if got := strings.Join(texts(list), " "); got != c.want {
			t.Errorf("%s printed %q, want %q", c.args, got, c.want)
		}
	}
	// A time as this program prints it.
	if got := texts(p.ok("messages", "me", "--json", "--around", "2000-01-31 12:00").objects()); len(got) == 0 {
		t.Error("a time with a space is not understood")
	}
	p.run("messages", "me", "--around", elsewhere).is(4).says("this conversation has no message")
	p.run("messages", "me", "--before", elsewhere).is(4).says("this conversation has no message")
}
