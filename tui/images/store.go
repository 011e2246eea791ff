package images

import (
	"container/list"
	"errors"
	"strings"
	"sync"

	"seance/tui/paint"
)

// Key names a picture as it is shown: what it is of, how large, and for what
// terminal.
type Key struct {
	Name    string // of the content, never to be used for another
	Box     Box    // see Support.Fit
	Support Support
}

// Store makes pictures and keeps those used last, up to a number of bytes. What
// is on the screen stays in any case: it would be made again and again.
type Store struct {
	most   int
	making sync.Mutex // one picture at a time is decoded: each may take much memory

	mu    sync.Mutex
	next  paint.PictureID
	bytes int
	used  list.List // of *entry, the last used at the front
	byKey map[Key]*list.Element
	shown []*paint.Picture // asked for since Shown
	frame int              // counts the calls of Shown
}

type entry struct {
	key     Key
	picture *Picture
	err     error // why there is none
	frame   int   // in which it was used last
}

// NewStore keeps pictures of at most so many bytes. The ids that it gives them
// on the screen start at a number that is best a random one: what else runs in
// the terminal has ids too.
func NewStore(bytes int, first paint.PictureID) *Store {
	return &Store{most: bytes, next: first % paint.PictureIDs, byKey: make(map[Key]*list.Element)}
}

// Get is a picture that was made. An error says why it cannot be shown, for
// good; neither is there if it has to be made, perhaps once more. A picture
// that is on the screen is to be asked for in every frame: see Shown.
func (s *Store) Get(key Key) (*Picture, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(key)
	if e == nil {
		return nil, nil
	}
	if e.picture != nil && e.picture.cells != nil {
		s.shown = append(s.shown, e.picture.cells)
	}
	return e.picture, e.err
}

// find looks a picture up and counts that as a use.
func (s *Store) find(key Key) *entry {
	element := s.byKey[key]
	if element == nil {
		return nil
	}
	s.used.MoveToFront(element)
	e := element.Value.(*entry)
	e.frame = s.frame
	return e
}

// Shown are the pictures that Get returned since the last call: what the frame
// that was put together since then needs.
func (s *Store) Shown() []*paint.Picture {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := s.shown
	s.shown = nil
	s.frame++
	return shown
}

// Make makes a picture of a file's content, if it is not made already. That
// takes up to a second, so it is not to be called where keys are waited for.
// The errors are those of Decode, and are remembered.
func (s *Store) Make(key Key, data []byte) error {
	s.making.Lock()
	defer s.making.Unlock()
	s.mu.Lock()
	e, id := s.find(key), s.next
	s.mu.Unlock()
	if e != nil {
		return e.err
	}
	p, err := create(key, id, data)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = (s.next + 1) % paint.PictureIDs
	s.put(&entry{key: key, picture: p, err: err})
	return err
}

var errNoBox = errors.New("there is no room for the picture")

func create(key Key, id paint.PictureID, data []byte) (*Picture, error) {
	if key.Box.Columns <= 0 || key.Box.Rows <= 0 || key.Support.Form == Nothing {
		return nil, errNoBox
	}
	img, err := Decode(data)
	if err != nil {
		return nil, err
	}
	return render(img, id, key.Box, key.Support)
}

func (s *Store) put(e *entry) {
	e.frame = s.frame
	s.byKey[e.key] = s.used.PushFront(e)
	s.bytes += e.size()
	for s.bytes > s.most {
		last := s.used.Back().Value.(*entry)
		if last.frame >= s.frame-1 {
			return // it is, or was just now, on the screen
		}
		s.used.Remove(s.used.Back())
		delete(s.byKey, last.key)
		s.bytes -= last.size()
	}
}

// Refuse remembers why there is no picture, for good: what it would be made of
// cannot be had.
func (s *Store) Refuse(key Key, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byKey[key] == nil {
		s.put(&entry{key: key, err: why})
	}
}

// Forget drops the pictures of which the name begins with a prefix, and tells
// those that a terminal may know.
func (s *Store) Forget(prefix string) (known []*paint.Picture) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, element := range s.byKey {
		if !strings.HasPrefix(key.Name, prefix) {
			continue
		}
		e := s.used.Remove(element).(*entry)
		delete(s.byKey, key)
		s.bytes -= e.size()
		if e.picture != nil && e.picture.cells != nil {
			known = append(known, e.picture.cells)
		}
	}
	return known
}

// size is about what an entry takes.
func (e *entry) size() int {
	const overhead = 512
	if e.picture == nil {
		return overhead
	}
	return overhead + e.picture.size
}
