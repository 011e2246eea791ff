package cli

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seance/messaging/id"
	"seance/store"
)

// knows puts conversations into the profile, as if other devices had told of them.
func (p *person) knows(list ...store.Conversation) {
	p.t.Helper()
	db, err := store.Open(p.t.Context(), filepath.Join(p.dir, ".local", "share", "seance", "default"), store.Options{})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, v := range list {
		err = errors.Join(err, db.Update(p.t.Context(), func(tx *store.Tx) error { return tx.PutConversation(v) }))
	}
	if err := errors.Join(err, db.Close()); err != nil {
		p.t.Fatal(err)
	}
}

// TestSettingsOfGroups: groups and communities are listed with their kind, and
// have the settings that make sense for them.
func TestSettingsOfGroups(t *testing.T) {
	t.Parallel()
	p := lonely(t)
	group, room := "03"+strings.Repeat("0a", 32), "https://open.example/lobby"
	old := string(id.WithLegacy(id.Account{5, 1}))
	p.knows(
		store.Conversation{ID: id.Conversation(group), Kind: id.KindGroup, Name: "Book club", Approved: true, CreatedMS: 4},
		store.Conversation{ID: id.Conversation(old), Kind: id.KindGroup, Name: "Old friends", Approved: true, Membership: store.Archived, CreatedMS: 3},
		store.Conversation{ID: id.Conversation(room), Kind: id.KindCommunity, Name: "Lobby", Approved: true, Notify: store.NotifyNone, CreatedMS: 2},
	)
	kinds := map[string]any{group: "group", old: "group", room: "community"}
	list := p.ok("conversations", "--json").objects()
	if len(list) != len(kinds) {
		t.Fatalf("there are %v", list)
	}
	for _, o := range list {
		if o["kind"] != kinds[o.text("id")] || o["muted"] != (o["id"] == room) || o["marked_unread"] != false {
			t.Errorf("listed is %v", o)
		}
	}
	if out := p.ok("conversations").out; !strings.Contains(out, "Old friends  [old kind]\n") {
		t.Errorf("people are shown %q", out)
	}
	for _, who := range []string{group, room, "book club", "Lobby"} {
		o := p.ok("contact", "set", who, "--pin", "--mute", "1w", "--notify", "mentions", "--unread", "--json").object()
		if o["kind"] != kinds[o.text("id")] || o["pinned"] != true || o["muted"] != true || o["notify"] != "mentions" || o["marked_unread"] != true {
			t.Errorf("%s is set to %v", who, o)
		}
		p.run("contact", "set", who, "--nickname", "x").is(2).says("people")
		p.run("contact", "set", who, "--expire", "1d").is(2).says("people")
		p.run("contact", "set", who, "--hide", "--yes").is(2).says("people")
		p.run("contact", "remove", who, "--yes").is(2).says("no contact")
	}
	p.run("contact", "set", old, "--pin").is(2).says("only be read")
	if out := p.ok("contact", "list").out; out != "" {
		t.Errorf("the contacts are %q", out)
	}
}

