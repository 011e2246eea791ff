package chat

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"testing"

	"seance/tui/images"
)

// gallery is a look with pictures in blocks.
func gallery(width, height int) Look {
	lk := look(width, height)
	lk.FileHint = "press o to open"
	lk.Pictures = Pictures{
		Store: images.NewStore(1<<20, 0), Support: images.Support{Form: images.HalfBlocks, Colour: images.True},
		Box: images.Box{Columns: 20, Rows: 6}, Hint: "press v to see",
	}
	return lk
}

func pictureFile(content string) File {
	return File{Name: "a.png", Size: 900, Picture: true, Width: 10, Height: 8, Here: content != "", Content: content}
}

func pngOf(t *testing.T, width, height int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{uint8(x * 3), uint8(y * 4), 90, 255})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// blocks counts the rows of a view that have a picture in them.
func blocks(rows []string) (n int) {
	for _, row := range rows {
		if strings.ContainsAny(row, "▀▄") {
			n++
		}
	}
	return n
}

// TestPictureStands: room is kept for a picture before it is made, and nothing
// moves when it is.
func TestPictureStands(t *testing.T) {
	var l List
	lk := gallery(60, 24)
	l.SetLook(lk)
	m := at(1, "Bob", "look")
	m.Files = []File{pictureFile("p")}
	after := at(2, "Bob", "well?")
	l.Reset([]Message{m, after}, true, true)
	before := view(&l)
	list := l.Pictures()
	if len(list) != 1 || list[0].Message != m.Key || list[0].Key.Name != "p" || list[0].Key.Box != (images.Box{Columns: 10, Rows: 4}) || blocks(before) != 0 {
		t.Fatalf("%+v\n%s", list, strings.Join(before, "\n"))
	}
	if err := lk.Pictures.Store.Make(list[0].Key, pngOf(t, 10, 8)); err != nil {
		t.Fatal(err)
	}
	made := view(&l)
	if blocks(made) != 4 || slices.Index(made, "  12:02  well?") != slices.Index(before, "  12:02  well?") {
		t.Errorf("made:\n%s\n\nbefore:\n%s", strings.Join(made, "\n"), strings.Join(before, "\n"))
	}
	lk.Pictures.Store.Forget("p")
	if gone := view(&l); blocks(gone) != 0 {
		t.Errorf("a picture that was forgotten is drawn:\n%s", strings.Join(gone, "\n"))
	}
	deleted := m
	deleted.Deleted, deleted.Text = true, "This message was deleted."
	l.Change(deleted)
	if err := lk.Pictures.Store.Make(list[0].Key, pngOf(t, 10, 8)); err != nil {
		t.Fatal(err)
	}
	if rows := view(&l); blocks(rows) != 0 || len(l.Pictures()) != 0 {
		t.Errorf("a picture that was deleted is drawn:\n%s", strings.Join(rows, "\n"))
	}
}

// TestPictureLines: what is no picture yet, or none, is a line that says why.
func TestPictureLines(t *testing.T) {
	moving, failed, broken, unmeasured := pictureFile(""), pictureFile(""), pictureFile("broken"), pictureFile("p")
	moving.Moving, moving.Done, moving.Total = true, 1, 2
	failed.Failure = "not downloaded: it is gone"
	unmeasured.Width = 0
	for name, c := range map[string]struct {
		file  File
		own   bool
		soon  bool
		want  string // the first row
		rows  int    // that it takes
		asked bool   // it is among the pictures on the screen
	}{
		"a stranger's":       {file: pictureFile(""), want: "[a.png  900 B  press v to see]", rows: 1},
		"a friend's":         {file: pictureFile(""), soon: true, want: "[a.png  900 B]", rows: 4, asked: true},
		"one's own":          {file: pictureFile(""), own: true, want: "[a.png  900 B]", rows: 4, asked: true},
		"on its way":         {file: moving, want: "[a.png  900 B  50 %]", rows: 4, asked: true},
		"failed":             {file: failed, soon: true, want: "[a.png  900 B  not downloaded: it is gone]", rows: 1},
		"no picture":         {file: broken, soon: true, want: "[a.png  900 B  not a picture that Seance can read]", rows: 1},
		"of an unknown size": {file: unmeasured, rows: 6, asked: true},
	} {
		t.Run(name, func(t *testing.T) {
			var l List
			lk := gallery(90, 24)
			lk.Pictures.Soon = c.soon
			l.SetLook(lk)
			m := at(1, "Bob", "")
			m.Files, m.Own = []File{c.file}, c.own
			l.Reset([]Message{m, at(2, "Bob", "well?")}, true, true)
			if list := l.Pictures(); c.file.Content == "broken" && len(list) == 1 {
				if err := lk.Pictures.Store.Make(list[0].Key, []byte("text")); err == nil {
					t.Fatal("it is a picture")
				}
				l.Redraw(m.Key)
			}
			rows := view(&l)
			from := slices.IndexFunc(rows, func(row string) bool { return strings.HasPrefix(row, "  12:01") })
			to := slices.IndexFunc(rows, func(row string) bool { return strings.Contains(row, "well?") })
			if got := strings.TrimSpace(strings.TrimPrefix(rows[from], "  12:01")); got != c.want || to-from != c.rows || (len(l.Pictures()) > 0) != c.asked {
				t.Errorf("%q in %d rows, asked for: %v\n%s", got, to-from, len(l.Pictures()) > 0, strings.Join(rows, "\n"))
			}
		})
	}
}

// TestPicturesOnTheScreen: only those of which a part is visible are asked for,
// and a resize keeps the place.
func TestPicturesOnTheScreen(t *testing.T) {
	var page []Message
	for i := range 50 {
		m := at(i, "Bob", fmt.Sprint("#", i))
		m.Files = []File{pictureFile(fmt.Sprint("p", i)), pictureFile(fmt.Sprint("q", i))}
		page = append(page, m)
	}
	var l List
	l.SetLook(gallery(60, 20))
	l.Reset(page, true, true)
	if list := l.Pictures(); len(list) != 5 || list[4].Key.Name != "q49" {
		t.Errorf("at the end: %+v", list)
	}
	l.ToMessage(page[20].Key)
	before := numbers(&l)
	if list := l.Pictures(); !slices.ContainsFunc(list, func(p Picture) bool { return p.Message == page[20].Key }) || len(list) > 6 {
		t.Errorf("in the middle: %+v", list)
	}
	for _, width := range []int{40, 90, 60} {
		lk := gallery(width, 20)
		lk.Pictures.Box.Columns = width / 5
		l.SetLook(lk)
		if sel, ok := l.Selected(); !ok || sel.Key != page[20].Key || !slices.Contains(numbers(&l), 20) {
			t.Errorf("%d columns: %v is shown, before %v", width, numbers(&l), before)
		}
	}
	l.SetLook(look(60, 20))
	if list := l.Pictures(); len(list) != 0 || blocks(view(&l)) != 0 {
		t.Errorf("without pictures: %+v", list)
	}
}
