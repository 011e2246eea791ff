package app

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"seance/messaging"
	"seance/messaging/id"
	"seance/network"
	"seance/store"
)

// TestProgressStays: a message with a file on its way that changes, or that is
// read anew, still says how far the file is.
func TestProgressStays(t *testing.T) {
	m := conversing(t, 3)
	m.client = created(t, messaging.Options{Dir: t.TempDir()})
	defer m.client.Close()
	author := id.Sender{5}
	v := messaging.Message{Message: store.Message{
		Row: 90, Conversation: m.open, Author: author, TimestampMS: m.now().UnixMilli(), Direction: store.In, Kind: store.KindMessage,
		Attachments: []store.Attachment{{Index: 0, Name: "a.bin", Size: 1000, URL: "x"}, {Index: 1, Name: "b.bin", Size: 1000, URL: "y"}},
	}}
	shows := func(what string, texts ...string) {
		t.Helper()
		m.layOut()
		screen := ansi.Strip(strings.Join(m.chat.View(false), "\n"))
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				t.Fatalf("%s: %q is not on the screen:\n%s", what, text, screen)
			}
		}
	}
	happens := func(e messaging.Event) { m.happened([]messaging.Event{e}) }
	happens(messaging.MessageAdded{Message: v})
	shows("at first", "[a.bin  1.0 KB  press o to open]")
	happens(messaging.Transfer{Message: 90, Index: 0, Done: 42, Total: 100})
	shows("on its way", "[a.bin  1.0 KB  42 %]", "[b.bin  1.0 KB  press o to open]")
	v.Reactions = []store.Reaction{{Author: author, Emoji: "x"}}
	happens(messaging.MessageChanged{Message: v})
	shows("after a reaction", "[a.bin  1.0 KB  42 %]")
	page := m.people().all([]messaging.Message{v})
	m.moves.add(&page[0])
	if f := page[0].Files[0]; !f.Moving || f.Done != 42 {
		t.Errorf("read anew: %+v", f)
	}
	happens(messaging.Transfer{Message: 90, Index: 1, Ended: true, Err: fmt.Errorf("b: %w", network.ErrOffline)})
	v.Reactions = nil
	happens(messaging.MessageChanged{Message: v})
	shows("after a failure", "[a.bin  1.0 KB  42 %]", "not downloaded: The network cannot")
	happens(messaging.NetworkChanged{Status: network.Status{State: network.Ready}})
	shows("with a network again", "[b.bin  1.0 KB  press o to open]")
	happens(messaging.Transfer{Message: 90, Index: 0, Ended: true, Err: errors.New("cancelled")})
	happens(messaging.MessageChanged{Message: v})
	shows("after it was cancelled", "[a.bin  1.0 KB  not downloaded: Cancelled]")
	happens(messaging.NetworkChanged{Status: network.Status{State: network.Offline}})
	happens(messaging.NetworkChanged{Status: network.Status{State: network.Ready}})
	shows("what was cancelled stays so", "not downloaded: Cancelled")
	v.Attachments[0].File = "0123"
	happens(messaging.Transfer{Message: 90, Index: 0, Ended: true})
	happens(messaging.MessageChanged{Message: v})
	shows("at last", "[a.bin  1.0 KB  press o to open]")
	if len(m.moves) != 0 {
		t.Errorf("what is remembered: %+v", m.moves)
	}
	happens(messaging.Transfer{Message: 90, Index: 1, Done: 1, Total: 100})
	happens(messaging.MessageRemoved{Conversation: m.open, ID: v.ID()})
	if len(m.moves) != 0 {
		t.Errorf("of a message that is gone is remembered: %+v", m.moves)
	}
}

// TestUploadStays is the same for what is sent.
func TestUploadStays(t *testing.T) {
	m := conversing(t, 3)
	m.client = created(t, messaging.Options{Dir: t.TempDir()})
	defer m.client.Close()
	v := messaging.Message{Message: store.Message{
		Row: 90, Conversation: m.open, Author: id.Sender{5}, TimestampMS: m.now().UnixMilli(), Direction: store.Out, State: store.StateSending, Kind: store.KindMessage,
		Attachments: []store.Attachment{{Name: "a.bin", Size: 1000, File: "0123"}},
	}}
	m.happened([]messaging.Event{messaging.MessageAdded{Message: v}, messaging.Transfer{Message: 90, Upload: true, Done: 7, Total: 100}})
	m.happened([]messaging.Event{messaging.MessageChanged{Message: v}})
	if shown, _ := m.chat.Message(90); !shown.Files[0].Moving || shown.Files[0].Done != 7 {
		t.Errorf("%+v", shown.Files[0])
	}
	m.happened([]messaging.Event{messaging.Transfer{Message: 90, Upload: true, Ended: true}})
	v.Attachments[0].URL, v.State = "x", store.StateSent
	m.happened([]messaging.Event{messaging.MessageChanged{Message: v}})
	if shown, _ := m.chat.Message(90); shown.Files[0].Moving || len(m.moves) != 0 {
		t.Errorf("%+v, %+v", shown.Files[0], m.moves)
	}
}
