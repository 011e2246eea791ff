package cli

import (
	"errors"
	"path/filepath"
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
