// Package netfile reads and writes the file that says which network to use:
// its seeds with their certificates, and its file server. The public Session
// Network is built in.
//
// The file is TOML:
//
//	name = "session"
//	[[seed]]
//	url = "https://seed1.getsession.org:4443/json_rpc"
//	certificate = """-----BEGIN CERTIFICATE----- ..."""
//	[file_server]
//	url = "http://filev2.getsession.org"
//	x25519 = "64 hexadecimal digits"
//	ed25519 = "64 hexadecimal digits"
//
// The package does no network I/O and starts no goroutines.
package netfile

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// ErrMalformed is returned, wrapped, by Parse and Load. The whole error is one
// line that names what is wrong.
var ErrMalformed = errors.New("network file")

// File is a network file. Values that Parse returned or Session built are
// valid; Parse(f.Marshal()) gives the same file again.
type File struct {
	Name       string     `toml:"name"`
	Seeds      []Seed     `toml:"seed"`
	FileServer FileServer `toml:"file_server,omitzero"` // the zero value where a network has none
}

// Seed is a server that answers get_n_service_nodes.
type Seed struct {
	URL         string `toml:"url"`                             // https, or http in the file of a private network
	Certificate string `toml:"certificate,omitempty,multiline"` // PEM: the one certificate that is accepted; none for http
}

// FileServer stores attachments and avatars.
type FileServer struct {
	URL     string `toml:"url"` // scheme://host[:port]
	X25519  Key    `toml:"x25519"`
	Ed25519 Key    `toml:"ed25519"`
}

// IsZero reports whether the network has no file server.
func (s FileServer) IsZero() bool { return s == FileServer{} }

// Key is a 32-byte public key, written as 64 hexadecimal digits.
type Key [32]byte

// MarshalText writes lower-case hexadecimal.
func (k Key) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(k[:])), nil }

// UnmarshalText reads hexadecimal digits of either case.
func (k *Key) UnmarshalText(text []byte) error {
	if len(text) != 2*len(k) {
		return fmt.Errorf("a key has 64 hexadecimal digits")
	}
	if _, err := hex.Decode(k[:], text); err != nil {
		return fmt.Errorf("a key has 64 hexadecimal digits")
	}
	return nil
}

// maxSize bounds a network file. The built-in one has 5 KB.
const maxSize = 1 << 20

// Load reads and checks a network file.
func Load(r io.Reader) (File, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	if err != nil {
		return File{}, fmt.Errorf("network file: %w", err)
	}
	return Parse(text)
}

// Parse reads and checks a network file. Unknown entries are errors.
func Parse(text []byte) (File, error) {
	if len(text) > maxSize {
		return File{}, fmt.Errorf("%w: larger than %d bytes", ErrMalformed, maxSize)
	}
	var f File
	dec := toml.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return File{}, fmt.Errorf("%w: %s", ErrMalformed, oneLine(err))
	}
	if err := f.check(); err != nil {
		return File{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return f, nil
}

// oneLine says where in the file the first mistake is.
func oneLine(err error) string {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		e := strict.Errors[0]
		row, _ := e.Position()
		return fmt.Sprintf("line %d: unknown entry %q", row, strings.Join(e.Key(), "."))
	}
	text := strings.TrimPrefix(strings.SplitN(err.Error(), "\n", 2)[0], "toml: ")
	var at *toml.DecodeError
	if errors.As(err, &at) {
		row, _ := at.Position()
		return fmt.Sprintf("line %d: %s", row, text)
	}
	return text
}

func (f File) check() error {
	if f.Name == "" {
		return errors.New("name is missing")
	}
	if len(f.Seeds) == 0 {
		return errors.New("it names no seed")
	}
	for i, s := range f.Seeds {
		if err := s.check(); err != nil {
			return fmt.Errorf("seed %d: %w", i+1, err)
		}
	}
	if f.FileServer.IsZero() {
		return nil
	}
	if u, err := parseURL(f.FileServer.URL); err != nil {
		return fmt.Errorf("file server: %w", err)
	} else if strings.Trim(u.Path, "/") != "" {
		return errors.New("file server: the URL has a path")
	}
	if f.FileServer.X25519 == (Key{}) || f.FileServer.Ed25519 == (Key{}) {
		return errors.New("file server: a key is missing")
	}
	return nil
}

func (s Seed) check() error {
	u, err := parseURL(s.URL)
	if err != nil {
		return err
	}
	if u.Scheme == "http" {
		if s.Certificate != "" {
			return errors.New("an http URL cannot have a certificate")
		}
		return nil
	}
	_, err = s.DER()
	return err
}

// DER is the certificate that the seed must show, byte for byte.
func (s Seed) DER() ([]byte, error) {
	if s.Certificate == "" {
		return nil, errors.New("certificate is missing")
	}
	block, rest := pem.Decode([]byte(s.Certificate))
	if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("certificate is not one certificate in PEM")
	}
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		return nil, errors.New("certificate cannot be read")
	}
	return block.Bytes, nil
}

func parseURL(s string) (*url.URL, error) {
	if s == "" {
		return nil, errors.New("url is missing")
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil {
		return nil, errors.New("url is not http://host or https://host")
	}
	return u, nil
}

// Marshal writes the file.
func (f File) Marshal() ([]byte, error) {
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var b bytes.Buffer
	if err := toml.NewEncoder(&b).Encode(f); err != nil {
		return nil, fmt.Errorf("network file: %w", err)
	}
	return b.Bytes(), nil
}

// Equal reports whether two files describe the same network: the same seeds
// with the same certificates, in any order, and the same file server.
func (f File) Equal(g File) bool {
	if f.Name != g.Name || f.FileServer != g.FileServer || len(f.Seeds) != len(g.Seeds) {
		return false
	}
	count := map[string]int{}
	for i := range f.Seeds {
		count[f.Seeds[i].identity()]++
		count[g.Seeds[i].identity()]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// Completes reports whether f is g with the file server that g does not name yet.
func (f File) Completes(g File) bool {
	if !g.FileServer.IsZero() || f.FileServer.IsZero() {
		return false
	}
	g.FileServer = f.FileServer
	return f.Equal(g)
}

// identity tells seeds apart, however their certificates are wrapped.
func (s Seed) identity() string {
	der, err := s.DER()
	if err != nil {
		return s.URL
	}
	return s.URL + "\x00" + string(der)
}
