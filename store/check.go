package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"seance/store/vault"
)

// Subject is what a finding is about.
type Subject string

// The subjects of findings, as they are written in JSON.
const (
	AboutKey         Subject = "key"
	AboutModes       Subject = "modes"       // who may read the files
	AboutLog         Subject = "log"         // the write-ahead log
	AboutDatabase    Subject = "database"    // its pages, tables and indexes
	AboutSearch      Subject = "search"      // the index of texts
	AboutCounts      Subject = "counts"      // what is maintained and not computed
	AboutAttachments Subject = "attachments" // the files
	AboutLeftovers   Subject = "leftovers"   // of commands that were interrupted
)

// Finding is something that is not as it should be.
type Finding struct {
	About      Subject
	Text       string // one sentence, without anything that people wrote
	Repairable bool   // without losing anything that is still there
	Repaired   bool

	what string // the same for the same finding of another round
	fix  fix
}

// CheckOptions are the choices of Check.
type CheckOptions struct {
	Passphrase Asker
	Holder     string // as for LockProfile
	Repair     bool   // what can be
}

// CheckReport is what Check has found.
type CheckReport struct {
	Findings []Finding
	// Partial: the profile is in use, so its log, the search index and files
	// that may be new were left out.
	Partial bool
}

// Check looks whether the profile in dir is whole. It changes nothing but what
// every opening of the database does, unless it is to repair. A profile that is
// in use is read as of its last commit, and repairing fails with a *LockedError.
// Damage of any kind is a finding. Errors are: ErrNotFound where there is no
// profile, ErrPassphrase, ErrNewer, ErrForeign, and those of a disk that is full
// or cannot be read. It is for processes that do not have the profile open
// themselves.
func Check(ctx context.Context, dir string, o CheckOptions) (report CheckReport, err error) {
	if there, err := wipeable(dir); err != nil {
		return report, err
	} else if !there {
		return report, fmt.Errorf("a profile in %s: %w", dir, ErrNotFound)
	}
	c := &checker{dir: dir, ask: o.Passphrase, alone: true}
	c.modes() // taking the lock would repair some
	lock, err := LockProfile(dir, o.Holder)
	switch locked := (*LockedError)(nil); {
	case err == nil:
		defer lock.Unlock()
	case errors.As(err, &locked) && !o.Repair:
		c.alone, report.Partial = false, true
	default:
		return report, err
	}
	defer func() { c.key.Wipe() }()
	if err := c.look(ctx); err != nil {
		return report, fmt.Errorf("check the profile: %w", explain(err))
	}
	if report.Findings = c.found; !o.Repair {
		return report, nil
	}
	again := &checker{dir: dir, ask: o.Passphrase, alone: true, key: c.key}
	if err := c.repair(ctx); err != nil {
		return report, fmt.Errorf("repair the profile: %w", explain(err))
	}
	again.modes()
	if err := again.look(ctx); err != nil {
		return report, fmt.Errorf("check the profile: %w", explain(err))
	}
	report.Findings = compare(c.found, again.found)
	return report, nil
}

// compare says which findings are there no more, and adds those that are new.
func compare(before, after []Finding) []Finding {
	left := make(map[string]bool)
	for _, f := range after {
		left[f.what] = true
	}
	known := make(map[string]bool)
	for i := range before {
		before[i].Repaired = !left[before[i].what]
		known[before[i].what] = true
	}
	for _, f := range after {
		if !known[f.what] {
			before = append(before, f)
		}
	}
	return before
}

// checker is one round through a profile.
type checker struct {
	dir   string
	ask   Asker
	alone bool      // nobody else uses the profile
	key   vault.Key // once it is known
	found []Finding

	halfway bool // the key file has a second key
}

func (c *checker) file() string { return filepath.Join(c.dir, fileName) }

// add keeps a finding. what tells it from all others.
func (c *checker) add(about Subject, what string, f fix, format string, a ...any) {
	c.found = append(c.found, Finding{
		About: about, Text: fmt.Sprintf(format, a...), Repairable: f != noFix, what: what, fix: f,
	})
}

// hopeless reports whether an error is none of the profile but of the disk, of
// who asked, or of a program that is too old.
func hopeless(ctx context.Context, err error) bool {
	err = explain(err)
	for _, e := range []error{ErrFull, ErrDenied, ErrNewer, ErrForeign, ErrPassphrase} {
		if errors.Is(err, e) {
			return true
		}
	}
	return ctx.Err() != nil
}

