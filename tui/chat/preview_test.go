package chat

import (
	"slices"
	"strings"
	"testing"
)

// TestPreviewStands: what is behind a link stands below the text, in few rows and
// safe, and its picture in the last of them.
func TestPreviewStands(t *testing.T) {
	m := at(1, "Bob", "see https://a.example/x")
	image := pictureFile("p")
	image.Index = -1
	m.Preview = &Preview{Host: "a.exam\x1b[2Jple\u202e", Title: "A\x1b[31m title that is much longer than what\nthere is room for in two rows of this", Image: &image}
	m.Files = []File{{Name: "notes.txt", Size: 5}}
	for _, pictures := range []bool{false, true} {
		var l List
		lk := gallery(40, 24)
		if !pictures {
			lk.Pictures = Pictures{}
		}
		l.SetLook(lk)
		l.Reset([]Message{m}, true, true)
		rows := view(&l)
		at := slices.Index(rows, "  12:01  see https://a.example/x")
		want := []string{
			"         │ A title that is much longer",
			"         │ than what there is room fo…",
			"         │ a.example",
		}
		list := l.Pictures()
		if pictures {
			if len(list) != 1 || list[0].File.Index != -1 || list[0].Key.Name != "p" {
				t.Fatalf("%+v", list)
			}
			if err := lk.Pictures.Store.Make(list[0].Key, pngOf(t, 10, 8)); err != nil {
				t.Fatal(err)
			}
			rows = view(&l)
			want = append(want, slices.Repeat([]string{"         │ ▀▀▀▀▀▀▀▀▀▀"}, list[0].Key.Box.Rows)...)
		} else if len(list) != 0 {
			t.Errorf("without pictures: %+v", list)
		}
		want = append(want, "         [notes.txt  5 B  press o…]")
		if got := rows[at+1:]; at < 0 || !slices.Equal(got[:min(len(got), len(want))], want) {
			t.Errorf("drawn as\n%s", strings.Join(rows, "\n"))
		}
	}
}

// TestPreviewChanges: a message is drawn anew when its preview is another one, and
// what was drawn before stays as it was.
func TestPreviewChanges(t *testing.T) {
	m := at(1, "Bob", "https://a.example")
	m.Preview = &Preview{Host: "a.example", Title: "A", Image: &File{Index: -1, Name: "image.jpg", Size: 9, Picture: true}}
	var l List
	l.SetLook(gallery(60, 24))
	l.Reset([]Message{m}, true, true)
	before := strings.Join(view(&l), "\n")
	moving := m.WithFile(-1, func(f *File) { f.Moving, f.Done, f.Total = true, 1, 2 })
	if m.Preview.Image.Moving || len(moving.AllFiles()) != 1 || !moving.AllFiles()[0].Moving {
		t.Fatal("the change went to the wrong message")
	}
	l.Change(moving)
	if now := strings.Join(view(&l), "\n"); now == before || !strings.Contains(now, "50 %") {
		t.Errorf("on its way:\n%s", now)
	}
	m.Preview = &Preview{Host: "a.example"}
	l.Change(m)
	if now := view(&l); slices.Contains(now, "  │ A") || !slices.Contains(now, "         │ a.example") {
		t.Errorf("without a title:\n%s", strings.Join(now, "\n"))
	}
	m.Deleted, m.Text = true, "gone"
	l.Change(m)
	if now := strings.Join(view(&l), "\n"); strings.Contains(now, "a.example") {
		t.Errorf("deleted:\n%s", now)
	}
}
