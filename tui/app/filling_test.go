package app

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"seance/messaging"
	"seance/messaging/id"
	"seance/network"
	"seance/store"
)

// TestProgress: how far a restored account has come is told in place of the
// list, then below it, until it is done.
func TestProgress(t *testing.T) {
	for _, size := range []Size{{Width: 120, Height: 36}, {Width: 60, Height: 15}} {
		start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
		m := newModel(t.Context(), Options{Size: size, Now: func() time.Time { return start }, Zone: time.UTC})
		m.page, m.filling = nil, &filling{}
		m.client = new(messaging.Client)
		screen := func() string {
			var b strings.Builder
			for _, row := range m.picture().Rows {
				for _, span := range row {
					b.WriteString(ansi.Strip(span.Text) + " ")
				}
				b.WriteByte('\n')
			}
			return b.String()
		}
		check := func(want []string, not ...string) {
			t.Helper()
			got := screen()
			for _, text := range want {
				if !strings.Contains(got, text) {
					t.Errorf("%v: %q is not on the screen:\n%s", size, text, got)
				}
			}
			for _, text := range not {
				if strings.Contains(got, text) {
					t.Errorf("%v: %q is on the screen:\n%s", size, text, got)
				}
			}
		}
		check([]string{"Restoring your account.", "Asking the network"}, "Contacts", "No conversations")
		m.restores(messaging.Restoring{Contacts: 12, Messages: 340})
		check([]string{"Contacts  12", "Messages  340"}, "No conversations")
		m.net.State = network.Offline
		check([]string{"Messages  340", "cannot be reached", "offline"})
		m.showList([]messaging.Conversation{{Conversation: store.Conversation{ID: id.With(id.Account{5}), Kind: id.KindContact}, Title: "Bob"}})
		check([]string{"Bob", "Restoring: waiting"})
		m.net.State = network.Ready
		check([]string{"Bob", "Restoring: 340 messages"})
		m.restores(messaging.Restoring{Contacts: 12, Messages: 341, Done: true})
		check([]string{"Bob"}, "Restoring")
		if !m.outdated {
			t.Error("the list is not read once more")
		}
	}
}