// look goes from the outside in, and ends where there is no further.
func (c *checker) look(ctx context.Context) error {
	begin, size, err := head(c.file())
	switch {
	case err != nil:
		return err
	case size == 0:
		c.add(AboutDatabase, "none", noFix, "the database is not there: restore it from a backup")
		return nil
	case string(begin) == string(plainMagic):
		if err := checkPlain(ctx, c.file()); err != nil {
			return err
		}
		c.add(AboutDatabase, "plain", fixOpen, "the database is not encrypted yet")
		return nil
	}
	if err := c.unlock(ctx); err != nil {
		if hopeless(ctx, err) || !errors.Is(err, vault.ErrKeyFile) && !errors.Is(err, vault.ErrWrongKey) && !errors.Is(err, vault.ErrDamaged) {
			return err
		}
		c.add(AboutKey, "key", noFix, "%v", err)
		return nil
	}
	if c.alone {
		if err := c.log(); err != nil {
			return err
		}
	}
	if err := c.database(ctx); err != nil || !c.alone || c.halfway {
		return err
	}
	if left := leftovers(c.dir); len(left) > 0 {
		c.add(AboutLeftovers, "leftovers", fixLeftovers, "files that an interrupted command has left: %s", strings.Join(left, ", "))
	}
	return nil
}

func (c *checker) unlock(ctx context.Context) error {
	if c.key.Len() > 0 {
		return nil
	}
	key, keys, _, err := keyOf(ctx, c.dir, c.ask)
	if err == nil && c.alone {
		err = vault.CheckKey(c.file(), key)
	}
	if err != nil {
		key.Wipe()
		return err
	}
	c.key = key
	if c.halfway = keys > 1 && c.alone; c.halfway {
		c.add(AboutKey, "keys", fixOpen, "a change of the key was cut short")
	}
	return nil
}

// keyOf finds the key of a database without changing anything: unlike unlock,
// which ends what a crash has left half-way. It tells how many keys there are.
func keyOf(ctx context.Context, dir string, ask Asker) (key vault.Key, n int, protected bool, err error) {
	file, err := vault.LoadKeyFile(dir)
	if err != nil {
		return key, 0, false, err
	}
	u, keys, err := askFor(ctx, file, ask)
	if err != nil {
		return key, 0, false, err
	}
	u.passphrase.Wipe()
	for i, k := range keys {
		if len(keys) > 1 { // which one, there is a second for as long as the database is written anew
			err = vault.CheckKey(filepath.Join(dir, fileName), k)
		}
		if err == nil {
			for _, other := range keys[i+1:] {
				other.Wipe()
			}
			return k, len(keys), file.Protected(), nil
		}
		k.Wipe()
	}
	return key, len(keys), false, err
}

// log tells of what SQLite drops at the next opening without a word.
func (c *checker) log() error {
	w, err := vault.InspectWAL(c.file(), c.key)
	if err != nil {
		return err
	}
	if w.Dropped {
		c.add(AboutLog, "log", fixOpen, "the write-ahead log is cut off by a crash or damage after %d of %d pages: the rest is dropped", w.Valid, w.Present)
	}
	return nil
}

// modes tells of what others may read.
func (c *checker) modes() {
	for name, info := range ours(c.dir) {
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			c.add(AboutModes, "mode of "+name, fixModes, "%s can be read or written by others: its mode is %04o", name, mode)
		}
	}
}

// ours are the profile's directory, which is ".", and what this program has
// made in it.
func ours(dir string) map[string]fs.FileInfo {
	list := make(map[string]fs.FileInfo)
	keep := func(name string) bool {
		info, err := os.Lstat(filepath.Join(dir, name))
		if err != nil || !info.Mode().IsRegular() && !info.IsDir() {
			return false
		}
		list[name] = info
		return true
	}
	for _, p := range places {
		if !keep(p.dir) {
			continue
		}
		entries, _ := os.ReadDir(filepath.Join(dir, p.dir))
		for _, e := range entries {
			if p.names.MatchString(e.Name()) {
				keep(filepath.Join(p.dir, e.Name()))
			}
		}
	}
	keep(lockName)
	return list
}
