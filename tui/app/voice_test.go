package app_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"

	"seance/messaging"
	"seance/messaging/id"
	"seance/tui/app"
	"seance/tui/audio"
)

// spoken is a sound of some length in seconds, as a microphone gives it.
func spoken(seconds float64) (pcm []byte) {
	for i := range int(seconds * 44100) {
		pcm = binary.LittleEndian.AppendUint16(pcm, uint16(int16(8000*math.Sin(float64(i)/16)*math.Sin(float64(i)/9000))))
	}
	return pcm
}

// speech is a voice message of some length in seconds.
func speech(t *testing.T, seconds float64) []byte {
	t.Helper()
	e, err := audio.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Write(spoken(seconds)); err != nil {
		t.Fatal(err)
	}
	file, err := e.File()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestVoiceWithoutSound: a voice message shows its length and shape where there
// is no sound, and asking for it offers to save it instead.
func TestVoiceWithoutSound(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	file := speech(t, 3)
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		saved, home := filepath.Join(w.TempDir(), "in"), w.TempDir()
		w.say(alice, bob, "hello")
		w.say(bob, alice, "hello")
		w.check(os.WriteFile(filepath.Join(home, "memo.m4a"), file, 0o600))
		w.check(os.WriteFile(filepath.Join(home, "memo.txt"), []byte("no sound"), 0o600))
		for _, size := range [][2]int{{120, 36}, {60, 15}} {
			a := w.open(size[0], size[1], app.Options{Client: alice, Open: with(bob), Environ: []string{"HOME=" + home}})
			a.settle()
			a.press("ctrl+r")
			a.shows("No sound here", "choose a file")
			a.press("y")
			a.shows("Send a voice message")
			a.typed("~/memo.txt")
			a.press("enter")
			a.shows("cannot be sent as a voice message")
			a.press("esc", "alt+r")
			a.typed("~/memo.m4a")
			a.press("enter")
			a.shows("0:03", "not sent yet")
			a.typed("x") // is no text
			a.press("enter")
			a.settle()
			a.hides("not sent yet")
			a.shows("Type a message", "0:03")
			a.quit()

			b := w.open(size[0], size[1], app.Options{Client: bob, Open: with(alice), Downloads: saved})
			b.settle()
			b.settle()
			b.shows("▇", "0:03  press p to play")
			b.press("esc", "p")
			b.settle()
			b.shows("No sound here", "save it")
			b.press("y")
			b.settle()
			b.shows("Saved as ")
			b.quit()
		}
		v := w.last(bob, alice)
		if len(v.Attachments) != 1 || !v.Attachments[0].Voice || v.Attachments[0].ContentType != "audio/mp4" || v.Attachments[0].Name != "memo.m4a" {
			w.Errorf("%+v", v.Attachments)
		}
		files, err := filepath.Glob(filepath.Join(saved, "*.m4a"))
		if err != nil || len(files) != 2 {
			w.Errorf("saved %v, %v", files, err)
		}
	})
}

// TestVoiceOfStranger: a voice message of somebody who is not approved is
// fetched when it is asked for, not before.
func TestVoiceOfStranger(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	file := speech(t, 1)
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		m, err := bob.Send(w.Context(), with(alice), messaging.Draft{Files: []messaging.File{{Name: "a.m4a", Content: strings.NewReader(string(file)), Voice: true}}})
		w.check(err)
		if _, err := bob.Wait(w.Context(), m.ID()); err != nil {
			w.Fatal(err)
		}
		time.Sleep(time.Second)
		s := w.open(100, 30, app.Options{Client: alice, Open: with(bob)})
		s.settle()
		s.settle()
		s.shows("press p to fetch and play")
		s.press("esc", "p")
		s.settle()
		s.settle()
		s.shows("0:01", "No sound here")
		s.press("n")
		s.quit()
	})
}

// live is a terminal in real time, on which Seance shows the notes to self of
// somebody who reaches nobody. The programs are what plays and records.
type live struct {
	t       *testing.T
	client  *messaging.Client
	vt      *vt.SafeEmulator
	changed chan struct{}
}

func (l *live) Write(p []byte) (int, error) {
	n, err := l.vt.Write(p)
	select {
	case l.changed <- struct{}{}:
	default:
	}
	return n, err
}

