//go:build unix

package vault

import (
	"errors"
	"os"
)

// syncDirectory makes names that were created or replaced in dir survive a
// power cut.
func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
