package messaging

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"seance/messaging/config"
	"seance/network"
	"seance/store"
)

func TestVisitPause(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for _, tt := range []struct {
		quiet   time.Duration
		groups  int
		watched bool
		want    time.Duration
	}{
		{time.Minute, 1, true, 3 * time.Second},
		{time.Minute, 50, true, 3 * time.Second},
		{time.Minute, 50, false, 20 * time.Second},
		{time.Hour, 1, true, 9 * time.Second},
		{time.Hour, 1, false, 20 * time.Second},
		{time.Hour, 20, true, 40 * time.Second},
		{time.Hour, 100, true, time.Minute},
		{time.Hour, 50, false, 100 * time.Second},
		{3 * day, 1, true, time.Minute},
		{3 * day, 100, false, 2 * time.Minute},
		{30 * day, 1, true, 2 * time.Minute},
	} {
		v := store.Conversation{CreatedMS: 1, Last: store.Preview{TimestampMS: now.Add(-tt.quiet).UnixMilli()}}
		if got := visitPause(v, tt.groups, tt.watched, now); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
	fresh := store.Conversation{CreatedMS: now.UnixMilli()}
	if got := visitPause(fresh, 50, false, now); got != pollIdle {
		t.Errorf("a new group: %v", got)
	}
}

// TestFiftyGroups: fifty quiet groups do not cost fifty times what one does.
func TestFiftyGroups(t *testing.T) {
	slow(t)
	length := 20 * time.Minute
	if os.Getenv("SEANCE_LONG") != "" {
		length = time.Hour
	}
	idle := func(groups int) (written int64) {
		inWorld(t, func(w *world) {
			alice := w.person("Alice")
			for i := range groups {
				_, err := alice.CreateGroup(w.Context(), NewGroup{Name: fmt.Sprint("group ", i)})
				w.check(err)
			}
			time.Sleep(visitLive + 5*time.Minute)
			before := alice.writes.Load()
			time.Sleep(length)
			written = alice.writes.Load() - before
			w.check(alice.edit(w.Context(), func(*store.Tx) error {
				for e := range alice.configs.groups.Groups() {
					if e.Removed != config.NotRemoved {
						w.Errorf("%s is gone", e.Name)
					}
				}
				return nil
			}))
		})
		return written
	}
	none, one, fifty := idle(0), idle(1), idle(50)
	t.Logf("writes to the network in %v: %d without groups, %d more with one, %d more with fifty", length, none, one-none, fifty-none)
	if one <= none || fifty <= one {
		t.Error("nothing was asked")
	}
	if times := float64(fifty-none) / float64(one-none); times > 15 {
		t.Errorf("fifty cost %.1f times what one does", times)
	}
}

// Who is invited by somebody they know is in the group within a moment.
func TestJoiningAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		g, err := alice.CreateGroup(w.Context(), NewGroup{Name: "Garden", Members: idsOf(bob)})
		w.check(err)
		time.Sleep(2 * pollIdle) // Bob hears of it, and Alice of him
		if got := w.unanimous(g.ID, alice, bob); strings.Contains(got, "invite") {
			t.Error(got)
		}
	})
}

// Who comes back to the screen, or to the network, does not wait for the turn of a quiet
// group.
func TestQuietGroupsAreAskedAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.two()
		g, err := alice.CreateGroup(w.Context(), NewGroup{Name: "Garden", Members: idsOf(bob)})
		w.check(err)
		name, _ := g.ID.Group()
		want := []string{"(Alice invited you to the group.)"}
		for i, back := range []func(){
			bob.PollSoon,
			func() { bob.Attend()() },
			func() {
				bob.unplugged.Store(true)
				time.Sleep(5 * time.Minute)
				bob.plugIn()
				for bob.Network().State != network.Ready {
					time.Sleep(time.Second)
				}
			},
		} {
			time.Sleep(visitLive)
			for bob.groups.left(name) < pollIdle-5*time.Second { // Bob has just asked
				time.Sleep(time.Second)
			}
			text := fmt.Sprint("message ", i)
			_, err := alice.Send(w.Context(), g.ID, Draft{Text: text})
			w.check(err)
			w.check(alice.Flush(w.Context()))
			back()
			time.Sleep(2 * time.Second)
			want = append(want, "Alice: "+text)
			w.equal("Bob", bob.inGroup(g.ID), want)
		}
	})
}

// A group that another device is in is visited as soon as this one knows of it, and not
// when one would look for groups anyway.
func TestJoinedOnAnotherDevice(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.person("Alice")
		desk := w.second(alice)
		defer desk.Attend()()
		g, err := alice.CreateGroup(w.Context(), NewGroup{Name: "Garden"})
		w.check(err)
		alice.write(g.ID, "weeds")
		w.check(alice.Flush(w.Context()))
		time.Sleep(2 * pollWatched)
		if texts := desk.inGroup(g.ID); !slices.Contains(texts, "> weeds") {
			t.Errorf("the other device has %q", texts)
		}
	})
}
