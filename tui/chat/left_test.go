package chat

import (
	"strings"
	"testing"
	"time"
)

func TestLeft(t *testing.T) {
	for _, c := range []struct {
		left time.Duration
		want string
	}{
		{14 * 24 * time.Hour, "14 d left"}, {60*time.Hour - time.Minute, "2 d left"}, {48 * time.Hour, "2 d left"},
		{48*time.Hour - time.Minute, "2 d left"}, {47 * time.Hour, "47 h left"}, {24*time.Hour - time.Second, "24 h left"}, {89 * time.Minute, "1 h left"},
		{time.Hour - time.Second, "1 h left"}, {59 * time.Minute, "59 min left"}, {5*time.Minute - time.Second, "5 min left"}, {time.Minute, "1 min left"},
		{time.Minute - 1, "under 1 min left"}, {0, "under 1 min left"}, {-time.Hour, "under 1 min left"},
	} {
		got, after := left(c.left)
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.left, got, c.want)
		}
		if after == 0 {
			continue
		}
		if soon, _ := left(c.left - after + 2*time.Millisecond); soon != got {
			t.Errorf("%s: %q before it changes", c.left, soon)
		}
		if then, _ := left(c.left - after); then == got {
			t.Errorf("%s: %q still after %s", c.left, then, after)
		}
	}
}

// TestLeftOnMessages: what several messages in a row have left is told once.
func TestLeftOnMessages(t *testing.T) {
	expiring := func(minute int, author string, left time.Duration) Message {
		m := at(minute, author, "something")
		m.EndMS = noon.Add(left).UnixMilli()
		return m
	}
	own := expiring(-1, "me", 80*time.Minute)
	own.State = Sent
	var l List
	k := look(60, 24)
	k.Time = noon
	l.SetLook(k)
	l.Reset([]Message{
		expiring(-9, "Bob", 10*time.Minute), expiring(-8, "Bob", 40*time.Minute), expiring(-7, "Bob", 40*time.Minute), at(-6, "Bob", "stays"), own,
	}, true, true)
	told := func() (list []string) {
		for _, row := range view(&l) {
			if strings.Contains(row, "left") {
				list = append(list, strings.TrimSpace(row))
			}
		}
		return list
	}
	if got := strings.Join(told(), ", "); got != "10 min left, 40 min left, sent · 1 h left" {
		t.Errorf("told: %s", got)
	}
	if after := l.Changes(); after != 30*time.Second+time.Millisecond {
		t.Errorf("something changes after %s", after)
	}
	k.Time = noon.Add(31 * time.Second)
	l.SetLook(k)
	if got := strings.Join(told(), ", "); got != "9 min left, 39 min left, sent · 1 h left" {
		t.Errorf("then told: %s", got)
	}
}
