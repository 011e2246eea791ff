package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seance/messaging"
	"seance/tui/app"
)

// A file is attached by its path, sent, shown, and saved by whoever it is for.
func TestFiles(t *testing.T) {
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		home, saved := w.TempDir(), filepath.Join(w.TempDir(), "in")
		w.check(os.WriteFile(filepath.Join(home, "build.log"), []byte(strings.Repeat("x", 48_000)), 0o600))
		w.say(bob, alice, "send me the log")
		for _, size := range [][2]int{{120, 36}, {60, 15}} {
			s := w.open(size[0], size[1], app.Options{Client: alice, Open: with(bob), Environ: []string{"HOME=" + home}})
			s.settle()
			s.press("ctrl+x")
			s.typed("~/bu")
			s.press("tab")
			s.shows("~/build.log")
			s.press("enter")
			s.shows("build.log  48 KB", "Alt-X removes it")
			s.press("alt+x")
			s.hides("build.log  48 KB  Alt-X")
			s.press("ctrl+x")
			s.typed("~/none")
			s.press("enter")
			s.shows("There is no file")
			s.press("esc", "ctrl+x")
			s.typed("~/build.log")
			s.press("enter")
			s.press("enter")
			s.settle()
			s.shows("[build.log  48 KB  press o to open]")
			s.hides("Alt-X")
			s.quit()

			b := w.open(size[0], size[1], app.Options{Client: bob, Open: with(alice), Downloads: saved})
			b.settle()
			b.shows("[build.log  48 KB  press o to open]")
			b.press("esc", "s")
			b.settle()
			b.shows("Saved as ")
			b.quit()
		}
		for _, name := range []string{"build.log", "build (2).log"} {
			if data, err := os.ReadFile(filepath.Join(saved, name)); err != nil || len(data) != 48_000 {
				w.Errorf("%s has %d bytes, %v", name, len(data), err)
			}
		}
	})
}

// A file that is gone by the time it is sent comes back with the text.
func TestFileThatIsGone(t *testing.T) {
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		file := filepath.Join(w.TempDir(), "build.log")
		w.check(os.WriteFile(file, []byte("x"), 0o600))
		w.say(bob, alice, "hello")
		s := w.open(80, 24, app.Options{Client: alice, Open: with(bob)})
		s.settle()
		s.vt.Paste(file)
		s.settle()
		s.shows("Send the file build.log, 1 B, with your message?")
		s.press("y")
		s.shows("build.log  1 B")
		w.check(os.Remove(file))
		s.typed("look")
		s.press("enter")
		s.settle()
		s.shows("There is no file", "look", "build.log  1 B")
		if list, err := alice.Messages(w.Context(), with(bob), messaging.Page{Limit: 10}); err != nil || len(list) != 1 {
			w.Errorf("%d messages, %v", len(list), err)
		}
		s.quit()
	})
}

// What a camera wrote into a photo goes along only if that is answered with yes.
func TestPhotoThatCannotBeCleaned(t *testing.T) {
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		file := filepath.Join(w.TempDir(), "a.dng")
		w.check(os.WriteFile(file, []byte("II*\x00N 52.5"), 0o600))
		w.say(bob, alice, "hello")
		s := w.open(60, 15, app.Options{Client: alice, Open: with(bob)})
		s.settle()
		s.vt.Paste(file)
		s.settle()
		s.press("y")
		s.typed("look")
		for _, answer := range []string{"n", "y"} {
			s.press("enter")
			s.settle()
			s.shows("a.dng may tell where and when it was taken", "Send it with that?", "y send it as it is")
			s.press(answer)
			s.settle()
			sent := 0
			if answer == "y" {
				sent = 1
			} else {
				s.shows("look", "a.dng  10 B")
			}
			list, err := alice.Messages(w.Context(), with(bob), messaging.Page{Limit: 10})
			if err != nil || len(list) != 1+sent || len(list[sent].Attachments) != sent {
				w.Errorf("%s: %d messages, %v", answer, len(list), err)
			}
		}
		s.quit()
	})
}

// TestFilesWithoutText: a message of files only is told of by them, in the list
// and where it is answered.
func TestFilesWithoutText(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		talking(t, width, height, func(w *world, s *screen, alice, bob *messaging.Client) {
			send := func(names ...string) {
				w.Helper()
				var d messaging.Draft
				for _, name := range names {
					d.Files = append(d.Files, messaging.File{Name: name, Content: strings.NewReader("some bytes")})
				}
				if _, err := alice.Send(w.Context(), with(bob), d); err != nil {
					w.Fatal(err)
				}
				s.wait()
			}
			list := func(want string) {
				w.Helper()
				s.press("esc", "esc")
				s.shows(want)
				s.press("enter")
			}
			send("build.log")
			list("build.log")
			s.press("esc", "r")
			s.shows("Reply to Alice: build.log")
			s.typed("thanks")
			s.press("enter")
			s.wait()
			s.shows("│ Alice: build.log")
			send("one.txt", "two.txt")
			list("2 files")
		})
	})
}

// TestFullComposer: what is being written leaves room for what is said, however
// much goes with it.
func TestFullComposer(t *testing.T) {
	both(t, func(t *testing.T, width, height int) {
		online(t, func(w *world) {
			alice, bob := w.client("Alice"), w.client("Bob")
			defer alice.Attend()()
			w.say(alice, bob, "hello")
			w.say(bob, alice, "hello")
			home := w.TempDir()
			s := w.open(width, height, app.Options{Client: bob, Open: with(alice), Environ: []string{"HOME=" + home}})
			for _, name := range []string{"one", "two", "three", "four", "five"} {
				w.check(os.WriteFile(filepath.Join(home, name), []byte("x"), 0o600))
				s.press("ctrl+x")
				s.typed("~/" + name)
				s.press("enter")
			}
			s.vt.Paste(strings.Repeat("many words ", 180))
			s.settle()
			rows := 0
			for _, row := range s.rows() {
				if strings.Contains(row, "many words") || strings.Contains(row, "1 B") || strings.Contains(row, "more") {
					rows++
				}
			}
			if most := 8; rows > most {
				w.Errorf("what is written takes %d rows:\n%s", rows, s.text())
			}
			w.say(alice, bob, "still here?")
			s.wait()
			s.shows("still here?")
		})
	})
}
