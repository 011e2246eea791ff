package devnet

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"seance/network/node"
	"seance/network/node/peel"
	"seance/network/node/registry"
)

// state is devnet.json, with the keys that are kept beside it.
type state struct {
	SeedPort int         `json:"seed_port"`
	FilePort int         `json:"file_port"` // 0 in networks from before there was a file server
	Nodes    []nodeState `json:"nodes"`
}

type nodeState struct {
	Port  int    `json:"port"`
	Swarm string `json:"swarm"` // in hex: JSON numbers are too small

	key    ed25519.PrivateKey
	onion  [32]byte
	number uint64 // Swarm
}

// loadState reads the network of a directory or makes up a new one.
func loadState(dir string, nodes int) (*state, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("devnet: %w", err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "devnet.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return newState(dir, nodes)
	}
	if err != nil {
		return nil, fmt.Errorf("devnet: %w", err)
	}
	s := &state{}
	if err := json.Unmarshal(raw, s); err != nil {
		return nil, fmt.Errorf("devnet: %s: %w", filepath.Join(dir, "devnet.json"), err)
	}
	if len(s.Nodes) < MinNodes {
		return nil, fmt.Errorf("devnet: %w: %s lists %d", ErrNodes, filepath.Join(dir, "devnet.json"), len(s.Nodes))
	}
	for i := range s.Nodes {
		n := &s.Nodes[i]
		if n.number, err = strconv.ParseUint(n.Swarm, 16, 64); err != nil {
			return nil, fmt.Errorf("devnet: swarm of node %d: %w", i, err)
		}
		if err := n.loadKey(filepath.Join(dir, nodeName(i))); err != nil {
			return nil, fmt.Errorf("devnet: key of node %d: %w", i, err)
		}
	}
	return s, nil
}

func newState(dir string, nodes int) (*state, error) {
	if nodes == 0 {
		nodes = DefaultNodes
	}
	if nodes < MinNodes {
		return nil, fmt.Errorf("devnet: %w: %d are too few, at least %d are needed", ErrNodes, nodes, MinNodes)
	}
	swarms := uint64(max(2, nodes/swarmSize))
	s := &state{}
	for i := range nodes {
		// The swarms stand at equal distances, so that each keeps as many
		// owners as the next.
		step := math.MaxUint64 / swarms
		n, err := newNode(dir, i, step/2+step*(uint64(i)%swarms))
		if err != nil {
			return nil, err
		}
		s.Nodes = append(s.Nodes, n)
	}
	return s, nil
}

// newNode makes the directory and the key of a node.
func newNode(dir string, i int, swarm uint64) (n nodeState, err error) {
	dir = filepath.Join(dir, nodeName(i))
	if err := newKey(dir); err != nil {
		return n, fmt.Errorf("devnet: key of node %d: %w", i, err)
	}
	n = nodeState{Swarm: strconv.FormatUint(swarm, 16), number: swarm}
	return n, n.loadKey(dir)
}

func (n *nodeState) loadKey(dir string) (err error) {
	if n.key, err = readKey(dir); err != nil {
		return err
	}
	onion, err := peel.NewKey(node.X25519(n.key))
	if err != nil {
		return err
	}
	n.onion = onion.Public()
	return nil
}

// newKey makes the directory of a server with a key in it.
func newKey(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed)
	return writeFile(filepath.Join(dir, "key"), []byte(hex.EncodeToString(seed)+"\n"))
}

func readKey(dir string) (ed25519.PrivateKey, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "key"))
	if err != nil {
		return nil, err
	}
	seed := make([]byte, ed25519.SeedSize)
	if len(raw) < 2*len(seed) {
		return nil, errors.New("too short")
	}
	if _, err := hex.Decode(seed, raw[:2*len(seed)]); err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// registry is the list of nodes that all of them agree on.
func (s *state) registry() []registry.Node {
	list := make([]registry.Node, len(s.Nodes))
	for i, n := range s.Nodes {
		list[i] = registry.Node{
			Ed25519: registry.Key(n.key.Public().(ed25519.PublicKey)), X25519: n.onion,
			Swarm: n.number, IP: host, Port: uint16(n.Port), Version: node.Version(),
		}
	}
	return list
}

func (s *state) smallestSwarm() (smallest uint64) {
	size := map[uint64]int{}
	for _, n := range s.Nodes {
		size[n.number]++
	}
	smallest = s.Nodes[0].number
	for id, n := range size {
		if n < size[smallest] || (n == size[smallest] && id < smallest) {
			smallest = id
		}
	}
	return smallest
}

func (s *state) save(dir string) error {
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("devnet: %w", err)
	}
	if err := writeFile(filepath.Join(dir, "devnet.json"), append(raw, '\n')); err != nil {
		return fmt.Errorf("devnet: %w", err)
	}
	return nil
}

// writeFile replaces a file as a whole.
func writeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(f.Name())
		return err
	}
	return os.Rename(f.Name(), path)
}
