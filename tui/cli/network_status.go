package cli

import (
	"time"

	"github.com/spf13/cobra"

	"seance/network"
	"seance/tui/render"
)

func (p *program) networkStatus() *cobra.Command {
	cmd := &cobra.Command{
		Use: "status", Short: "Connect, and show how that went",
		Long: `Connect, and show how that went. JSON:
{"network","state":"connecting|ready|offline","nodes","paths","refreshed_ms","offset_ms","error"};
offset_ms is how far the network's clock is ahead of this computer's.`,
	}
	return p.ofNetwork(cmd, func(c *network.Client) error {
		s := c.Status()
		if p.json {
			return p.object(struct {
				Network     string        `json:"network"`
				State       network.State `json:"state"`
				Nodes       int           `json:"nodes"`
				Paths       int           `json:"paths"`
				RefreshedMS *int64        `json:"refreshed_ms"`
				OffsetMS    int64         `json:"offset_ms"`
				Error       *string       `json:"error"`
			}{s.Network, s.State, s.Nodes, len(s.Paths), unixMS(s.Refreshed), s.Offset.Milliseconds(), absent(s.LastError)})
		}
		return p.say("%s: %s, %s known, %s", render.Line(s.Network), s.State, count(s.Nodes, "node"), count(len(s.Paths), "path"))
	})
}

// unixMS is a time as JSON has it: null if it is not known.
func unixMS(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	return absent(t.UnixMilli())
}
