package app

import (
	"testing"
	"time"
)

func TestParseDay(t *testing.T) {
	now := time.Date(2026, 11, 23, 15, 4, 0, 0, time.UTC) // a Monday
	for text, want := range map[string]string{
		"today": "2026-11-23", "Yesterday": "2026-11-22", "2026-11-01": "2026-11-01", "2026-3-4": "2026-03-04", "2025-12": "2025-12-01", "2024": "2024-01-01",
		"23 Nov": "2026-11-23", "24 Nov": "2025-11-24", " Nov  3 ": "2026-11-03", "3 March, 2025": "2025-03-03", "March": "2026-03-01", "dec": "2025-12-01",
		"1.9.": "2026-09-01", "24.12.2025": "2025-12-24", "friday": "2026-11-20", "mon": "2026-11-16", "Sunday": "2026-11-22",
		"3 days ago": "2026-11-20", "1 day": "2026-11-22", "2 weeks": "2026-11-09", "6 months ago": "2026-05-23", "1 year": "2025-11-23",
		"29 Feb 2024": "2024-02-29", "2025-02-29": "", "": "", "soon": "", "3 ages": "", "-1 days": "", "99999999 years": "", "mo": "", "32.1.": "", "ago": "",
	} {
		day, ok := parseDay(text, now)
		got := ""
		if ok {
			got = day.Format(time.DateOnly)
		}
		if got != want || ok && !day.Equal(time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestWhen(t *testing.T) {
	m := newModel(t.Context(), Options{Now: func() time.Time { return time.Date(2026, 11, 23, 0, 30, 0, 0, time.UTC) }, Zone: time.UTC})
	for _, c := range []struct {
		back time.Duration
		want string
	}{{0, "00:30"}, {time.Hour, "Sun 23:30"}, {6 * 24 * time.Hour, "Tue 00:30"}, {7 * 24 * time.Hour, "16 Nov"}, {400 * 24 * time.Hour, "19 Oct 2025"}, {-48 * time.Hour, "25 Nov"}} {
		if got := m.when(m.now().Add(-c.back)); got != c.want {
			t.Errorf("%v ago is %q, want %q", c.back, got, c.want)
		}
	}
}
