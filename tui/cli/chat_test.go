package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// two are Alice and Bob, with accounts, on a network.
func two(t *testing.T, n *privateNet) (alice, bob *person, aliceID, bobID string) {
	alice, bob = newPerson(t, n.on()), newPerson(t, n.on())
	return alice, bob, alice.create("Alice"), bob.create("Bob")
}

func fields(o object) []string { return slices.Sorted(maps.Keys(o)) }

func TestTwoPeople(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	alice, bob, aliceID, bobID := two(t, n)

	// A first message is a request.
	const hostile = "\x1b[2Jhello <b> & \"Bob\" \u202eevil\n  two\tlines \r\n"
	alice.stdin = hostile + "\n"
	sent := alice.ok("send", bobID, "-", "--json").object()
	if !slices.Equal(fields(sent), []string{"conversation", "hash", "id", "state", "timestamp_ms"}) ||
		sent["state"] != "sent" || sent.text("hash") == "" || sent["conversation"] != bobID {
		t.Errorf("send printed %v", sent)
	}
	got := bob.ok("receive", "--json").object()
	want := []string{"attachments", "author", "conversation", "deleted", "direction", "expires", "hash", "id", "kind", "mentioned", "mentions", "name",
		"preview", "quote", "reactions", "received_ms", "state", "text", "timer", "timestamp_ms"}
	if !slices.Equal(fields(got), want) {
		t.Errorf("a message has the fields %v", fields(got))
	}
	for field, want := range map[string]any{
		"author": aliceID, "conversation": aliceID, "name": "Alice", "direction": "in", "text": hostile, "kind": "message",
		"timestamp_ms": sent["timestamp_ms"], "hash": sent["hash"], "state": nil, "quote": nil, "expires": nil,
	} {
		if got[field] != want {
			t.Errorf("%s is %v, want %v", field, got[field], want)
		}
	}
	if out := bob.ok("messages", "Alice").out; strings.ContainsAny(out, "\x1b\u202e\r\t") || !strings.Contains(out, "two") {
		t.Errorf("people are shown %q", out)
	}
	if again := bob.ok("receive", "--json").out; again != "" {
		t.Errorf("a message was printed twice: %s", again)
	}
	request := bob.ok("requests", "--json").object()
	if !slices.Equal(fields(request), []string{"approved", "blocked", "id", "kind", "last_message_ms", "marked_unread", "membership", "mentions", "muted", "name", "pinned", "request", "unread"}) {
		t.Errorf("a conversation has the fields %v", fields(request))
	}
	if request["id"] != aliceID || request["kind"] != "contact" || request["request"] != true || request["approved"] != false || request["unread"] != json.Number("1") {
		t.Errorf("the request is %v", request)
	}

	// Accepting it tells the other side; a name is enough from now on.
	if o := bob.ok("accept", "alice", "--json").object(); o["approved"] != true || o["request"] != false {
		t.Errorf("accept printed %v", o)
	}
	if out := bob.ok("requests").out; out != "" {
		t.Errorf("requests printed %q", out)
	}
	bob.ok("send", "Alice", "--", "--dashed")
	if got := texts(alice.ok("receive", "--json").objects()); !slices.Equal(got, []string{"--dashed"}) {
		t.Errorf("Alice received %q", got)
	}
	if o := bob.ok("read", "Alice", "--json").object(); o["unread"] != json.Number("0") {
		t.Errorf("read printed %v", o)
	}

	// What is blocked does not arrive, then or later.
	if o := alice.ok("block", "Bob", "--json").object(); o["blocked"] != true {
		t.Errorf("block printed %v", o)
	}
	if o := alice.ok("block", "--list", "--json").object(); o["id"] != bobID || o["blocked"] != true {
		t.Errorf("block --list printed %v", o)
	}
	alice.run("block", "--list", "Bob").is(2)
	alice.run("send", "Bob", "hello").is(2).says("blocked")
	bob.ok("send", "Alice", "lost")
	if out := alice.ok("receive").out; out != "" {
		t.Errorf("a blocked contact was heard: %q", out)
	}
	if o := alice.ok("unblock", "Bob", "--json").object(); o["blocked"] != false {
		t.Errorf("unblock printed %v", o)
	}
	if out := alice.ok("block", "--list").out; out != "" {
		t.Errorf("block --list printed %q", out)
	}
	bob.ok("send", "Alice", "found")
	if got := texts(alice.ok("receive", "--json").objects()); !slices.Equal(got, []string{"found"}) {
		t.Errorf("Alice received %q", got)
	}
}

func TestDecline(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	alice, bob, aliceID, bobID := two(t, n)
	alice.ok("send", bobID, "buy now")
	bob.ok("receive")
	if o := bob.ok("decline", aliceID, "--json").object(); o["id"] != aliceID || o["request"] != false {
		t.Errorf("decline printed %v", o)
	}
	bob.run("messages", aliceID).is(4)
	if out := bob.ok("receive").out + bob.ok("requests").out; out != "" {
		t.Errorf("the request is back: %q", out)
	}
	alice.ok("send", bobID, "please")
	if got := texts(bob.ok("receive", "--json").objects()); !slices.Equal(got, []string{"please"}) {
		t.Errorf("Bob received %q", got)
	}
	bob.ok("requests", "--decline-all")
	if out := bob.ok("requests").out; out != "" {
		t.Errorf("all requests were turned away, and there are %q", out)
	}
	bob.run("messages", aliceID).is(4)
}

