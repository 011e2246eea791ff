package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
)

// asked carries out a command at a terminal, where something is typed.
func (p *person) asked(typed string, args ...string) (status int, said string) {
	p.t.Helper()
	var out bytes.Buffer
	status = Run(p.t.Context(), Env{
		Args: args, Stdin: strings.NewReader(typed), Stdout: &out, Stderr: &out, Dir: p.dir, Environ: p.environ, Terminal: true,
	})
	return status, out.String()
}

func TestContacts(t *testing.T) {
	t.Parallel()
	p := lonely(t)
	bob, eve := "05"+strings.Repeat("ab", 32), "05"+strings.Repeat("cd", 32)
	p.keeps(bob, "hello")
	p.ok("block", eve)

	set := func(args ...string) object {
		t.Helper()
		return p.ok(append([]string{"contact", "set", "--json"}, args...)...).object()
	}
	o := set(bob, "--nickname", " Bobby\t", "--pin", "--mute", "8h")
	want := []string{"approved", "approved_me", "blocked", "created_ms", "expires", "hidden", "id", "kind", "marked_unread",
		"muted", "muted_until_ms", "name", "nickname", "notify", "pinned", "read_receipts", "typing"}
	if !slices.Equal(fields(o), want) {
		t.Errorf("a contact has the fields %v", fields(o))
	}
	until, _ := o["muted_until_ms"].(interface{ Int64() (int64, error) }).Int64()
	if left := time.Until(time.UnixMilli(until)); left < 7*time.Hour || left > 8*time.Hour {
		t.Errorf("it is muted for %s", left)
	}
	delete(o, "muted_until_ms")
	check := func(o object, want object) {
		t.Helper()
		for field, value := range want {
			if o[field] != value {
				t.Errorf("%s is %v, want %v", field, o[field], value)
			}
		}
	}
	check(o, object{"id": bob, "kind": "contact", "notify": nil, "expires": nil, "marked_unread": false})
	check(o, object{"id": bob, "nickname": "Bobby", "name": nil, "approved": true, "pinned": true, "muted": true, "blocked": false, "hidden": false})

	// What is not named stays; a nickname is a name to call somebody by.
	check(set("bobby", "--mute", "forever"), object{"nickname": "Bobby", "pinned": true, "muted": true, "muted_until_ms": nil})
	list := p.ok("contact", "list", "--json").objects()
	if len(list) != 2 {
		t.Fatalf("the contacts are %v", list)
	}
	check(list[0], object{"id": bob, "muted": true})
	check(list[1], object{"id": eve, "blocked": true, "approved": false, "nickname": nil})
	if out := p.ok("contact", "list").out; !strings.Contains(out, bob+"  Bobby  [pinned]  [muted]\n") || !strings.Contains(out, "[not approved]  [blocked]\n") {
		t.Errorf("people are shown %q", out)
	}
	check(p.ok("conversations", "--json").objects()[0], object{"id": bob, "name": "Bobby", "pinned": true, "muted": true})
	check(set(bob, "--unpin", "--mute", "off", "--nickname", ""), object{"nickname": nil, "pinned": false, "muted": false, "muted_until_ms": nil})
	p.ok("contact", "set", "me", "--pin")

	// What people are told of what one does is set for all, and for one.
	check(set(bob, "--read-receipts", "on"), object{"read_receipts": true, "typing": nil})
	check(set(bob, "--typing", "off"), object{"read_receipts": true, "typing": false})
	check(p.ok("contact", "list", "--json").objects()[1], object{"id": bob, "read_receipts": true, "typing": false})
	check(set(bob, "--typing", "default"), object{"read_receipts": true, "typing": nil})
	p.run("contact", "set", bob, "--typing", "yes").is(2).says("--typing is on, off or default")
	p.run("contact", "set", "me", "--typing", "on").is(2).says("for contacts")
	check(p.ok("account", "receipts", "--json").object(), object{"read_receipts": false, "typing": false})
	check(p.ok("account", "receipts", "on", "--json").object(), object{"read_receipts": true, "typing": false})
	check(p.ok("account", "typing", "on", "--json").object(), object{"read_receipts": true, "typing": true})
	p.ok("account", "receipts", "off")
	if out := p.ok("account", "receipts").out + p.ok("account", "typing").out; out != "off\non\n" {
		t.Errorf("people are told %q", out)
	}
	p.run("account", "typing", "maybe").is(2).says("on or off")

	// Who is told of nothing is muted, whatever the clock says.
	check(set(bob, "--notify", "none"), object{"notify": "none", "muted": true, "muted_until_ms": nil})
	for _, o := range p.ok("conversations", "--json").objects() {
		check(o, object{"muted": o["id"] == bob, "marked_unread": false})
	}
	check(set(bob, "--notify", "default", "--unread"), object{"notify": nil, "muted": false, "marked_unread": true})
	check(p.ok("read", bob, "--json").object(), object{"id": bob, "marked_unread": false})

	expires := func(o object) (mode string, seconds string) {
		t.Helper()
		timer, _ := o["expires"].(map[string]any)
		if timer == nil {
			return "", ""
		}
		return timer["mode"].(string), timer["seconds"].(interface{ String() string }).String()
	}
	for text, want := range map[string][2]string{
		"1d": {"after_send", "86400"}, "12h:read": {"after_read", "43200"}, "14d": {"after_send", "1209600"}, "90s": {"after_send", "90"}, "off": {},
	} {
		if mode, seconds := expires(set(bob, "--expire", text)); mode != want[0] || seconds != want[1] {
			t.Errorf("with --expire %s they disappear %s %s", text, seconds, mode)
		}
	}
	set(bob, "--expire", "1w:read", "--unread")
	if out := p.ok("contact", "list").out; !strings.Contains(out, "Bobby") && !strings.Contains(out, "[disappears 1w after reading]  [unread]\n") {
		t.Errorf("people are shown %q", out)
	}
	p.run("contact", "set", bob, "--expire", "15d").is(2).says("two weeks")
	p.run("contact", "set", "me", "--expire", "1d:read").is(2).says("after they are sent")
	p.run("contact", "set", "me", "--notify", "none").is(2).says("note to self")
	p.run("contact", "set", bob, "--notify", "mentions").is(2).says("groups and communities")
	if mode, seconds := expires(set("me", "--expire", "1d")); mode != "after_send" || seconds != "86400" {
		t.Errorf("notes disappear %s %s", seconds, mode)
	}

	// What deletes messages has to be meant.
	p.run("contact", "set", bob, "--hide").is(2).says("--yes")
	p.run("contact", "remove", bob).is(2).says("--yes")
	for _, args := range [][]string{{"contact", "set", bob, "--hide"}, {"contact", "remove", bob}} {
		for _, typed := range []string{"", "\n", "no\n"} {
			if status, said := p.asked(typed, args...); status != 1 || !strings.Contains(said, "nothing was changed") {
				t.Errorf("%q, answered by %q: %d, %s", args, typed, status, said)
			}
		}
	}
	if got := texts(p.ok("messages", bob, "--json").objects()); !slices.Equal(got, []string{"hello"}) {
		t.Errorf("there is %q", got)
	}
	check(set(bob, "--hide", "--yes"), object{"hidden": true})
	if out := p.ok("messages", bob).out; out != "" {
		t.Errorf("there is %q", out)
	}
	check(set(bob, "--unhide", "--pin"), object{"hidden": false, "pinned": true})
	if status, said := p.asked("yes\n", "contact", "remove", bob); status != 0 || !strings.Contains(said, "on all your devices") {
		t.Errorf("%d, %s", status, said)
	}
	p.run("contact", "remove", bob, "--yes").is(4)
	check(p.ok("contact", "remove", eve, "--yes", "--json").object(), object{"id": eve})
	if out := p.ok("contact", "list").out; out != "" {
		t.Errorf("the contacts are %q", out)
	}
}

