package cli

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/render"
)

func TestPreviewsInJSON(t *testing.T) {
	t.Parallel()
	image := store.Attachment{Index: store.PreviewIndex, ContentType: "image/jpeg", Size: 7, File: "0123", URL: "http://f/file/1"}
	for want, p := range map[string]*store.LinkPreview{
		`null`: nil,
		`{"url":"https://a.example","title":"<\u001b>","image":null}`: {URL: "https://a.example", Title: "<\x1b>"},
		`{"url":"https://a.example","title":null,"image":{"index":-1,"name":"","content_type":"image/jpeg","size":7,"voice":false,"state":"local","width":null,"height":null,"caption":null}}`: {
			URL: "https://a.example", Image: &image,
		},
	} {
		var out bytes.Buffer
		if err := (&program{Env: Env{Stdout: &out}}).object(messageOf(messaging.Message{Message: store.Message{Preview: p}}).Preview); err != nil || out.String() != want+"\n" {
			t.Errorf("got %s, %v, want %s", out.String(), err, want)
		}
	}
}

func TestAttachmentsInJSON(t *testing.T) {
	t.Parallel()
	m := messaging.Message{Message: store.Message{Attachments: []store.Attachment{
		{Name: "../a \x1b.txt", ContentType: "text/plain", Size: 7, File: "0123"},
		{Index: 1, Voice: true, Size: -1, Width: 4, Height: 3, Caption: "a\x1bb"},
	}}}
	const want = `[{"index":0,"name":"../a \u001b.txt","content_type":"text/plain","size":7,"voice":false,"state":"local","width":null,"height":null,"caption":null},` +
		`{"index":1,"name":"","content_type":"","size":-1,"voice":true,"state":"remote","width":4,"height":3,"caption":"a\u001bb"}]`
	for want, m := range map[string]messaging.Message{want: m, "[]": {}} {
		if got, err := json.Marshal(messageOf(m).Attachments); err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}

// TestHelpNamesTheFields: help says what there is in the JSON of a message.
func TestHelpNamesTheFields(t *testing.T) {
	t.Parallel()
	for _, o := range []any{messageObject{}, attachmentObject{}, previewObject{}} {
		for i := range reflect.TypeOf(o).NumField() {
			name := `"` + reflect.TypeOf(o).Field(i).Tag.Get("json") + `"`
			if !strings.Contains(messageFields, name) {
				t.Errorf("%T: %s is not in the help", o, name)
			}
		}
	}
}

func TestMessagesAsText(t *testing.T) {
	t.Parallel()
	garden, bob := id.WithGroup(id.Group{3, 1}), id.With(id.Account{5, 1})
	at := clock(0) + "  "
	for _, c := range []struct {
		conv        id.Conversation
		kind        store.MessageKind
		text, title string
		want        string
	}{
		{bob, store.KindMessage, "one\ntwo", "Bob", at + "Bob: one\n" + strings.Repeat(" ", len(at)) + "two\n"},
		{bob, store.KindInfo, "Bob saved a file.", "Bob", at + "Bob saved a file.\n"},
		{bob, store.KindInfo, "Your message request was accepted.", "Bob", at + "[Bob] Your message request was accepted.\n"},
		{garden, store.KindMessage, "a flower", "Gar\x1bden", at + "[" + render.Line("Gar\x1bden") + "] Bob: a flower\n"},
		{garden, store.KindInfo, "Bob left the group.", "Garden", at + "[Garden] Bob left the group.\n"},
		{"https://open.example/lobby", store.KindMessage, "hi", "Lobby", at + "[Lobby] Bob: hi\n"},
	} {
		m := messaging.Message{Message: store.Message{Conversation: c.conv, Kind: c.kind, Text: c.text, Direction: store.In}, Name: "Bob"}
		var out bytes.Buffer
		if err := (&program{Env: Env{Stdout: &out}}).message(m, whereOf(m, c.title)); err != nil || out.String() != c.want {
			t.Errorf("%q is printed as %q, %v, want %q", c.text, out.String(), err, c.want)
		}
	}
}
