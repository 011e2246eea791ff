package cli

import (
	"encoding/json"
	"testing"

	"seance/messaging"
	"seance/store"
)

func TestAttachmentsInJSON(t *testing.T) {
	t.Parallel()
	m := messaging.Message{Message: store.Message{Attachments: []store.Attachment{
		{Name: "../a \x1b.txt", ContentType: "text/plain", Size: 7, File: "0123"},
		{Index: 1, Voice: true, Size: -1},
	}}}
	const want = `[{"index":0,"name":"../a \u001b.txt","content_type":"text/plain","size":7,"voice":false,"state":"local"},` +
		`{"index":1,"name":"","content_type":"","size":-1,"voice":true,"state":"remote"}]`
	for want, m := range map[string]messaging.Message{want: m, "[]": {}} {
		if got, err := json.Marshal(messageOf(m).Attachments); err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}