func TestNoteToSelf(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	alice := newPerson(t, n.on())
	me := alice.ok("account", "create", "--name", "Alice", "--json", "--show-recovery-phrase").object()
	if out := alice.ok("messages", "me").out + alice.ok("conversations").out; out != "" {
		t.Errorf("a new account has %q", out)
	}
	for _, text := range []string{"one", "two", "three", "four"} {
		alice.ok("send", "me", text)
	}
	all := alice.ok("messages", "me", "--json").objects()
	if got := texts(all); !slices.Equal(got, []string{"one", "two", "three", "four"}) {
		t.Fatalf("messages printed %q", got)
	}
	if got := texts(alice.ok("messages", "me", "--json", "--limit", "2").objects()); !slices.Equal(got, []string{"three", "four"}) {
		t.Errorf("--limit printed %q", got)
	}
	if got := texts(alice.ok("messages", "me", "--json", "--limit", "2", "--before", all[2].text("id")).objects()); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("--before printed %q", got)
	}
	if o := alice.ok("conversations", "--json").object(); o["kind"] != "self" || o["id"] != me["account_id"] || o["unread"] != json.Number("0") {
		t.Errorf("conversations printed %v", o)
	}
	if out := alice.ok("receive").out; out != "" {
		t.Errorf("what was written here was received: %q", out)
	}

	// The event log can be read again from anywhere.
	events := alice.ok("events", "--json").objects()
	var sent, later []string
	for _, e := range events {
		at, _ := e["time_ms"].(json.Number)
		if ms, err := at.Int64(); err != nil || time.Since(time.UnixMilli(ms)).Abs() > time.Minute ||
			!slices.Equal(fields(e), []string{"conversation", "cursor", "kind", "message", "message_id", "time_ms"}) {
			t.Errorf("an event is %v", e)
		}
		if e["kind"] == "message_sent" {
			sent = append(sent, e.text("cursor"))
		}
	}
	middle, _ := events[len(events)/2]["cursor"].(json.Number)
	for _, e := range alice.ok("events", "--json", "--since", middle.String()).objects() {
		later = append(later, e.text("kind"))
	}
	if len(sent) != 4 || len(later) != len(events)-len(events)/2-1 {
		t.Errorf("the log has %d messages sent, and %d of %d events in its second half", len(sent), len(later), len(events))
	}

	// Another device of the account has it all.
	other := newPerson(t, n.on())
	other.stdin = me.text("recovery_phrase")
	other.ok("account", "restore")
	list := other.ok("receive", "--json").objects()
	if got := texts(list); !slices.Equal(got, []string{"one", "two", "three", "four"}) {
		t.Errorf("the other device received %q", got)
	}
	for _, m := range list {
		if m["direction"] != "out" || m["conversation"] != me["account_id"] || m["state"] != "sent" {
			t.Errorf("the other device received %v", m)
		}
	}

	alice.ok("send", "me", strings.Repeat("long ", 99))
	if out := alice.ok("conversations").out; strings.Count(out, "\n") != 1 || len(out) > 200 || !strings.HasSuffix(out, "…\n") {
		t.Errorf("conversations printed %q", out)
	}
}

func TestSendWithoutTheNetwork(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := newNetwork(t, dir)
	alice, bob, _, bobID := two(t, n)
	alice.ok("send", bobID, "first")
	n.stop()
	if o := alice.run("send", bobID, "second", "--json").is(3).says("next run").object(); o["state"] != "sending" {
		t.Errorf("send printed %v", o)
	}
	bob.run("receive", "--json").is(3)

	newNetwork(t, dir)
	alice.ok("receive")
	if got := texts(bob.ok("receive", "--json").objects()); !slices.Equal(got, []string{"first", "second"}) {
		t.Errorf("Bob received %q", got)
	}
	alice.ok("receive")
	if out := bob.ok("receive").out; out != "" {
		t.Errorf("a message was sent twice: %q", out)
	}
	if list := alice.ok("messages", "--json", bobID).objects(); list[1]["state"] != "sent" || list[1].text("hash") == "" {
		t.Errorf("Alice has %v", list)
	}
}

// brokenPipe takes some lines, then nobody reads any more.
type brokenPipe struct{ lines int }

