package app_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"seance/messaging"
	"seance/store"
	"seance/tui/app"
)

// showing is a terminal that can show pictures, and what it was told of them.
type showing struct {
	*screen
	mu    sync.Mutex
	known map[string]bool // kitty's pictures, by their ids
	sent  int             // how many were sent
	drawn int             // sixel pictures

	wrapped bool // something was to get past tmux,
	passed  bool // something was not
}

// kitty has the terminal answer as kitty does.
func (g *showing) kitty(s *screen) {
	g.screen = s
	g.answers('q', '>', "\x1bP>|kitty(0.36.4)\x1b\\")
	g.answers('c', 0, "\x1b[?62;c")
	g.cells()
	s.vt.RegisterApcHandler(func(data []byte) bool { return g.graphics(string(data)) })
}

// tmux stands before a kitty and lets its sequences through.
func (g *showing) tmux(s *screen) {
	g.screen = s
	g.answers('q', '>', "\x1bP>|tmux 3.5\x1b\\")
	g.answers('c', 0, "\x1b[?1;2c")
	g.cells()
	// The emulator takes what is wrapped for a sequence of its own.
	s.vt.RegisterApcHandler(func(data []byte) bool { return g.graphics(string(data)) })
	s.vt.RegisterDcsHandler('t', func(_ ansi.Params, data []byte) bool {
		g.mu.Lock()
		g.wrapped = g.wrapped || string(data) == "mux;"
		g.mu.Unlock()
		return true
	})
}

// sixel has the terminal answer as xterm does.
func (g *showing) sixel(s *screen) {
	g.screen = s
	g.answers('q', '>', "\x1bP>|XTerm(390)\x1b\\")
	g.answers('c', 0, "\x1b[?63;1;2;4;6c")
	g.cells()
	s.vt.RegisterDcsHandler('q', func(ansi.Params, []byte) bool {
		g.mu.Lock()
		g.drawn++
		g.mu.Unlock()
		return true
	})
}

// plain knows nothing but colours.
func (g *showing) plain(s *screen) { g.screen = s }

// answers has a question answered.
func (g *showing) answers(final, prefix byte, answer string) {
	g.vt.RegisterCsiHandler(ansi.Command(prefix, 0, final), func(ansi.Params) bool {
		_, err := io.WriteString(g.vt.InputPipe(), answer)
		return err == nil
	})
}

// cells tells the size of a cell.
func (g *showing) cells() {
	g.vt.RegisterCsiHandler('t', func(p ansi.Params) bool {
		if n, _, _ := p.Param(0, 0); n == 16 {
			_, _ = io.WriteString(g.vt.InputPipe(), "\x1b[6;20;10t")
		}
		return true
	})
}

var option = regexp.MustCompile(`(?:^G|,)([a-zA-Z])=([^,;]*)`)

// graphics takes a command of kitty's protocol.
func (g *showing) graphics(data string) bool {
	options := map[string]string{}
	head, _, _ := strings.Cut(data, ";")
	for _, o := range option.FindAllStringSubmatch(head, -1) {
		options[o[1]] = o[2]
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known == nil {
		g.known = map[string]bool{}
	}
	g.passed = g.passed || !g.wrapped
	switch options["a"] {
	case "q":
		_, _ = io.WriteString(g.vt.InputPipe(), "\x1b_Gi="+options["i"]+";OK\x1b\\")
	case "T":
		g.known[options["i"]] = true
		g.sent++
	case "d":
		delete(g.known, options["i"])
	}
	return true
}

func (g *showing) counts() (known, sent, drawn int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.known), g.sent, g.drawn
}

// pictureRows are the rows of the screen on which cells of a picture are, of
// kitty's or of blocks.
func (s *screen) pictureRows() (rows []int) {
	for y := range s.vt.Height() {
		for x := range s.vt.Width() {
			c := s.vt.CellAt(x, y)
			if c != nil && (strings.HasPrefix(c.Content, "\U0010eeee") || c.Style.Bg != nil || c.Content == "▀" || c.Content == "▄") {
				rows = append(rows, y)
				break
			}
		}
	}
	return rows
}