// TestGroups: four people, of whom one is a stranger, and commands only.
func TestGroups(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	alice, bob, aliceID, bobID := two(t, n)
	carol := newPerson(t, n.on())
	carolID := carol.create("Carol")
	alice.ok("send", bobID, "hello")
	bob.ok("receive")
	bob.ok("send", aliceID, "hello too")
	alice.ok("receive")

	made := alice.ok("group", "create", "Garden", "Bob", carolID, "--description", "Weeds", "--json").object()
	if len(made) != 2 || made["name"] != "Garden" || len(made.text("id")) != 66 {
		t.Fatalf("create printed %v", made)
	}
	group := made.text("id")
	if got := bob.ok("receive", "--json").objects(); len(got) != 1 || got[0]["kind"] != "info" || !strings.HasPrefix(got[0].text("text"), "Alice invited ") {
		t.Errorf("Bob received %q", got)
	}
	carol.ok("receive")
	if got := carol.ok("group", "show", "Garden", "--json").object(); got["membership"] != "invited" {
		t.Errorf("Carol: %v", got)
	}
	if got := carol.ok("requests", "--json").objects(); len(got) != 1 || got[0]["id"] != group || got[0]["kind"] != "group" || got[0]["request"] != true {
		t.Errorf("Carol's requests: %v", got)
	}
	if out := carol.ok("requests").out; !strings.Contains(out, "[invited]") {
		t.Errorf("Carol's requests: %s", out)
	}
	carol.run("send", "Garden", "too early").is(2).says("accept the invitation first")
	carol.ok("group", "accept", "Garden")
	carol.run("group", "accept", "Garden").is(4).says("you are in this group already")
	carol.ok("receive")
	alice.ok("receive")
	shown := alice.ok("group", "show", "Garden", "--json").object()
	if want := []string{"admin", "description", "expires", "id", "members", "membership", "name", "picture"}; !slices.Equal(fields(shown), want) {
		t.Errorf("a group has the fields %v, want %v", fields(shown), want)
	}
	members, _ := shown["members"].([]any)
	for _, m := range members {
		if m := m.(map[string]any); m["state"] != "joined" || m["admin"] != (m["id"] == aliceID) || m["name"] == "" {
			t.Errorf("a member: %v", m)
		}
	}
	if len(members) != 3 || shown["description"] != "Weeds" || shown["admin"] != true || shown["membership"] != "member" {
		t.Errorf("the group is %v", shown)
	}

	if sent := carol.ok("send", "Garden", "from Carol", "--json").object(); sent["conversation"] != group || sent["state"] != "sent" {
		t.Errorf("send printed %v", sent)
	}
	if got := bob.ok("receive", "--json").objects(); len(got) != 1 || got[0]["text"] != "from Carol" || got[0]["author"] != carolID || got[0]["name"] != "Carol" {
		t.Errorf("Bob received %v", got)
	}
	if out := carol.ok("delivery", "Garden", carol.ok("messages", "Garden", "--limit", "1", "--json").object().text("id")).out; !strings.Contains(out, "to the group's swarm") {
		t.Errorf("delivery printed %q", out)
	}
	for who, want := range map[*person]string{carol: "Garden: You: from Carol\n", bob: "Garden: Carol: from Carol"} {
		if out := who.ok("conversations").out; !strings.Contains(out, want) {
			t.Errorf("%s is not in %q", want, out)
		}
	}
	bob.run("group", "rename", "Garden", "Mine").is(2).says("only admins")
	alice.run("group", "remove", "Garden", aliceID).is(2).says("leave the group")
	alice.run("group", "remove", "Garden", "Nobody").is(4).says("'seance group show GROUP' lists the members")
	alice.run("group", "remove", "Nowhere", bobID).is(4).says("'seance group list' tells them")
	alice.run("group", "promote", "Garden", aliceID).is(2).says("you are an admin already")
	alice.ok("group", "rename", "Garden", "Park")
	alice.ok("group", "set", "Park", "--expire", "1d", "--description", "")
	alice.ok("group", "promote", "Park", "Bob")
	bob.ok("receive")
	if got := bob.ok("group", "show", group, "--json").object(); got["name"] != "Park" || got["description"] != nil || got["expires"] == nil || got["admin"] != true {
		t.Errorf("Bob has %v", got)
	}
	alice.write("bee.png", somePNG(t))
	alice.run("group", "set", "Park", "--picture", "bee.png", "--no-picture").is(2)
	bob.run("group", "set", "Park", "--picture", "none.png").is(1).says("no file none.png")
	if got := alice.ok("group", "set", "Park", "--picture", "bee.png", "--json").object(); got["picture"] != true {
		t.Errorf("Alice has %v", got)
	}
	if got := bob.ok("receive", "--json").objects(); len(got) != 1 || got[0]["text"] != "Alice changed the picture of the group." {
		t.Errorf("Bob received %v", got)
	}
	if got := bob.ok("group", "set", "Park", "--no-picture", "--json").object(); got["picture"] != false {
		t.Errorf("Bob has %v", got)
	}
	alice.ok("receive")
	bees := alice.ok("group", "create", "Bees", "--picture", "bee.png", "--description", "Honey", "--json").object()
	if got := alice.ok("group", "show", bees.text("id"), "--json").object(); got["picture"] != true || got["description"] != "Honey" {
		t.Errorf("Alice has %v", got)
	}
	alice.run("group", "remove", "Park", "Bob").is(2).says("admins cannot be removed")
	bob.ok("group", "remove", "Park", "Carol")
	if out := carol.ok("receive").out; !strings.Contains(out, group) || !strings.Contains(out, "[removed]") {
		t.Errorf("Carol received %q", out)
	}
	if out := carol.ok("receive").out; out != "" {
		t.Errorf("Carol received once more %q", out)
	}
	var kinds []string
	for _, e := range carol.ok("events", "--json").objects() {
		if kind := e.text("kind"); e["conversation"] == group && strings.HasPrefix(kind, "group_") {
			kinds = append(kinds, kind)
		}
	}
	if want := []string{"group_invited", "group_joined", "group_kicked"}; !slices.Equal(kinds, want) {
		t.Errorf("Carol's events are %v, want %v", kinds, want)
	}
	if got := carol.ok("group", "list", "--json").object(); got["membership"] != "kicked" {
		t.Errorf("Carol: %v", got)
	}
	if got := carol.ok("conversations", "--json").objects(); !slices.ContainsFunc(got, func(o object) bool { return o["id"] == group && o["membership"] == "kicked" }) {
		t.Errorf("Carol's conversations: %v", got)
	}
	if got, _ := carol.ok("group", "show", group, "--json").object()["members"].([]any); len(got) > 0 {
		t.Errorf("Carol still sees the members %v", got)
	}
	carol.run("send", group, "still here?").is(2).says("an admin removed you")
	carol.run("group", "rename", group, "Mine").is(2).says("an admin removed you")
	carol.run("group", "accept", group).is(4).says("an admin of the group can send you one")

	alice.run("group", "show", "Nowhere").is(4).says(`no group is called "Nowhere": 'seance group list' tells them`)
	alice.run("group", "show", "Bob").is(2).says("is no group")
	alice.run("group", "set", "Park").is(2).says("nothing to change")
	alice.run("group", "create", "").is(2).says("needs a name")
	alice.ok("group", "leave", "Park", "--yes")
	bob.ok("receive")
	if got := bob.ok("group", "show", "Park").out; strings.Contains(got, aliceID) || !strings.Contains(got, bobID) {
		t.Errorf("Bob has\n%s", got)
	}
	bob.ok("group", "leave", "Park", "--yes", "--destroy")
	if out := bob.ok("group", "list").out; out != "" {
		t.Errorf("Bob still has %s", out)
	}
}