func TestAccountRequests(t *testing.T) {
	t.Parallel()
	p := lonely(t)
	if out := p.ok("account", "requests").out; out != "on\n" {
		t.Errorf("a new account has requests %q", out)
	}
	if o := p.ok("account", "requests", "off", "--json").object(); len(o) != 1 || o["community_requests"] != false {
		t.Errorf("requests printed %v", o)
	}
	if out := p.ok("account", "requests", "on").out + p.ok("account", "requests").out; out != "on\n" {
		t.Errorf("requests are %q", out)
	}
	p.run("account", "requests", "maybe").is(2).says("on or off")
}

func TestAccountName(t *testing.T) {
	t.Parallel()
	p := lonely(t)
	if o := p.ok("account", "name", "Alice <Liddell>", "--json").object(); len(o) != 2 || o["name"] != "Alice <Liddell>" {
		t.Errorf("name printed %v", o)
	}
	p.run("account", "name", strings.Repeat("x", 101)).is(2).says("100 bytes")
	if o := p.ok("account", "show", "--json").object(); o["name"] != "Alice <Liddell>" {
		t.Errorf("the account is %v", o)
	}
	p.ok("account", "name", "")
	if o := p.ok("account", "show", "--json").object(); o["name"] != "" {
		t.Errorf("the account is %v", o)
	}
}

