package cli

import (
	"testing"
	"time"

	"seance/store"
)

func TestSpan(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"8h": 8 * time.Hour, "1h30m": 90 * time.Minute, "1d": 24 * time.Hour, "2w": 14 * 24 * time.Hour, "1s": time.Second,
		"2147483647w": longSpan.Truncate(7 * 24 * time.Hour), "999ms": 0, "": 0, "d": 0, "-1d": 0, "1.5d": 0, "soon": 0, "0d": 0, "1d2h": 0, "+1d": 0,
		"99999999999999d": 0, "-8h": 0,
	} {
		got, ok := span(text)
		if ok != (want > 0) || ok && got != want {
			t.Errorf("%q is %s, %t, want %s", text, got, ok, want)
		}
	}
}

func TestTimer(t *testing.T) {
	for text, want := range map[string]store.Timer{
		"off": {}, "1d": {Mode: store.ExpireAfterSend, Seconds: 86400}, "12h:read": {Mode: store.ExpireAfterRead, Seconds: 43200},
		"2w:read": {Mode: store.ExpireAfterRead, Seconds: 1209600},
	} {
		if got, err := timer(text); err != nil || got != want {
			t.Errorf("%q is %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", ":read", "off:read", "1d:send", "1500ms", "1d:read:read"} {
		if got, err := timer(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
