package store

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"seance/messaging/secret"
)

// attachmentFiles is what there is of the files that attachments name.
type attachmentFiles struct{ whole, missing, damaged int }

// readAttachments reads the files of all attachments, to the end.
func readAttachments(ctx context.Context, conn *sql.Conn, dir string) (a attachmentFiles, err error) {
	err = eachRow(ctx, conn, func(row scanner) error {
		var name string
		var key []byte
		if err := row.Scan(&name, &key); err != nil {
			return err
		}
		switch err := readAttachment(dir, name, secret.New(key)); {
		case err == nil:
			a.whole++
		case errors.Is(err, ErrNotFound):
			a.missing++
		case errors.Is(explain(err), ErrDenied):
			return err
		default:
			a.damaged++
		}
		return ctx.Err()
	}, `SELECT file, file_key FROM kept`)
	return a, err
}

func readAttachment(dir, name string, key secret.Bytes) error {
	f, err := openAttachment(dir, name, key)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, f)
	return errors.Join(err, f.Close())
}

// attachments compares the database with the files.
func (c *checker) attachments(ctx context.Context, conn *sql.Conn) error {
	dir := filepath.Join(c.dir, attachmentsName)
	a, err := readAttachments(ctx, conn, dir)
	if err != nil {
		return err
	}
	if a.missing > 0 {
		c.add(AboutAttachments, "missing", noFix, "attachments whose file is missing: %d", a.missing)
	}
	if a.damaged > 0 {
		c.add(AboutAttachments, "damaged", noFix, "attachments whose file is damaged: %d", a.damaged)
	}
	if !c.alone {
		return nil // what is not known yet may be about to be
	}
	surplus, err := surplusFiles(ctx, conn, dir)
	if len(surplus) > 0 {
		c.add(AboutAttachments, "surplus", fixSurplus, "files that belong to no attachment: %d", len(surplus))
	}
	return err
}

// interrupted are the names of files that are renamed once they are complete.
var interrupted = regexp.MustCompile(`^(seance\.db\.(rekey|adopt)(-wal|-shm|-journal)?|key\.json\.\w+|nodes\.json\.\d+)$`)

// leftovers are the names of what commands that a crash has ended were at.
func leftovers(dir string) (names []string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.Name() == restoringName && e.IsDir() || interrupted.MatchString(e.Name()) && e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names
}

// surplusFiles are the files of ours that no attachment names: unfinished ones,
// and those of messages that are gone.
func surplusFiles(ctx context.Context, conn *sql.Conn, dir string) (list []string, err error) {
	if info, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name, part := strings.CutSuffix(e.Name(), unfinished)
		if !isAttachmentFile(name) || e.IsDir() {
			continue
		}
		named := false
		if !part {
			err := conn.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM kept WHERE file = ?)`, name).Scan(&named)
			if err != nil {
				return nil, err
			}
		}
		if !named {
			list = append(list, filepath.Join(dir, e.Name()))
		}
	}
	return list, nil
}