// photo is a picture as a file to send.
func photo(t *testing.T, width, height int) messaging.File {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{uint8(40 + x%200), uint8(40 + y%200), 120, 255})
		}
	}
	var data bytes.Buffer
	if err := png.Encode(&data, img); err != nil {
		t.Fatal(err)
	}
	return messaging.File{Name: "photo.png", Content: &data}
}

// sendPhoto has one client send a picture to another.
func (w *world) sendPhoto(from, to *messaging.Client, text string) {
	w.Helper()
	m, err := from.Send(w.Context(), with(to), messaging.Draft{Text: text, Files: []messaging.File{photo(w.T, 320, 200)}})
	if err == nil {
		m, err = from.Wait(w.Context(), m.ID())
	}
	if err != nil || m.State != "sent" {
		w.Fatalf("the picture is %s %s, %v", m.State, m.Failure, err)
	}
	time.Sleep(10 * time.Second)
}

// here reports whether the file of the newest message is on the device.
func (w *world) here(c, from *messaging.Client) bool {
	w.Helper()
	list, err := c.Messages(w.Context(), with(from), messaging.Page{Limit: 1})
	if err != nil || len(list) != 1 || len(list[0].Attachments) != 1 {
		w.Fatalf("%d messages, %v", len(list), err)
	}
	return list[0].Attachments[0].File != ""
}

var truecolour = []string{"TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8"}

// TestPictures: a friend's picture is fetched and shown as the terminal can,
// leaves with what covers it, comes back in another size, and nothing of it is
// left when its message is gone or the screen is closed.
func TestPictures(t *testing.T) {
	for name, prepare := range map[string]func(*showing) func(*screen){
		"kitty":       func(g *showing) func(*screen) { return g.kitty },
		"tmux":        func(g *showing) func(*screen) { return g.tmux },
		"sixel":       func(g *showing) func(*screen) { return g.sixel },
		"half blocks": func(g *showing) func(*screen) { return g.plain },
	} {
		t.Run(name, func(t *testing.T) {
			online(t, func(w *world) {
				alice, bob := w.client("Alice"), w.client("Bob")
				w.say(alice, bob, "how is it there?")
				g := &showing{}
				s := w.open(120, 36, app.Options{Client: alice, Open: with(bob), Environ: truecolour}, prepare(g))
				if rows := s.pictureRows(); len(rows) > 0 {
					t.Fatalf("a picture in rows %v before there is one", rows)
				}
				w.sendPhoto(bob, alice, "like this")
				s.settle()
				if !w.here(alice, bob) {
					t.Fatalf("the picture was not fetched:\n%s", s.text())
				}
				s.hides("photo.png")
				visible := func(want int) {
					t.Helper()
					known, _, drawn := g.counts()
					rows := len(s.pictureRows())
					switch {
					case name == "sixel" && (rows != 0 || want > 0 && drawn == 0):
						t.Fatalf("%d pictures are drawn, %d rows have cells\n%s", drawn, rows, s.text())
					case name != "sixel" && rows != want:
						t.Fatalf("the picture has %d rows, want %d\n%s", rows, want, s.text())
					case (name == "kitty" || name == "tmux") && known == 0 && want > 0:
						t.Fatal("the terminal does not know the picture")
					}
				}
				if g.mu.Lock(); name == "tmux" && g.passed {
					t.Error("tmux is to take what is for the terminal")
				}
				g.mu.Unlock()
				high := 10 // of 200 pixels, 20 each
				if name == "half blocks" {
					high = 14 // as much as there may be
				}
				visible(high)
				s.press("ctrl+k")
				visible(0)
				s.press("esc")
				visible(high)
				_, sent, drawn := g.counts()
				s.typed("words")
				if _, now, again := g.counts(); now != sent || again != drawn {
					t.Errorf("typing sent %d pictures and drew %d", now-sent, again-drawn)
				}
				s.resize(60, 15)
				visible(6)
				s.press("pgup", "pgup", "pgup")
				s.resize(120, 36)
				visible(high)
				s.press("esc", "v")
				s.shows("photo.png")
				s.press("esc")

				list, err := alice.Messages(w.Context(), with(bob), messaging.Page{Limit: 1})
				w.check(err)
				w.check(alice.Delete(w.Context(), list[0].ID(), messaging.ForMe))
				s.settle()
				visible(0)
				if known, _, _ := g.counts(); known != 0 {
					t.Errorf("the terminal still knows %d pictures of a message that is gone", known)
				}
				w.sendPhoto(bob, alice, "once more")
				s.settle()
				visible(high)
				s.quit()
				if known, _, _ := g.counts(); known != 0 {
					t.Errorf("the terminal still knows %d pictures", known)
				}
			})
		})
	}
}