// TestPush has another device of the account follow what commands change,
// without a run of the first one in between.
func TestPush(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	_, bob, aliceID, bobID := two(t, n)
	alice := newPerson(t, n.on())
	alice.create("Alice")
	phrase := alice.ok("account", "show", "--recovery-phrase", "--yes", "--json").object().text("recovery_phrase")
	alice.ok("receive")
	bob.ok("send", alice.ok("account", "show", "--json").object().text("account_id"), "hello")
	alice.ok("receive")
	phone := newPerson(t, n.on())
	phone.stdin = phrase
	phone.ok("account", "restore")

	follows := func(who string, want object) {
		t.Helper()
		phone.ok("receive")
		for _, o := range phone.ok("contact", "list", "--json").objects() {
			if o["id"] != who {
				continue
			}
			for field, value := range want {
				if o[field] != value {
					t.Errorf("%s is %v on the other device, want %v", field, o[field], value)
				}
			}
			return
		}
		if want != nil {
			t.Errorf("the other device does not know %s", who)
		}
	}
	alice.ok("accept", bobID)
	alice.ok("account", "name", "Alice Liddell")
	alice.ok("account", "requests", "off")
	alice.ok("contact", "set", bobID, "--nickname", "Bobby", "--pin", "--mute", "forever", "--notify", "all", "--expire", "1d:read", "--unread")
	follows(bobID, object{"approved": true, "nickname": "Bobby", "pinned": true, "muted": true, "muted_until_ms": nil, "notify": "all", "marked_unread": true})
	if o := phone.ok("account", "show", "--json").object(); o["name"] != "Alice Liddell" {
		t.Errorf("the other device has the account %v", o)
	}
	if out := phone.ok("account", "requests").out; out != "off\n" {
		t.Errorf("on the other device requests are %q", out)
	}
	alice.ok("read", bobID)
	alice.ok("block", aliceID)
	follows(aliceID, object{"blocked": true})
	if o := phone.ok("conversations", "--json").objects()[0]; o["id"] != bobID || o["unread"].(interface{ String() string }).String() != "0" {
		t.Errorf("the other device has %v", o)
	}
	alice.ok("unblock", aliceID)
	follows(aliceID, object{"blocked": false})
	alice.ok("contact", "remove", bobID, "--yes")
	follows(bobID, nil)
	if out := phone.ok("contact", "list").out; strings.Contains(out, bobID) {
		t.Errorf("the other device has kept %s", out)
	}
}
