package images

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"seance/tui/paint"
)

func TestStore(t *testing.T) {
	data := asPNG(t, photo(64, 32))
	support := Support{Form: Kitty, Cell: usual}
	key := func(name string) Key { return Key{name, support.Fit(64, 32, Box{40, 10}), support} }
	s := NewStore(1<<20, paint.PictureIDs-1)
	if p, err := s.Get(key("a")); p != nil || err != nil {
		t.Fatalf("before it is made: %v, %v", p, err)
	}
	for _, name := range []string{"a", "b"} {
		if err := s.Make(key(name), data); err != nil {
			t.Fatal(err)
		}
	}
	a, err := s.Get(key("a"))
	if err != nil || len(a.Rows()) != 2 || a.Box != (Box{8, 2}) {
		t.Fatalf("%+v, %v", a, err)
	}
	b, _ := s.Get(key("b"))
	if a.cells.ID != paint.PictureIDs-1 || b.cells.ID != 0 {
		t.Errorf("ids %d and %d", a.cells.ID, b.cells.ID)
	}
	if got := s.Shown(); !slices.Equal(got, []*paint.Picture{a.cells, b.cells}) {
		t.Errorf("shown: %v", got)
	}
	if got := s.Shown(); len(got) != 0 {
		t.Errorf("nothing was asked for: %v", got)
	}
	if err := s.Make(key("a"), nil); err != nil {
		t.Errorf("made twice: %v", err)
	}
	if again, _ := s.Get(key("a")); again != a {
		t.Error("it was made anew")
	}
	if err := s.Make(key("bad"), []byte("text")); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
	if p, err := s.Get(key("bad")); p != nil || !errors.Is(err, ErrFormat) {
		t.Errorf("what cannot be shown: %v, %v", p, err)
	}
	if err := s.Make(Key{Name: "none", Support: support}, data); err == nil {
		t.Error("a picture without room was made")
	}
}

// TestStoreIsBounded: what was used last stays, and the bytes are counted.
func TestStoreIsBounded(t *testing.T) {
	data := asPNG(t, grain(photo(160, 160)))
	for _, form := range []Form{HalfBlocks, Sixel, Kitty} {
		support := Support{Form: form, Cell: usual, Colour: True}
		key := func(i int) Key { return Key{fmt.Sprint(i), support.Fit(160, 160, Box{20, 10}), support} }
		s := NewStore(200_000, 0)
		made := 0
		for i := range 1000 {
			s.Shown()
			if err := s.Make(key(i), data); err != nil {
				t.Fatal(err)
			}
			if p, _ := s.Get(key(0)); p == nil {
				t.Fatalf("form %d: the picture in use went with %d", form, i)
			}
			if made = s.used.Len(); made < i+1 {
				break
			}
		}
		if p, _ := s.Get(key(1)); p != nil {
			t.Errorf("form %d: the picture not in use stays", form)
		}
		p, _ := s.Get(key(0))
		if len(s.byKey) != s.used.Len() || s.bytes > s.most || s.bytes < s.most/2 || s.bytes < made*p.size*98/100 { // numbers of pictures are longer and shorter
			t.Errorf("form %d: %d pictures of %d bytes are counted as %d", form, made, p.size, s.bytes)
		}
	}
}

// TestShownStays: what is on the screen is not dropped, however much it is.
func TestShownStays(t *testing.T) {
	data := asPNG(t, grain(photo(160, 160)))
	support := Support{Form: HalfBlocks, Colour: True}
	s := NewStore(1000, 0)
	key := func(i int) Key { return Key{fmt.Sprint(i), support.Fit(160, 160, Box{20, 10}), support} }
	for range 3 {
		for i := range 8 {
			if p, _ := s.Get(key(i)); p == nil {
				if err := s.Make(key(i), data); err != nil {
					t.Fatal(err)
				}
			}
		}
		s.Shown()
	}
	for i := range 8 {
		if p, _ := s.Get(key(i)); p == nil {
			t.Errorf("picture %d is gone", i)
		}
	}
	s.Shown()
	s.Shown()
	if err := s.Make(key(9), data); err != nil || s.used.Len() != 1 {
		t.Errorf("%d pictures that nobody looks at are kept, %v", s.used.Len(), err)
	}
}

// TestForget: what is forgotten is made anew, and the terminal's are told.
func TestForget(t *testing.T) {
	data := asPNG(t, photo(64, 32))
	support := Support{Form: Kitty, Cell: usual}
	s := NewStore(1<<20, 0)
	key := func(name string, columns int) Key { return Key{name, support.Fit(64, 32, Box{columns, 10}), support} }
	for _, k := range []Key{key("m1/a", 8), key("m1/a", 4), key("m1/b", 8), key("m12/a", 8)} {
		if err := s.Make(k, data); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Make(key("m1/c", 8), nil); err == nil {
		t.Fatal("nothing is a picture")
	}
	if known := s.Forget("m1/"); len(known) != 3 {
		t.Errorf("the terminal knows %d of them", len(known))
	}
	if p, err := s.Get(key("m1/c", 8)); p != nil || err != nil {
		t.Errorf("a failure stays: %v", err)
	}
	if p, _ := s.Get(key("m12/a", 8)); p == nil || s.used.Len() != 1 || len(s.byKey) != 1 {
		t.Errorf("of one picture %d are left", s.used.Len())
	}
	if s.Forget(""); s.bytes != 0 || s.used.Len() != 0 {
		t.Errorf("%d bytes of nothing", s.bytes)
	}
	why := errors.New("it is lost")
	s.Refuse(key("x", 8), why)
	if _, err := s.Get(key("x", 8)); !errors.Is(err, why) {
		t.Errorf("refused: %v", err)
	}
	if err := s.Make(key("x", 8), data); !errors.Is(err, why) {
		t.Errorf("made: %v", err)
	}
}

// TestStoreOfMany: pictures are made and asked for from several goroutines.
func TestStoreOfMany(t *testing.T) {
	data := asPNG(t, photo(16, 16))
	support := Support{Form: Kitty, Cell: usual}
	s := NewStore(20_000, 0)
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range 50 {
				k := Key{fmt.Sprint((g + i) % 20), Box{2, 1}, support}
				if err := s.Make(k, data); err != nil {
					t.Error(err)
				}
				_, _ = s.Get(k)
				s.Shown()
			}
		})
	}
	all.Wait()
}

func TestViewer(t *testing.T) {
	for _, tt := range []struct {
		setting []string
		system  string
		want    []string
	}{
		{nil, "linux", []string{"xdg-open", "/d/a b.jpg"}},
		{nil, "darwin", []string{"open", "/d/a b.jpg"}},
		{[]string{"feh", "-F"}, "linux", []string{"feh", "-F", "/d/a b.jpg"}},
		{[]string{"sh", "{}", "--name={}x"}, "linux", []string{"sh", "/d/a b.jpg", "--name=/d/a b.jpgx"}},
		{[]string{"{}"}, "linux", []string{"{}", "/d/a b.jpg"}},
	} {
		if got := Viewer(tt.setting, tt.system, "/d/a b.jpg"); !slices.Equal(got, tt.want) {
			t.Errorf("%q on %s: %q", tt.setting, tt.system, got)
		}
	}
}