// TestPictureOfStranger: it waits until it is asked for.
func TestPictureOfStranger(t *testing.T) {
	online(t, func(w *world) {
		alice, eve := w.client("Alice"), w.client("Eve")
		w.sendPhoto(eve, alice, "look")
		s := w.open(100, 30, app.Options{Client: alice, Open: with(eve), Environ: truecolour})
		s.settle()
		s.shows("[photo.png", "press v to trust and show")
		if w.here(alice, eve) || len(s.pictureRows()) > 0 {
			t.Fatal("the picture was fetched before anybody wanted it")
		}
		s.press("esc", "v")
		time.Sleep(5 * time.Second)
		s.settle()
		if !w.here(alice, eve) || len(s.pictureRows()) < 10 {
			t.Fatalf("the picture is not shown:\n%s", s.text())
		}
		s.press("esc")
		s.hides("press v to trust")
		if len(s.pictureRows()) == 0 {
			t.Fatalf("the picture is not shown in the chat:\n%s", s.text())
		}
	})
}

// TestNoPicture: what says that it is one need not be one.
func TestNoPicture(t *testing.T) {
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		w.say(alice, bob, "hello")
		good := photo(t, 64, 64)
		data, err := io.ReadAll(good.Content)
		w.check(err)
		broken := slices.Clone(data)
		for i := len(data) / 2; i < len(data); i++ {
			broken[i] ^= 0x55
		}
		m, err := bob.Send(w.Context(), with(alice), messaging.Draft{Files: []messaging.File{{Name: "broken.png", Content: bytes.NewReader(broken), AsIs: true}}})
		w.check(err)
		if _, err := bob.Wait(w.Context(), m.ID()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		s := w.open(120, 36, app.Options{Client: alice, Open: with(bob), Environ: truecolour})
		time.Sleep(5 * time.Second)
		s.settle()
		s.shows("[broken.png", "not a picture")
		if rows := s.pictureRows(); len(rows) > 0 {
			t.Errorf("a picture in rows %v", rows)
		}
	})
}

// TestPicturesOff: without pictures lines stand for them, and nothing is fetched
// or asked; they can be switched on.
func TestPicturesOff(t *testing.T) {
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		w.say(alice, bob, "hello")
		w.sendPhoto(bob, alice, "look")
		for name, o := range map[string]app.Options{"off": {NoImages: true}, "a slow link": {SlowLink: true}} {
			g := &showing{}
			o.Client, o.Open, o.Environ = alice, with(bob), truecolour
			s := w.open(120, 36, o, g.kitty)
			s.shows("[photo.png", "press o to open")
			if w.here(alice, bob) || len(s.pictureRows()) > 0 {
				t.Errorf("%s: a picture is shown:\n%s", name, s.text())
			}
			s.quit()
		}
		g := &showing{}
		s := w.open(120, 36, app.Options{Client: alice, Open: with(bob), Environ: truecolour, NoImages: true}, g.kitty)
		s.press("esc", "S")
		s.typed("pictures")
		s.shows("Pictures on this screen", "off")
		s.press("enter")
		s.shows("shown")
		s.press("esc")
		time.Sleep(5 * time.Second)
		s.settle()
		if known, _, _ := g.counts(); known != 1 || len(s.pictureRows()) != 10 {
			t.Errorf("%d pictures, rows %v:\n%s", known, s.pictureRows(), s.text())
		}
	})
}

