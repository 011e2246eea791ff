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

	"seance/store/archive"
	"seance/store/vault"
)

// ErrBackupExists is returned by Backup for a file that it would overwrite.
var ErrBackupExists = errors.New("there is a file of this name already")

// errRekeyed: what was copied does not belong together.
var errRekeyed = errors.New("the profile's passphrase or key was changed meanwhile: try again")

// errOlder: it is brought to the present by whoever opens it and may change it.
var errOlder = errors.New("the profile was made by an earlier version of this program: open it once with this one, then try again")

// BackupOptions are the choices of Backup.
type BackupOptions struct {
	Passphrase Asker
	Replace    bool // a file that is there
}

// BackupSummary tells what is in a backup.
type BackupSummary struct {
	Size        int64 // bytes of the file
	Protected   bool  // by the profile's passphrase: else whoever has the file can read it
	Attachments int
	Missing     int // attachments whose file was gone
}

// Backup copies the profile in dir, as of its last commit, into one file that
// is encrypted as the profile is, and that Restore takes. It reads as a second
// process does: whoever holds the profile goes on meanwhile. The file is there
// when it is complete, and not before. It fails with ErrNotFound where there is
// no profile, and with ErrBackupExists.
func Backup(ctx context.Context, dir, file string, o BackupOptions) (sum BackupSummary, err error) {
	if file, err = filepath.Abs(file); err != nil {
		return sum, err
	}
	if there, err := Exists(dir); err != nil {
		return sum, err
	} else if !there {
		return sum, fmt.Errorf("a profile in %s: %w", dir, ErrNotFound)
	}
	if err := absent(file); err != nil && !(o.Replace && errors.Is(err, ErrBackupExists)) {
		return sum, err
	}
	before, err := readKeyFile(dir)
	if err != nil {
		return sum, err
	}
	key, keys, protected, err := keyOf(ctx, dir, o.Passphrase)
	if err != nil {
		return sum, rekeyed(dir, before, keys, explain(err))
	}
	defer key.Wipe()
	// Beside the file, so that it can be renamed into place.
	work, err := os.MkdirTemp(filepath.Dir(file), ".seance-backup-")
	if err != nil {
		return sum, fmt.Errorf("write the backup: %w", err)
	}
	defer os.RemoveAll(work)
	copied := filepath.Join(work, fileName)
	files, err := copyDatabase(ctx, filepath.Join(dir, fileName), copied, key)
	if err == nil {
		keys = 1 // as it has opened
	}
	if err := rekeyed(dir, before, keys, explain(err)); err != nil {
		return sum, fmt.Errorf("copy the database: %w", err)
	}
	sum.Protected = protected
	whole := filepath.Join(work, "backup")
	if err = pack(ctx, whole, before, copied, filepath.Join(dir, attachmentsName), files, &sum); err == nil {
		err = publish(whole, file, o.Replace)
	}
	if err != nil {
		return BackupSummary{}, fmt.Errorf("write the backup: %w", err)
	}
	return sum, nil
}

// rekeyed explains what a backup has failed with, if with anything: what looks
// damaged may just have got another key, which takes two changes of the key
// file, with both keys in it between them. A copy is good only if the key file
// goes with it.
func rekeyed(dir string, before []byte, keys int, err error) error {
	if errors.Is(err, ErrPassphrase) {
		return err
	}
	after, failed := readKeyFile(dir)
	if failed != nil {
		return failed
	}
	if keys > 1 || !bytes.Equal(before, after) {
		return errRekeyed
	}
	return err
}

func absent(file string) error {
	info, err := os.Lstat(file)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a directory: name a file in it", file)
	case err == nil:
		return fmt.Errorf("%s: %w", file, ErrBackupExists)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

// maxKeyFile bounds what is read of a key file, which has less than a tenth of
// this.
const maxKeyFile = 64 << 10

func readKeyFile(dir string) ([]byte, error) {
	f, err := os.Open(filepath.Join(dir, keyName))
	if err != nil {
		return nil, explain(fmt.Errorf("%w: %w", vault.ErrKeyFile, err))
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err == nil && len(b) > maxKeyFile {
		err = vault.ErrKeyFile
	}
	return b, err
}

// copyDatabase writes the last commit of a database into a new one with the
// same key, and lists the files of attachments that belong to it.
func copyDatabase(ctx context.Context, from, to string, key vault.Key) (files []string, err error) {
	r, err := openReader(ctx, from, key)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if now, err := present(ctx, r.conn); err != nil {
		return nil, err
	} else if !now {
		return nil, errOlder
	}
	if _, err := r.conn.ExecContext(ctx, `VACUUM INTO ?`, dataSource(to, r.vfs.Name(), nil)); err != nil {
		return nil, err
	}
	// Of the copy: the original may have gone on.
	c, err := openReader(ctx, to, key)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	err = eachRow(ctx, c.conn, func(row scanner) error {
		var name string
		err := row.Scan(&name)
		files = append(files, name)
		return err
	}, `SELECT DISTINCT file FROM kept ORDER BY file`)
	return files, err
}

// pack writes the archive and syncs it.
func pack(ctx context.Context, name string, key []byte, database, attachments string, files []string, sum *BackupSummary) (err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := archive.NewWriter(f)
	if err := w.Add(keyName, int64(len(key)), bytes.NewReader(key)); err != nil {
		return err
	}
	if err := addFile(w, fileName, database); err != nil {
		return err
	}
	for _, a := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := fs.ErrNotExist
		if isAttachmentFile(a) {
			err = addFile(w, path.Join(attachmentsName, a), filepath.Join(attachments, a))
		}
		switch {
		case errors.Is(err, fs.ErrNotExist): // as when its message has expired meanwhile
			sum.Missing++
		case err != nil:
			return err
		default:
			sum.Attachments++
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	sum.Size = info.Size()
	return f.Sync()
}

func addFile(w *archive.Writer, name, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return w.Add(name, info.Size(), f)
}

// publish gives a complete file its name.
func publish(from, to string, replace bool) error {
	if !replace {
		// A link, unlike a renaming, overwrites nothing. Some file systems
		// have none.
		err := os.Link(from, to)
		if errors.Is(err, fs.ErrExist) {
			return absent(to)
		}
		if err == nil {
			return syncDirectory(filepath.Dir(to))
		}
		if err := absent(to); err != nil {
			return err
		}
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDirectory(filepath.Dir(to))
}
