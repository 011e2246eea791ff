package config

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// Limits of a community's address, in bytes.
const (
	MaxServer = 267
	MaxRoom   = 64
)

// Community is a room on a community server.
type Community struct {
	// Server is the base URL in its canonical form, such as
	// https://open.getsession.org.
	Server string
	// Room is its token. Small and capital letters are the same, but are shown
	// as they were typed.
	Room string
	// Key is the server's X25519 key.
	Key [32]byte
}

// keyParameter stands before the key in an address.
const keyParameter = "?public_key="

// URL is the address by which others join.
func (c Community) URL() string {
	return c.Server + "/" + c.Room + keyParameter + hex.EncodeToString(c.Key[:])
}

// canonical checks a community and writes its server canonically; room is the
// key of its entry.
func (c Community) canonical() (checked Community, room string, err error) {
	if c.Server, err = CanonicalServer(c.Server); err != nil {
		return c, "", err
	}
	room, err = canonicalRoom(c.Room)
	return c, room, err
}

// ParseCommunity reads the address of a community as people type it, with or
// without the server's key, in hexadecimal, base64 or z-base-32. hasKey says
// whether it was there. The room's token is as typed, and not checked. The
// error is ErrInvalid.
func ParseCommunity(url string) (c Community, hasKey bool, err error) {
	if at := strings.LastIndex(url, keyParameter); at >= 0 {
		if c.Key, err = parseServerKey(url[at+len(keyParameter):]); err != nil {
			return Community{}, false, err
		}
		url, hasKey = url[:at], true
	}
	if at := strings.LastIndex(url, "/r/"); at >= 0 {
		url, c.Room = url[:at], url[at+len("/r/"):]
	} else if at := strings.LastIndexByte(url, '/'); at >= 0 {
		url, c.Room = url[:at], url[at+1:]
	}
	if c.Server, err = CanonicalServer(url); err != nil {
		return Community{}, false, err
	}
	return c, hasKey, nil
}

// CanonicalServer is the one way in which the base URL of a server is written.
// The error is ErrInvalid.
func CanonicalServer(url string) (string, error) {
	scheme, rest, ok := strings.Cut(url, "://")
	var standard uint64
	switch scheme = lower(scheme); {
	case ok && scheme == "http":
		standard = 80
	case ok && scheme == "https":
		standard = 443
	default:
		return "", fmt.Errorf("%w: a community's address starts with http:// or https://", ErrInvalid)
	}
	end := hostEnd(rest)
	host, rest := lower(rest[:end]), rest[end:]
	if len(host) < 4 || !strings.Contains(host, ".") || strings.HasSuffix(host, ".") {
		return "", fmt.Errorf("%w: a community's address has no host name", ErrInvalid)
	}
	if digits, ok := strings.CutPrefix(rest, ":"); ok {
		end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' })
		if end < 0 {
			end = len(digits)
		}
		port, err := strconv.ParseUint(digits[:end], 10, 16)
		if err != nil {
			return "", fmt.Errorf("%w: the port in a community's address", ErrInvalid)
		}
		if port != 0 && port != standard {
			host += ":" + strconv.FormatUint(port, 10)
		}
		rest = digits[end:]
	}
	if rest != "" && rest != "/" {
		return "", fmt.Errorf("%w: a community's address goes on behind the host", ErrInvalid)
	}
	if server := scheme + "://" + host; len(server) <= MaxServer {
		return server, nil
	}
	return "", fmt.Errorf("%w: a community's address has at most %d bytes", ErrInvalid, MaxServer)
}

// hostEnd is where the host name ends: letters, digits and hyphens, with
// single dots between.
func hostEnd(s string) int {
	dot := false // may stand here
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-':
			dot = true
		case c == '.' && dot:
			dot = false
		default:
			return i
		}
	}
	return len(s)
}

// canonicalRoom is how a room is found. The error is ErrInvalid.
func canonicalRoom(room string) (string, error) {
	room = lower(room)
	if room == "" || len(room) > MaxRoom {
		return "", fmt.Errorf("%w: the name of a room has 1 to %d bytes", ErrInvalid, MaxRoom)
	}
	if strings.Trim(room, "-0123456789_abcdefghijklmnopqrstuvwxyz") != "" {
		return "", fmt.Errorf("%w: the name of a room is made of letters, digits, - and _", ErrInvalid)
	}
	return room, nil
}

// lower changes ASCII letters alone.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// parseServerKey reads a key in one of three encodings, which differ in
// length.
func parseServerKey(s string) (key [32]byte, err error) {
	var b []byte
	switch len(s) {
	case 64:
		b, err = hex.DecodeString(s)
	case 43, 44:
		b, err = base64.RawStdEncoding.DecodeString(strings.TrimSuffix(s, "="))
	case 52:
		zBase32 := base32.NewEncoding("ybndrfg8ejkmcpqxot1uwisza345h769").WithPadding(base32.NoPadding)
		b, err = zBase32.DecodeString(lower(s))
	}
	if err != nil || len(b) != len(key) {
		return key, fmt.Errorf("%w: the public key in a community's address", ErrInvalid)
	}
	return [32]byte(b), nil
}

// The keys of a server, under its base URL.
const (
	serverKey   = "#"
	serverRooms = "R"
)

// room is what is kept under a server: of rooms, or of blinded contacts.
type room struct {
	server string
	key    [32]byte
	name   string // the entry's key
	dict   *dict
}

// rooms walks through servers and what is kept under them. Servers that are
// not valid or have no key are left out.
func rooms(servers *dict) iter.Seq[room] {
	return func(yield func(room) bool) {
		for server, d := range servers.dicts() {
			key := d.text(serverKey)
			canonical, err := CanonicalServer(server)
			if err != nil || len(key) != 32 {
				continue
			}
			for name, entry := range d.dict(serverRooms).dicts() {
				if !yield(room{canonical, [32]byte([]byte(key)), name, entry}) {
					return
				}
			}
		}
	}
}

// withoutRoom is data without a room, and without its server if it was the
// last one there. found says whether there was one.
func withoutRoom(data *dict, servers, server, name string) (without *dict, found bool) {
	if found = data.get(servers, server, serverRooms, name) != nil; !found {
		return data, false
	}
	data = data.with(nil, servers, server, serverRooms, name)
	if data.dict(servers, server, serverRooms) == nil {
		data = data.with(nil, servers, server)
	}
	return data, true
}
