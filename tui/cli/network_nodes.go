package cli

import (
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"seance/network"
	"seance/network/snode"
)

func (p *program) networkNodes() *cobra.Command {
	cmd := &cobra.Command{
		Use: "nodes", Short: "Connect, and list the service nodes that are known",
		Long: `Connect, and list the service nodes that are known. JSON, an object a node:
{"ed25519","x25519","ip","port","swarm","version"}; swarm is hexadecimal.`,
	}
	return p.ofNetwork(cmd, func(c *network.Client) error {
		for _, n := range c.Nodes() {
			if err := p.node(n); err != nil {
				return err
			}
		}
		return nil
	})
}

// node prints one node.
func (p *program) node(n snode.Node) error {
	swarm, version := "", ""
	if n.Swarm != snode.NoSwarm {
		swarm = strconv.FormatUint(n.Swarm, 16)
	}
	if n.Version != [3]uint16{} {
		version = fmt.Sprintf("%d.%d.%d", n.Version[0], n.Version[1], n.Version[2])
	}
	if p.json {
		return p.object(struct {
			Ed25519 snode.Key `json:"ed25519"`
			X25519  string    `json:"x25519"`
			IP      string    `json:"ip"`
			Port    uint16    `json:"port"`
			Swarm   *string   `json:"swarm"`
			Version *string   `json:"version"`
		}{n.Ed25519, hex.EncodeToString(n.X25519[:]), n.IP.String(), n.Port, absent(swarm), absent(version)})
	}
	return p.say("%s  %-21s  %s", n.Ed25519, n.Address(), swarm)
}