// TestGroupDeletes: what is deleted for everybody is asked about first.
func TestGroupDeletes(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	alice, _, _, bobID := two(t, n)
	group := alice.ok("group", "create", "Garden", bobID, "--json").object().text("id")
	alice.ok("send", group, "weeds")
	for _, flag := range []string{"--delete-messages", "--delete-files"} {
		alice.run("group", "set", group, flag).is(2).says("needs --yes")
	}
	if status, said := alice.asked("no\n", "group", "set", group, "--delete-messages"); status != 1 || !strings.Contains(said, "what was written so far in the group Garden for everybody.") {
		t.Errorf("status %d: %s", status, said)
	}
	if out := alice.ok("messages", group).out; !strings.Contains(out, "weeds") {
		t.Errorf("deleted without a yes; there is %q", out)
	}
	if status, said := alice.asked("yes\n", "group", "set", group, "--delete-messages"); status != 0 {
		t.Errorf("status %d: %s", status, said)
	}
	alice.ok("group", "set", group, "--delete-files", "--yes")
	alice.run("group", "leave", group, "--yes").is(2).says("for everybody (--destroy)")
}

// TestInvitations: an invitation is answered like a request.
func TestInvitations(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	alice, bob := newPerson(t, n.on()), newPerson(t, n.on())
	aliceID, bobID := alice.create("Alice"), bob.create("Bob")
	group := func(name string) string {
		t.Helper()
		made := alice.ok("group", "create", name, bobID, "--json").object().text("id")
		bob.ok("receive")
		return made
	}
	one := group("One")
	if got := bob.ok("accept", one, "--json").object(); got["id"] != one || got["request"] != false || got["approved"] != true {
		t.Errorf("accepted: %v", got)
	}
	bob.ok("receive")
	if got := bob.ok("group", "show", "One", "--json").object(); got["membership"] != "member" {
		t.Errorf("%v", got)
	}
	bob.run("accept", one).is(4).says("no such invitation")
	bob.run("unblock", one).is(2).says("is about people")
	if got := bob.ok("decline", group("Two"), "--json").object(); got["name"] != "Two" || got["request"] != false {
		t.Errorf("declined: %v", got)
	}
	bob.run("group", "show", "Two").is(4)
	group("Three")
	bob.ok("requests", "--decline-all")
	bob.run("group", "show", "Three").is(4)
	group("Four")
	if got := bob.ok("block", "Four", "--json").object(); got["id"] != aliceID || got["blocked"] != true {
		t.Errorf("blocked: %v", got)
	}
	bob.ok("unblock", aliceID)
	six := group("Six")
	alice.ok("group", "remove", "Six", bobID)
	alice.ok("receive")
	bob.run("group", "accept", six).is(4).says("was withdrawn")
	if got := bob.ok("group", "list", "--json").objects(); !slices.ContainsFunc(got, func(o object) bool { return o["id"] == six && o["membership"] == "kicked" }) {
		t.Errorf("Bob has %v", got)
	}
	bob.ok("block", aliceID)
	group("Five")
	if out := bob.ok("requests").out; out != "" {
		t.Errorf("Bob still has the requests %s", out)
	}
}