func (b *brokenPipe) Write(p []byte) (int, error) {
	if b.lines--; b.lines < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestClosedPipe(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	alice, bob, _, bobID := two(t, n)
	alice.ok("send", bobID, "one")
	alice.ok("send", bobID, "two")
	for _, command := range []string{"receive", "messages Alice"} {
		var errors bytes.Buffer
		status := Run(t.Context(), Env{
			Args: strings.Fields(command), Stdin: strings.NewReader(""), Stdout: &brokenPipe{1}, Stderr: &errors, Dir: bob.dir, Environ: bob.environ,
		})
		if status != 0 || errors.Len() > 0 {
			t.Errorf("%s exited with %d, and said %q", command, status, &errors)
		}
	}
	// What is on disk is printed though the network is gone.
	n.stop()
	if got := texts(bob.run("receive", "--json").is(3).objects()); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("what nobody could read was taken for printed: then came %q", got)
	}
	if out := bob.run("receive").is(3).out; out != "" {
		t.Errorf("messages were printed twice: %q", out)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	alice := newPerson(t, n.on())
	aliceID := alice.create("Alice")
	twins := [2]*person{newPerson(t, n.on()), newPerson(t, n.on())}
	twins[0].create("Kim")
	twins[0].ok("send", aliceID, "it is me")
	alice.ok("receive")
	alice.ok("send", "kim", "and who are you?")
	id := twins[1].create("Kim")
	twins[1].ok("send", aliceID, "no, me")
	alice.ok("receive")
	alice.ok("send", "Kim", "the one I know")
	alice.run("accept", "Kim").is(2).says("use an Account ID")
	alice.ok("send", id, "and you")
	alice.run("send", "Kim", "which of you?").is(2).says("use an Account ID")
	if got := texts(twins[0].ok("receive", "--json").objects()); !slices.Equal(got, []string{"and who are you?", "the one I know"}) {
		t.Errorf("the first Kim received %q", got)
	}
	alice.run("send", "Kimberley", "hello").is(4).says("registered that name")
}

func TestFollow(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	alice, bob, _, bobID := two(t, n)
	alice.ok("send", bobID, "before")
	for _, command := range []string{"receive", "events"} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		in, out := io.Pipe()
		ended := make(chan int, 1)
		go func() {
			ended <- Run(ctx, Env{Args: []string{command, "--follow", "--json"}, Stdin: strings.NewReader(""), Stdout: out, Stderr: io.Discard, Dir: bob.dir, Environ: bob.environ})
			out.Close()
		}()
		lines := json.NewDecoder(in)
		next := func() (o object) {
			if err := lines.Decode(&o); err != nil {
				t.Fatal(err)
			}
			if command == "events" {
				m, _ := o["message"].(map[string]any)
				return m
			}
			return o
		}
		if got := next().text("text"); got != "before" {
			t.Errorf("%s: the first message is %q", command, got)
		}
		alice.ok("send", bobID, command)
		for command != next().text("text") {
		}
		cancel()
		if status := <-ended; status != 0 {
			t.Errorf("%s was interrupted and exited with %d", command, status)
		}
	}
	if out := bob.ok("receive").out; strings.Contains(out, "before") || !strings.Contains(out, "events") {
		t.Errorf("receive printed %q", out)
	}
	bob.ok("receive", "--follow", "--timeout", "1ms")
}

func TestNetworkCommands(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	alice := newPerson(t, n.on())
	alice.create("Alice")
	if o := alice.ok("network", "status", "--json").object(); o["state"] != "ready" || o["network"] != "devnet" || o["nodes"] != json.Number("12") || o["error"] != nil {
		t.Errorf("status printed %v", o)
	}
	nodes := map[any]bool{}
	for _, o := range alice.ok("network", "nodes", "--json").objects() {
		nodes[o["ed25519"]] = true
		if !slices.Equal(fields(o), []string{"ed25519", "ip", "port", "swarm", "version", "x25519"}) || o["ip"] != "127.0.0.1" {
			t.Errorf("a node is %v", o)
		}
	}
	if len(nodes) != 12 {
		t.Errorf("there are %d nodes", len(nodes))
	}
	paths := alice.ok("network", "path", "--json").objects()
	if len(paths) == 0 {
		t.Error("there is no path")
	}
	for _, o := range paths {
		var roles []string
		hops, _ := o["hops"].([]any)
		for _, h := range hops {
			hop := object(h.(map[string]any))
			roles = append(roles, hop.text("role"))
			if !nodes[hop["ed25519"]] {
				t.Errorf("a hop is not in the list: %v", hop)
			}
		}
		if !slices.Equal(roles, []string{"guard", "middle", "exit"}) {
			t.Errorf("a path has the hops %q", roles)
		}
	}
	for _, command := range []string{"status", "path", "nodes"} {
		if out := alice.ok("network", command).out; out == "" {
			t.Errorf("network %s printed nothing", command)
		}
	}
}

func TestDevnetControl(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	for _, c := range []struct{ line, field string }{
		{`{"stop":3}`, "stopped"}, {`{"stop":3}`, "error"}, {`{"start":3}`, "started"}, {`{"add":1}`, "added"}, {`hello`, "error"}, {`{"stop":99}`, "error"},
	} {
		if o := n.tell(c.line); len(o) != 1 || o[c.field] == nil {
			t.Errorf("%s was answered by %v", c.line, o)
		}
	}
}

// What is cut off for its length must not be called malformed.
func TestSendRefusesALongText(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.ok("account", "create", "--name", "Alice")
	for _, n := range []int{2001, 5000} {
		p.stdin = strings.Repeat("😀", n)
		p.run("send", "me", "-").is(2).says("at most 2000 characters")
	}
}
