package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"seance/network"
	"seance/network/snode"
)

func (p *program) networkPath() *cobra.Command {
	cmd := &cobra.Command{
		Use: "path", Short: "Connect, and show the paths with their hops",
		Long: `Connect, and show the paths with their hops, guard first. JSON, an object a path:
{"hops":[{"role":"guard|middle|exit","ed25519","ip","port","rtt_ms"}],"rtt_ms","strikes","since_ms"}.`,
	}
	return p.ofNetwork(cmd, func(c *network.Client) error {
		for _, path := range c.Status().Paths {
			if err := p.onionPath(path); err != nil {
				return err
			}
		}
		return nil
	})
}

type pathObject struct {
	Hops    []hopObject `json:"hops"`
	RTTMS   *float64    `json:"rtt_ms"`
	Strikes int         `json:"strikes"`
	SinceMS *int64      `json:"since_ms"`
}

type hopObject struct {
	Role    network.Role `json:"role"`
	Ed25519 snode.Key    `json:"ed25519"`
	IP      string       `json:"ip"`
	Port    uint16       `json:"port"`
	RTTMS   *float64     `json:"rtt_ms"`
}

// onionPath prints one path.
func (p *program) onionPath(path network.Path) error {
	if p.json {
		o := pathObject{[]hopObject{}, milliseconds(path.RTT), path.Strikes, unixMS(path.Since)}
		for _, h := range path.Hops {
			o.Hops = append(o.Hops, hopObject{h.Role, h.Key, h.IP.String(), h.Port, milliseconds(h.RTT)})
		}
		return p.object(o)
	}
	hops := make([]string, len(path.Hops))
	for i, h := range path.Hops {
		hops[i] = fmt.Sprintf("%s %s:%d", h.Role, h.IP, h.Port)
	}
	return p.say("%s  %d ms", strings.Join(hops, " → "), path.RTT.Milliseconds())
}
