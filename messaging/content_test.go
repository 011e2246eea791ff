package messaging

import (
	"strings"
	"testing"
	"time"
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
		{"Eve\nAlice left the group.", "Eve Alice left the group."},
		{"a\r\nb\u2028c\u2029\u0085", "a b c  "},
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
		name          string
		seconds, sent uint64
		want          string
	}{
		{"old client", 0, 50, "old client"},
		{"old client renamed", 0, 51, "old client renamed"},
		{"old client", 0, 50, "old client renamed"},
		{"dated", 100, 120, "dated"},
		{"older", 99, 121, "dated"},
		{"same time", 100, 122, "same time"},
		{"dated", 100, 123, "same time"},
		{"undated", 0, 99, "same time"},
		{"undated, sent later", 0, 1 << 30, "same time"},
		{"newer", 101, 130, "newer"},
		{"", 200, 200, "newer"},
		{"far future", 1 << 63, 140, "far future"},
	}
	for _, s := range steps {
		p := &sessionpb.Profile{DisplayName: proto.String(s.name), LastUpdateSeconds: proto.Uint64(s.seconds)}
		applyProfile(&v, p, nil, int64(s.sent)*1000)
		if v.Name != s.want {
			t.Errorf("after %q of %d the name is %q", s.name, s.seconds, v.Name)
		}
	}
	applyProfile(&v, nil, nil, 1<<60)
	if v.Name != "far future" {
		t.Error("a missing profile changed the name")
	}
	v = store.Conversation{Name: "from another device"} // which knew no time either
	applyProfile(&v, &sessionpb.Profile{DisplayName: proto.String("an undated one")}, nil, 50_000)
	if v.Name != "an undated one" || secondsOf(v.ProfileMS) != (time.Time{}) {
		t.Errorf("%q of %d", v.Name, v.ProfileMS)
	}
}
