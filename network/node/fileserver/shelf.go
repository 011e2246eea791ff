package fileserver

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// maxBytes is how much all files together may take.
const maxBytes = 4 << 30

var (
	errFull = errors.New("no room for another file")
	errGone = errors.New("no such file")
)

// file is what is known of a file. On the disk these three numbers, the times
// in microseconds, stand before the content, so that each file is kept or lost
// as a whole and no list of them can be wrong.
type file struct {
	uploaded, expires time.Time
	size              int64
}

const headSize = 3 * 8

func (f file) head() []byte {
	b := make([]byte, 0, headSize)
	for _, n := range []int64{f.uploaded.UnixMicro(), f.expires.UnixMicro(), f.size} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return b
}

func readHead(path string) (f file, err error) {
	r, err := os.Open(path)
	if err != nil {
		return f, err
	}
	defer r.Close()
	var b [headSize]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return f, errGone // a torn file
	}
	n := func(at int) int64 { return int64(binary.BigEndian.Uint64(b[at:])) }
	f = file{time.UnixMicro(n(0)), time.UnixMicro(n(8)), n(16)}
	if i, err := r.Stat(); err != nil || i.Size()-headSize != f.size {
		return f, errGone
	}
	return f, nil
}

// shelf holds the files of a directory. Names come from it alone: nothing is
// looked for on the disk that is not known.
type shelf struct {
	dir string

	mu    sync.Mutex // guards the fields below, and changes of files that are known
	files map[string]file
	bytes int64
}

const partial = ".partial"

// openShelf finds the files in dir and removes what is incomplete or expired.
func openShelf(dir string, now time.Time) (*shelf, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	s := &shelf{dir: dir, files: map[string]file{}}
	for _, e := range entries {
		path := s.path(e.Name())
		f, err := readHead(path)
		switch {
		case errors.Is(err, errGone), err == nil && (!f.expires.After(now) || strings.HasSuffix(path, partial)):
			err = os.Remove(path)
		case err == nil:
			s.files[e.Name()] = f
			s.bytes += f.size
		}
		if err != nil {
			return nil, fmt.Errorf("files: %w", err)
		}
	}
	return s, nil
}

func (s *shelf) path(id string) string { return filepath.Join(s.dir, id) }

// put keeps a file, or renews one that is there already: it is new then, and
// lives as long as the longer of both would have.
func (s *shelf) put(id string, body []byte, now, expires time.Time) (file, error) {
	if _, ok := s.get(id, now); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.renew(id, now, expires)
	}
	f := file{now, expires, int64(len(body))}
	name, err := s.write(f, body) // others need not wait for the disk
	if err != nil {
		return file{}, fmt.Errorf("files: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch old, ok := s.files[id]; {
	case ok && old.expires.After(now): // uploaded twice at a time
		if err := os.Remove(name); err != nil {
			return file{}, fmt.Errorf("files: %w", err)
		}
		return s.renew(id, now, expires)
	case s.bytes+f.size > maxBytes:
		return file{}, errors.Join(errFull, os.Remove(name))
	}
	if err := os.Rename(name, s.path(id)); err != nil {
		return file{}, fmt.Errorf("files: %w", err)
	}
	s.bytes += f.size - s.files[id].size
	s.files[id] = f
	return f, nil
}

// write writes a file that has no name yet. It is not forced to the disk: after
// a power failure one that is torn is found out.
func (s *shelf) write(f file, body []byte) (name string, err error) {
	w, err := os.CreateTemp(s.dir, "*"+partial) // 0600
	if err != nil {
		return "", err
	}
	_, err = w.Write(f.head())
	if err == nil {
		_, err = w.Write(body)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		os.Remove(w.Name())
	}
	return w.Name(), err
}

// renew changes the times of a file, without ever shortening its life. The
// caller holds mu.
func (s *shelf) renew(id string, uploaded, expires time.Time) (file, error) {
	f, ok := s.files[id]
	if !ok {
		return f, errGone
	}
	f.uploaded = uploaded
	if expires.After(f.expires) {
		f.expires = expires
	}
	w, err := os.OpenFile(s.path(id), os.O_WRONLY, 0)
	if err != nil {
		return f, fmt.Errorf("files: %w", err)
	}
	_, err = w.WriteAt(f.head(), 0)
	if err = errors.Join(err, w.Close()); err != nil {
		return f, fmt.Errorf("files: %w", err)
	}
	s.files[id] = f
	return f, nil
}

// extend lets a file live until expires, if that is later.
func (s *shelf) extend(id string, expires time.Time) (file, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.renew(id, s.files[id].uploaded, expires)
}

// get is what is known of a file that has not expired.
func (s *shelf) get(id string, now time.Time) (file, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.files[id]
	return f, ok && f.expires.After(now)
}

// read reads a file that get has found. One that was removed since is an error.
func (s *shelf) read(id string, f file) ([]byte, error) {
	r, err := os.Open(s.path(id))
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	defer r.Close()
	body := make([]byte, f.size)
	if _, err := r.ReadAt(body, headSize); err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	return body, nil
}

// sweep removes expired files.
func (s *shelf) sweep(now time.Time) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, f := range s.files {
		if f.expires.After(now) {
			continue
		}
		if failed := os.Remove(s.path(id)); failed != nil && !errors.Is(failed, os.ErrNotExist) {
			err = failed // tried again by the next one
			continue
		}
		delete(s.files, id)
		s.bytes -= f.size
	}
	return err
}
