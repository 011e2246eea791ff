package attachment

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"seance/network/netfile"
	"seance/network/snode"
)

// ErrURL is returned, wrapped, for a text that is no file's URL.
var ErrURL = errors.New("not the URL of a file")

// ErrForeignServer is returned, wrapped, for the URL of a file on a server that
// is not the network's, and whose key it does not tell.
var ErrForeignServer = errors.New("the file is on another server, and its URL does not tell that server's key")

const (
	// maxURL bounds a URL; those that apps write have about 90 characters, or
	// 160 with a key.
	maxURL = 512
	// HashID is the length of an ID that is made from the file's content. Only
	// files with such IDs can be extended.
	HashID = 44
	// operator is whose servers all have the same key, as session-android takes
	// it; the fragment's names are from session-desktop: ts/session/url.
	operator     = ".getsession.org"
	keyName      = "p"
	markName     = "d"
	maxNumbers   = 20 // digits of an ID that is a number
	maxPathParts = 3
)

// URL is where a file server has a file, with what its fragment says. The
// fragment is for the reader only and never sent.
type URL struct {
	Server        string      // scheme://host[:port], of the network's own server or another
	X25519        [32]byte    // the server's key
	Ed25519       netfile.Key // the same, if the URL tells it; else zero
	ID            string      // 44 characters of base64url, or a number
	Deterministic bool        // the file is encrypted in the deterministic form
}

// NewURL is the URL of a file on the network's own server.
func NewURL(own netfile.FileServer, id string, deterministic bool) (URL, error) {
	if !validID(id) {
		return URL{}, fmt.Errorf("%w: its ID is malformed", ErrURL)
	}
	return URL{Server: strings.TrimSuffix(own.URL, "/"), X25519: own.X25519, ID: id, Deterministic: deterministic}, nil
}

// ParseURL reads http[s]://host[:port]/file/ID, with /files/ as old ones have
// it, and the fragment: p=KEY for a server other than the network's own, and d.
// The error wraps ErrURL or ErrForeignServer.
func ParseURL(text string, own netfile.FileServer) (URL, error) {
	if len(text) > maxURL {
		return URL{}, fmt.Errorf("%w: %d characters", ErrURL, len(text))
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || u.RawQuery != "" {
		return URL{}, ErrURL // what url.Parse says quotes it
	}
	parts := strings.Split(u.Path, "/")
	if len(parts) != maxPathParts || parts[0] != "" || (parts[1] != "file" && parts[1] != "files") || !validID(parts[2]) {
		return URL{}, fmt.Errorf("%w: its path is not /file/ID", ErrURL)
	}
	found := URL{Server: u.Scheme + "://" + strings.ToLower(u.Host), ID: parts[2]}
	if err := found.readFragment(u.EscapedFragment()); err != nil {
		return URL{}, err
	}
	return found, found.findKey(u, own)
}

func (u *URL) readFragment(fragment string) error {
	for part := range strings.SplitSeq(fragment, "&") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case keyName:
			if u.Ed25519.UnmarshalText([]byte(value)) != nil || u.Ed25519 == (netfile.Key{}) {
				return fmt.Errorf("%w: the key of its server has not 64 hexadecimal digits", ErrURL)
			}
		case markName:
			u.Deterministic = true
		}
	}
	return nil
}

// findKey is the server's key: what the URL says counts.
func (u *URL) findKey(parsed *url.URL, own netfile.FileServer) error {
	if u.Ed25519 != (netfile.Key{}) {
		x, err := snode.Key(u.Ed25519).X25519()
		if err != nil {
			return fmt.Errorf("%w: the key of its server is none", ErrURL)
		}
		u.X25519 = x
		return nil
	}
	home, err := url.Parse(own.URL)
	if err != nil || own.IsZero() {
		return ErrForeignServer
	}
	host, ours := strings.ToLower(parsed.Hostname()), strings.ToLower(home.Hostname())
	if host != ours && !(strings.HasSuffix(host, operator) && strings.HasSuffix(ours, operator)) {
		return ErrForeignServer
	}
	u.X25519 = own.X25519
	return nil
}

// String writes the URL as apps do: d stands alone, since "d=" is not
// understood by all of them.
func (u URL) String() string {
	var fragment []string
	if u.Ed25519 != (netfile.Key{}) {
		fragment = append(fragment, keyName+"="+hex.EncodeToString(u.Ed25519[:]))
	}
	if u.Deterministic {
		fragment = append(fragment, markName)
	}
	s := u.Server + "/file/" + u.ID
	if len(fragment) > 0 {
		s += "#" + strings.Join(fragment, "&")
	}
	return s
}

// Number is the ID as old apps have it in a message: 0 if it is no number.
func (u URL) Number() uint64 {
	n, err := strconv.ParseUint(u.ID, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Extendable reports whether a server lets the file's life be extended.
func (u URL) Extendable() bool { return len(u.ID) == HashID }

// validID reports whether a text is an ID: it becomes part of a path.
func validID(id string) bool {
	const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	const digits = "0123456789"
	switch {
	case len(id) == HashID:
		return strings.Trim(id, base64url) == ""
	case len(id) == 0 || len(id) > maxNumbers:
		return false
	}
	return strings.Trim(id, digits) == ""
}
