package messaging

import (
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"seance/messaging/wire/sessionpb"
	"seance/store"
)

func TestCutName(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"Alice", "Alice"},
		{"", ""},
		{strings.Repeat("a", MaxName), strings.Repeat("a", MaxName)},
		{strings.Repeat("a", MaxName+1), strings.Repeat("a", MaxName)},
		{strings.Repeat("a", MaxName-1) + "é", strings.Repeat("a", MaxName-1)},
		{strings.Repeat("💬", 30), strings.Repeat("💬", 25)},
		{"a\xffb", "a\uFFFDb"},
	} {
		if got := cutName(tt.in); got != tt.want {
			t.Errorf("cutName(%q) = %q", tt.in, got)
		}
	}
}

func TestCutText(t *testing.T) {
	long := strings.Repeat("é", maxReceived+5)
	if got := cutText(long); utf8.RuneCountInString(got) != maxReceived {
		t.Errorf("cut to %d", utf8.RuneCountInString(got))
	}
	if got := cutText(long[:2*maxReceived]); got != long[:2*maxReceived] {
		t.Error("a text of full length was changed")
	}
}

func TestTheNewerProfileStays(t *testing.T) {
	var v store.Conversation
	steps := []struct {
		name    string
		seconds uint64
		want    string
	}{
		{"old client", 0, "old client"},
		{"old client renamed", 0, "old client renamed"},
		{"dated", 100, "dated"},
		{"older", 99, "dated"},
		{"same time", 100, "dated"},
		{"undated", 0, "dated"},
		{"newer", 101, "newer"},
		{"", 200, "newer"},
		{"far future", 1 << 63, "far future"},
	}
	for _, s := range steps {
		applyProfile(&v, &sessionpb.Profile{DisplayName: proto.String(s.name), LastUpdateSeconds: proto.Uint64(s.seconds)})
		if v.Name != s.want {
			t.Errorf("after %q of %d the name is %q", s.name, s.seconds, v.Name)
		}
	}
	applyProfile(&v, nil)
	if v.Name != "far future" {
		t.Error("a missing profile changed the name")
	}
}