// TestViewer: a file is opened with the program of the user, which gets its path.
func TestViewer(t *testing.T) {
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		w.say(alice, bob, "hello")
		w.sendPhoto(bob, alice, "look https://a.example")
		dir := w.TempDir()
		s := w.open(100, 30, app.Options{
			Client: alice, Open: with(bob), Environ: truecolour, Downloads: dir,
			Viewer: []string{"/bin/sh", "-c", `printf '%s' "$1" > "$0"`, filepath.Join(dir, "told"), "{}"},
		})
		s.press("esc", "?")
		help := s.text()
		for range 3 {
			s.press("pgdown")
			help += s.text()
		}
		for _, key := range []string{"O             Open a link of the message", "S             Settings of the conversation"} {
			if !strings.Contains(help, key) {
				t.Errorf("the help lacks %q:\n%s", key, help)
			}
		}
		s.press("esc", "s")
		s.settle()
		s.shows("Saved as ")
		s.press("o")
		s.settle()
		s.shows("Opening ")
		told, err := os.ReadFile(filepath.Join(dir, "told"))
		if want := filepath.Join(dir, "photo (2).png"); err != nil || string(told) != want {
			t.Errorf("the viewer was given %q, %v", told, err)
		}
		s.press("S")
		s.shows("Settings of Bob")
	})
}

// TestFaces: people's pictures stand on the pages about them.
func TestFaces(t *testing.T) {
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		for _, c := range []*messaging.Client{alice, bob} {
			data, err := io.ReadAll(photo(t, 200, 200).Content)
			w.check(err)
			w.check(c.SetPicture(w.Context(), data))
		}
		w.say(alice, bob, "hello")
		w.say(bob, alice, "hello")
		time.Sleep(10 * time.Second)
		for _, size := range [][2]int{{120, 40}, {60, 15}} {
			s := w.open(size[0], size[1], app.Options{Client: alice, Environ: truecolour})
			if size[0] > 100 {
				s.press("esc", "esc")
			}
			for _, key := range []string{"i", "A"} {
				s.press(key)
				time.Sleep(5 * time.Second)
				s.settle()
				if size[0] < 100 {
					s.press("pgdown", "pgdown")
				}
				if rows := s.pictureRows(); len(rows) != 10 && len(rows) != 6 {
					t.Errorf("%v: after %s rows %v have a picture:\n%s", size, key, rows, s.text())
				}
				s.press("esc")
				if rows := s.pictureRows(); len(rows) > 0 {
					t.Errorf("%v: a picture stays in rows %v", size, rows)
				}
			}
			s.quit()
		}
	})
}

