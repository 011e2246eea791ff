// Package netfile reads and writes the file that says which network to use:
// its seeds with their certificates, and its file server. The public Session
// Network is built in.
//
// The file is TOML, described in the design under "Network file". The package
// does no network I/O and starts no goroutines.
package netfile

import "errors"

// ErrMalformed is returned, wrapped, by Parse. The text of the whole error is
// one line that names what is wrong.
var ErrMalformed = errors.New("malformed network file")

// File is a network file.
type File struct {
	Name       string
	Seeds      []Seed
	FileServer FileServer // the zero value where a network has none
}

// Seed is a server that answers get_n_service_nodes.
type Seed struct {
	URL         string // https, or http in a file of a private network
	Certificate string // PEM; the one certificate that is accepted. Empty for http.
}

// FileServer stores attachments and avatars.
type FileServer struct {
	URL     string // scheme://host[:port]
	X25519  Key
	Ed25519 Key
}

// Key is a 32-byte public key, written as 64 hexadecimal digits.
type Key [32]byte