func (l *live) Read(p []byte) (int, error) { return l.vt.Read(p) }

func (l *live) shows(texts ...string) {
	l.t.Helper()
	s := screen{world: &world{T: l.t}, vt: l.vt}
	patience := time.After(20 * time.Second)
	for _, text := range texts {
		for !strings.Contains(s.text(), text) {
			select {
			case <-l.changed:
			case <-patience:
				l.t.Fatalf("%q is not on the screen:\n%s", text, s.text())
			}
		}
	}
}

func (l *live) types(text string) { _, _ = io.WriteString(l.vt.InputPipe(), text) }

// listening opens a live screen with programs by their names.
func listening(t *testing.T, programs map[string]string) *live {
	t.Helper()
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no /bin/sh")
	}
	dir := t.TempDir()
	for name, text := range programs {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\nPATH=/usr/bin:/bin\n"+text+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	c, stop := lonely(t)
	l := &live{t: t, client: c, vt: vt.NewSafeEmulator(100, 30), changed: make(chan struct{}, 1)}
	done := make(chan error, 1)
	go func() {
		done <- app.Run(context.Background(), app.Options{
			Client: c, Open: id.With(c.Self().Account), In: l, Out: l, Size: app.Size{Width: 100, Height: 30}, Environ: []string{"TERM=xterm-256color"}, Zone: time.UTC,
		})
	}()
	t.Cleanup(func() {
		l.types("\x03")
		if err := <-done; err != nil {
			t.Error(err)
		}
		_ = l.vt.InputPipe().(io.Closer).Close()
		stop()
	})
	l.shows("Type a message")
	return l
}

// TestPlaying: a voice message is played, paused, moved in, made faster, and
// stopped.
func TestPlaying(t *testing.T) {
	l := listening(t, map[string]string{"mpv": "head -c 1 >/dev/null; exec sleep 60"}) // it never has enough of it
	file := speech(t, 90)
	if _, err := l.client.Send(t.Context(), id.With(l.client.Self().Account), messaging.Draft{Files: []messaging.File{{Name: "a.m4a", Content: strings.NewReader(string(file)), Voice: true}}}); err != nil {
		t.Fatal(err)
	}
	l.shows("▇", "1:30")
	l.types("\x1b")
	l.shows("p play")
	l.types("p")
	l.shows("0:00 / 1:30", "p pause")
	l.types("p")
	l.shows("paused")
	l.types("\x1b[C\x1b[C")
	l.shows("0:10 / 1:30")
	l.types("\x1b[D")
	l.shows("0:05 / 1:30")
	l.types(">")
	l.shows("1.5x")
	l.types("p")
	l.shows("0:05 / 1:30  1.5x")
	l.types("P")
	l.shows("p play")
}

// TestRecording: a voice message is recorded, listened to, made again, and sent.
func TestRecording(t *testing.T) {
	said := filepath.Join(t.TempDir(), "said")
	if err := os.WriteFile(said, spoken(12), 0o600); err != nil {
		t.Fatal(err)
	}
	l := listening(t, map[string]string{"rec": fmt.Sprintf("cat %s; exec sleep 60", said), "mpv": "exec cat >/dev/null"})
	l.types("half a sentence\x12")
	l.shows("0:12 / 5:00", "Enter stop")
	l.types("\r")
	l.shows("0:12", "not sent yet", "Enter send")
	l.types("\x1b")
	l.shows("Throw the voice message of 0:12 away?")
	l.types("n")
	l.shows("Enter send")
	l.types("\x03")
	l.shows("is not sent. Throw it away and quit?")
	l.types("n")
	l.shows("Enter send")
	l.types("r")
	l.shows("0:12 / 5:00")
	l.types("\r")
	l.shows("Enter send")
	l.types("\r")
	l.shows("› half a sentence", "▇", "0:12  on its way")
	list, err := l.client.Messages(t.Context(), id.With(l.client.Self().Account), messaging.Page{Limit: 5})
	if err != nil || len(list) != 1 || list[0].Text != "" || len(list[0].Attachments) != 1 || !list[0].Attachments[0].Voice || list[0].Attachments[0].ContentType != "audio/mp4" {
		t.Errorf("%+v, %v", list, err)
	}
}