// TestEnclosedFilesStay: what was attached is there when one comes back.
func TestEnclosedFilesStay(t *testing.T) {
	offline(t, func(w *world) {
		alice, bob, eve := w.client("Alice"), w.still("Bob"), w.still("Eve")
		w.writes(alice, bob, "hi")
		w.writes(alice, eve, "hi")
		dir := w.TempDir()
		for i := range 3 {
			w.check(os.WriteFile(filepath.Join(dir, fmt.Sprint(i, ".log")), []byte("x"), 0o600))
		}
		for _, size := range [][2]int{{120, 36}, {60, 15}} {
			s := w.open(size[0], size[1], app.Options{Client: alice, Open: with(bob)})
			for i := range 2 {
				s.press("ctrl+x")
				s.typed(filepath.Join(dir, fmt.Sprint(i, ".log")))
				s.press("enter")
			}
			s.shows("0.log  1 B", "1.log  1 B")
			s.press("ctrl+k")
			s.typed(eve.Self().Account.String()[:8])
			s.press("enter")
			s.hides("0.log")
			if size[0] > 100 {
				s.shows("Draft: 2 files")
			}
			s.press("ctrl+x")
			s.typed(filepath.Join(dir, "2.log"))
			s.press("enter")
			s.press("ctrl+k")
			s.typed(bob.Self().Account.String()[:8])
			s.press("enter")
			s.shows("0.log  1 B", "1.log  1 B")
			s.hides("2.log")
			s.press("esc", "esc")
			s.press("enter")
			s.shows("1.log  1 B")
			s.quit()
		}
	})
}

// TestExpiredPicture: a picture goes with its message, wherever it is shown.
func TestExpiredPicture(t *testing.T) {
	online(t, func(w *world) {
		alice, bob := w.client("Alice"), w.client("Bob")
		w.say(alice, bob, "hello")
		w.say(bob, alice, "hello")
		for _, page := range []bool{false, true} {
			g := &showing{}
			s := w.open(120, 36, app.Options{Client: alice, Open: with(bob), Environ: truecolour}, g.kitty)
			draft := messaging.Draft{
				Text: "for a minute", Files: []messaging.File{photo(t, 320, 200)},
				Expire: &store.Timer{Mode: store.ExpireAfterSend, Seconds: 60},
			}
			if _, err := bob.Send(w.Context(), with(alice), draft); err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Second)
			s.settle()
			if page {
				s.press("esc", "v")
				s.shows("s save   Esc back")
			}
			if known, _, _ := g.counts(); known == 0 || len(s.pictureRows()) < 10 {
				t.Fatalf("%d pictures, in rows %v:\n%s", known, s.pictureRows(), s.text())
			}
			time.Sleep(50 * time.Second)
			s.settle()
			s.hides("for a minute", "photo.png")
			if known, _, _ := g.counts(); known != 0 || len(s.pictureRows()) > 0 {
				t.Errorf("after its time: %d pictures, in rows %v:\n%s", known, s.pictureRows(), s.text())
			}
			s.quit()
		}
	})
}

// TestOwnPicture: it is changed on the page about the account, and taken away.
func TestOwnPicture(t *testing.T) {
	online(t, func(w *world) {
		alice, dir := w.client("Alice"), w.TempDir()
		data, err := io.ReadAll(photo(t, 200, 100).Content)
		w.check(err)
		for name, content := range map[string][]byte{"me.png": data, "none.png": []byte("no picture")} {
			w.check(os.WriteFile(filepath.Join(dir, name), content, 0o600))
		}
		s := w.open(120, 40, app.Options{Client: alice, Environ: truecolour, Dir: dir})
		s.press("esc", "A", "i")
		s.shows("Your picture")
		for _, wrong := range []string{"gone.png", "none.png"} {
			s.typed(wrong)
			s.press("enter")
			time.Sleep(5 * time.Second)
			s.settle()
			s.shows(wrong, "Your picture")
			for range len(wrong) {
				s.press("backspace")
			}
		}
		s.typed("m")
		s.press("tab", "enter")
		time.Sleep(5 * time.Second)
		s.settle()
		s.shows("Your account")
		if rows := s.pictureRows(); len(rows) != 10 || alice.Self().Picture.URL == "" {
			t.Errorf("the picture is in rows %v:\n%s", rows, s.text())
		}
		s.press("i", "enter")
		time.Sleep(5 * time.Second)
		s.settle()
		s.shows("Your account")
		if rows := s.pictureRows(); len(rows) != 0 || alice.Self().Picture.URL != "" {
			t.Errorf("the picture is in rows %v:\n%s", rows, s.text())
		}
	})
}
