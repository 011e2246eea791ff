package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"seance/messaging/id"
	"seance/messaging/secret"
	"seance/store/archive"
)

// RestoreOptions are the choices of Restore.
type RestoreOptions struct {
	Passphrase Asker
	Holder     string // as for LockProfile
}

// RestoreSummary tells what came out of a backup.
type RestoreSummary struct {
	Account     id.Account
	Name        string // of the account; may be ""
	Attachments int
	Missing     int // attachments that are damaged or were not in the backup
}

// Restore makes a profile in dir out of a file that Backup has written. It is
// unpacked beside, opened and checked before it gets its place: an attempt that
// fails, or a crash, leaves no profile. It fails with ErrExists for a profile
// that is there, with a *LockedError, with the errors of package archive, of
// Unlock and of Open.
func Restore(ctx context.Context, file, dir string, o RestoreOptions) (sum RestoreSummary, err error) {
	in, err := os.Open(file)
	if err != nil {
		return sum, fmt.Errorf("open the backup: %w", err)
	}
	defer in.Close()
	_, err = os.Stat(dir)
	fresh := errors.Is(err, fs.ErrNotExist)
	lock, err := LockProfile(dir, o.Holder)
	if err != nil {
		return sum, err
	}
	defer func() {
		if err != nil && fresh { // leave nothing; other files keep the directory
			_ = os.Remove(filepath.Join(dir, lockName))
			_ = os.Remove(dir)
		}
		err = errors.Join(err, lock.Unlock())
	}()
	if there, err := Exists(dir); err != nil {
		return sum, err
	} else if there {
		return sum, ErrExists
	}
	work := filepath.Join(dir, restoringName)
	if err := os.RemoveAll(work); err != nil { // of an attempt that a crash has ended
		return sum, explain(err)
	}
	defer func() {
		if removed := os.RemoveAll(work); err == nil {
			err = explain(removed)
		}
	}()
	if err := unpack(ctx, in, work); err != nil {
		return sum, fmt.Errorf("read the backup: %w", explain(err))
	}
	if sum, err = examine(ctx, work, o.Passphrase); err != nil {
		return RestoreSummary{}, fmt.Errorf("open the backup: %w", explain(err))
	}
	if err := settle(work, dir); err != nil {
		return RestoreSummary{}, fmt.Errorf("put the profile in its place: %w", explain(err))
	}
	return sum, nil
}

// unpack writes the files of a backup into a new directory.
func unpack(ctx context.Context, in *os.File, work string) error {
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return archive.ErrFormat
	}
	for _, d := range []string{work, filepath.Join(work, attachmentsName)} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return err
		}
	}
	found := map[string]bool{}
	err = archive.Read(in, info.Size(), func(name string, size int64, content io.Reader) error {
		dir, base := path.Split(name)
		switch {
		case name == keyName && size <= maxKeyFile, name == fileName:
			found[name] = true
		case dir == attachmentsName+"/" && isAttachmentFile(base):
		default:
			return archive.ErrFormat
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		err := writeFile(filepath.Join(work, filepath.FromSlash(name)), content)
		if errors.Is(err, fs.ErrExist) {
			return archive.ErrFormat
		}
		return err
	})
	if err == nil && (!found[keyName] || !found[fileName]) {
		err = archive.ErrFormat
	}
	return err
}

// writeFile writes and syncs a new file.
func writeFile(name string, content io.Reader) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// examine opens what was unpacked, brings it to the present version and checks
// it: a profile that is not whole is no profile, one that lacks attachments is.
func examine(ctx context.Context, work string, ask Asker) (sum RestoreSummary, err error) {
	if begin, _, err := head(filepath.Join(work, fileName)); err != nil || bytes.Equal(begin, plainMagic) {
		return sum, errors.Join(archive.ErrFormat, err) // nothing would tell who has written it
	}
	u, err := unlock(ctx, work, ask, secret.Bytes{})
	if err != nil {
		return sum, err
	}
	defer u.wipe()
	s, err := u.open(ctx, work, Options{})
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	account, err := s.Account(ctx)
	if err != nil {
		return sum, fmt.Errorf("its account: %w", err)
	}
	account.Seed.Wipe()
	var c checker
	if err := c.integrity(ctx, s.writer); err != nil {
		return sum, err
	}
	if len(c.found) > 0 {
		return sum, fmt.Errorf("%w (%s)", ErrCorrupt, c.found[0].Text)
	}
	a, err := readAttachments(ctx, s.writer, s.Attachments())
	return RestoreSummary{account.ID, account.Name, a.whole, a.missing + a.damaged}, err
}

// settle moves the files of a complete profile into their place. The database
// goes last: with it, and not before, there is a profile.
func settle(work, dir string) error {
	// A log that an earlier profile left would be taken for that of this one.
	for _, ending := range []string{"-wal", "-shm", "-journal"} {
		if err := os.Remove(filepath.Join(dir, fileName+ending)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	attachments, err := os.ReadDir(filepath.Join(work, attachmentsName))
	if err != nil {
		return err
	}
	var names []string
	if len(attachments) > 0 {
		if err := os.MkdirAll(filepath.Join(dir, attachmentsName), 0o700); err != nil {
			return err
		}
		for _, a := range attachments {
			names = append(names, filepath.Join(attachmentsName, a.Name()))
		}
	}
	for _, name := range append(names, keyName) {
		if err := os.Rename(filepath.Join(work, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	if len(attachments) > 0 {
		if err := syncDirectory(filepath.Join(dir, attachmentsName)); err != nil {
			return err
		}
	}
	if err := syncDirectory(dir); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(work, fileName), filepath.Join(dir, fileName)); err != nil {
		return err
	}
	return syncDirectory(dir)
}
