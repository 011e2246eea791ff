package export

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
)

// Directory is where conversations are exported to, a file each, with a folder
// for the attachments of each that has some.
type Directory struct{ root *os.Root }

// OpenDirectory opens a directory for exports, and makes one that only its
// owner can read if there is none. A directory that is there keeps its mode.
func OpenDirectory(name string) (*Directory, error) {
	if err := os.MkdirAll(name, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory for the export: %w", err)
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, fmt.Errorf("open the directory for the export: %w", err)
	}
	return &Directory{root}, nil
}

// Close gives the directory back.
func (d *Directory) Close() error { return d.root.Close() }

// mostNames is how many exports of one name fit into a directory.
const mostNames = 10000

// Write exports a conversation with its attachments, and tells the name of the
// file that it made. Where one of that name is, the new one gets a number. An
// export that fails leaves nothing. An attachment that cannot be read is
// counted, and fails nothing.
func (d *Directory) Write(c Conversation, o Options) (name string, count Count, err error) {
	f, stem, err := d.create(c, o.Format)
	if err != nil {
		return "", count, fmt.Errorf("make a file for the export: %w", err)
	}
	name = stem + "." + ending(o.Format)
	s := saver{d.root, stem + "-files", o.Open, false}
	count, err = write(f, c, o, s.save)
	if err = errors.Join(err, f.Close()); err != nil {
		err = errors.Join(err, d.root.Remove(name), s.undo())
		return "", Count{}, err
	}
	return name, count, nil
}

func ending(f Format) string {
	if f == Text {
		return "txt"
	}
	return string(f)
}

// create makes a file whose name, and that of whose folder, are free.
func (d *Directory) create(c Conversation, format Format) (*os.File, string, error) {
	name := safeName(c.Title)
	if name == "" {
		name = safeName(id.Shorten(string(c.ID)))
	}
	stem := name
	for n := 2; n <= mostNames; n++ {
		if _, err := d.root.Lstat(stem + "-files"); errors.Is(err, fs.ErrNotExist) {
			f, err := d.root.OpenFile(stem+"."+ending(format), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if !errors.Is(err, fs.ErrExist) {
				return f, stem, err
			}
		} else if err != nil {
			return nil, "", err
		}
		stem = name + "-" + strconv.Itoa(n)
	}
	return nil, "", fmt.Errorf("there are %d files called %s already", mostNames, name)
}

// saver exports attachments into a folder, which it makes for the first of
// them.
type saver struct {
	root   *os.Root
	folder string
	open   func(store.Attachment) (io.ReadCloser, error)
	made   bool
}

func (s *saver) save(m messaging.Message, count *Count) ([]string, error) {
	files := make([]string, len(m.Attachments))
	for i, a := range m.Attachments {
		if a.File == "" {
			count.Absent++
			continue
		}
		name := m.ID() + "-" + strconv.Itoa(a.Index)
		if given := safeFileName(a.Name); given != "" {
			name += "-" + given
		}
		switch err := s.copy(a, path.Join(s.folder, name)); {
		case errors.Is(err, errUnreadable):
			count.Damaged++
		case err != nil:
			return nil, fmt.Errorf("export an attachment: %w", err)
		default:
			count.Attachments++
			files[i] = path.Join(s.folder, name)
		}
	}
	return files, nil
}

// errUnreadable tells trouble with what is read from trouble with what is
// written.
var errUnreadable = errors.New("it cannot be read")

func (s *saver) copy(a store.Attachment, name string) (err error) {
	in, err := s.open(a)
	if err != nil {
		return fmt.Errorf("%w (%w)", errUnreadable, err)
	}
	defer in.Close()
	if !s.made {
		if err := s.root.Mkdir(s.folder, 0o700); err != nil {
			return err
		}
		s.made = true
	}
	out, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, unreadable{in})
	if err = errors.Join(err, out.Close()); err != nil {
		err = errors.Join(err, s.root.Remove(name))
	}
	return err
}

// undo removes what was exported.
func (s *saver) undo() error {
	if !s.made {
		return nil
	}
	return s.root.RemoveAll(s.folder)
}

// unreadable marks the errors of a reader.
type unreadable struct{ in io.Reader }

func (u unreadable) Read(p []byte) (int, error) {
	n, err := u.in.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%w (%w)", errUnreadable, err)
	}
	return n, err
}
