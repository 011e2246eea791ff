package snode

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// Cache is what a client remembers of a network between runs.
type Cache struct {
	Network   string    // name of the network; another one's cache is of no use
	Refreshed time.Time // when the list was last confirmed
	Nodes     []Node
	Guards    []Key             // first nodes of the paths in use
	Offset    time.Duration     // network time minus local time
	Struck    map[Key]time.Time // nodes that failed, and until when they are left out; zero: not yet
}

// cacheVersion is that of the file's shape. A file of another version is as
// good as none: the list is fetched anew.
const cacheVersion = 1

type cacheFile struct {
	Version   int         `json:"version"`
	Network   string      `json:"network"`
	Refreshed int64       `json:"refreshed_ms"`
	Guards    []Key       `json:"guards"`
	OffsetMS  int64       `json:"offset_ms,omitempty"`
	Nodes     []cacheNode `json:"nodes"`
}

type cacheNode struct {
	Ed25519 Key            `json:"ed25519"`
	X25519  string         `json:"x25519"`
	Address netip.AddrPort `json:"address"`
	Swarm   string         `json:"swarm,omitempty"` // hexadecimal
	Version [3]uint16      `json:"version"`
	Struck  bool           `json:"struck,omitempty"`
	Until   int64          `json:"until_ms,omitempty"`
}

// LoadCache reads a file that Save wrote. A file that is missing is an error
// that wraps fs.ErrNotExist, one that cannot be understood ErrMalformed.
func LoadCache(path string) (Cache, error) {
	const most = 16 << 20
	info, err := os.Stat(path)
	if err != nil {
		return Cache{}, err
	}
	if info.Size() > most {
		return Cache{}, fmt.Errorf("%w: %d bytes", ErrMalformed, info.Size())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Cache{}, err
	}
	return parseCache(text)
}

func parseCache(text []byte) (Cache, error) {
	var f cacheFile
	if err := json.Unmarshal(text, &f); err != nil {
		return Cache{}, fmt.Errorf("%w: %w", ErrMalformed, jsonError(err))
	}
	if f.Version != cacheVersion || len(f.Nodes) > maxNodes {
		return Cache{}, fmt.Errorf("%w: cache of version %d with %d nodes", ErrMalformed, f.Version, len(f.Nodes))
	}
	c := Cache{
		Network: f.Network, Refreshed: time.UnixMilli(f.Refreshed), Guards: f.Guards,
		Offset: time.Duration(f.OffsetMS) * time.Millisecond, Struck: map[Key]time.Time{},
	}
	l := newList(len(f.Nodes))
	for _, e := range f.Nodes {
		n := Node{IP: e.Address.Addr(), Port: e.Address.Port(), Swarm: NoSwarm, Version: e.Version}
		n.setKeys(e.Ed25519.String(), e.X25519)
		if swarm, err := strconv.ParseUint(e.Swarm, 16, 64); err == nil {
			n.Swarm = swarm
		}
		l.add(n)
		if e.Struck {
			c.Struck[n.Ed25519] = time.Time{}
			if e.Until != 0 {
				c.Struck[n.Ed25519] = time.UnixMilli(e.Until)
			}
		}
	}
	c.Nodes = l.nodes
	return c, nil
}

// Save writes the cache so that a crash leaves either the old file or the new
// one. The file is private to the user: it tells which guards are in use.
func (c Cache) Save(path string) error {
	f := cacheFile{Version: cacheVersion, Network: c.Network, Refreshed: c.Refreshed.UnixMilli(), Guards: c.Guards, OffsetMS: c.Offset.Milliseconds()}
	for _, n := range c.Nodes {
		e := cacheNode{
			Ed25519: n.Ed25519,
			X25519:  hex.EncodeToString(n.X25519[:]),
			Address: netip.AddrPortFrom(n.IP, n.Port),
			Version: n.Version,
		}
		if n.Swarm != NoSwarm {
			e.Swarm = strconv.FormatUint(n.Swarm, 16)
		}
		if until, ok := c.Struck[n.Ed25519]; ok {
			e.Struck = true
			if !until.IsZero() {
				e.Until = until.UnixMilli()
			}
		}
		f.Nodes = append(f.Nodes, e)
	}
	text, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("node cache: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("node cache: %w", err)
	}
	defer os.Remove(tmp.Name()) // fails once renamed
	_, err = tmp.Write(text)
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("node cache: %w", err)
	}
	return nil
}
