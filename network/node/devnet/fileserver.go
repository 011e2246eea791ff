package devnet

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"

	"seance/network/netfile"
	"seance/network/node"
	"seance/network/node/fileserver"
	"seance/network/node/peel"
)

// startFiles runs the file server, in a directory of its own. Networks from
// before there was one get theirs.
func (d *Devnet) startFiles() (err error) {
	dir := filepath.Join(d.o.Dir, "files")
	ed, err := readKey(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err = newKey(dir); err == nil {
			ed, err = readKey(dir)
		}
	}
	if err != nil {
		return fmt.Errorf("devnet: key of the file server: %w", err)
	}
	key, err := peel.NewKey(node.X25519(ed))
	if err != nil {
		return fmt.Errorf("devnet: key of the file server: %w", err)
	}
	l, err := d.listen(d.state.FilePort, "the file server")
	if err != nil {
		return err
	}
	d.state.FilePort = l.Addr().(*net.TCPAddr).Port
	d.fileServer = netfile.FileServer{
		URL: "http://" + l.Addr().String(), X25519: key.Public(), Ed25519: netfile.Key(ed.Public().(ed25519.PublicKey)),
	}
	d.files, err = fileserver.Start(fileserver.Options{
		Dir: filepath.Join(dir, "files"), Key: key, Listener: l, Log: d.o.Log.With("server", "files"),
		NumericIDs: d.o.NumericFileIDs, Untold: d.o.UntoldExpiry, Releases: d.o.Releases,
	})
	if err != nil {
		return fmt.Errorf("devnet: %w", err)
	}
	return nil
}
