package app

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/chat"
)

// TestShown: quotes and reactions are told with the names of who wrote them, and
// several people's reactions with one emoji are one.
func TestShown(t *testing.T) {
	var me, alice, other id.Account
	me[0], alice[0], other[0] = 5, 5, 5
	me[1], alice[1], other[1] = 1, 2, 3
	p := people{self: me.Sender(), conv: id.With(alice), title: "Alice"}
	got := p.shown(messaging.Message{Name: "Me", Message: store.Message{
		Row: 7, Author: me.Sender(), Direction: store.Out, TimestampMS: 9, Text: "hi",
		Quote: &store.Quote{Author: alice.Sender(), TimestampMS: 3, Text: "what", Row: 2},
		Reactions: []store.Reaction{
			{Author: alice.Sender(), Emoji: "❤️"}, {Author: me.Sender(), Emoji: "🎉"}, {Author: me.Sender(), Emoji: "❤️"}, {Author: other.Sender(), Emoji: "🎉"},
		},
	}})
	author, stranger := alice.Sender(), other.Sender()
	mine := me.Sender()
	want := chat.Message{
		Key: 7, MS: 9, Author: string(mine[:]), Name: "Me", Own: true, Text: "hi",
		Quote: &chat.Quote{Key: 2, At: chat.Place{MS: 3, Author: string(author[:])}, Name: "Alice", Text: "what"},
		Reactions: []chat.Reaction{
			{Emoji: "❤️", Who: []string{"Alice", "You"}, Own: true},
			{Emoji: "🎉", Who: []string{"You", id.Shorten(stranger.String())}, Own: true},
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	deleted := p.shown(messaging.Message{Message: store.Message{Row: 1, Author: alice.Sender(), Kind: store.KindInfo, Deleted: true}})
	if deleted.Info || !deleted.Deleted {
		t.Errorf("a deleted message is %+v", deleted)
	}
}

// TestNamesOfFiles: one's own files have the names that they have, and those of
// others names that are safe.
func TestNamesOfFiles(t *testing.T) {
	files := []store.Attachment{{Name: "x:y.txt"}, {Index: 1, ContentType: "image/png"}}
	for direction, want := range map[store.Direction][]string{store.Out: {"x:y.txt", "image.png"}, store.In: {"x-y.txt", "image.png"}} {
		for i, f := range filesOf(messaging.Message{Message: store.Message{Direction: direction, Attachments: files}}) {
			if f.Name != want[i] {
				t.Errorf("%s: %q, want %q", direction, f.Name, want[i])
			}
		}
	}
}
