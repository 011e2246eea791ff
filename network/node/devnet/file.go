package devnet

import "fmt"

// writeNetworkFile writes network.toml.
func (d *Devnet) writeNetworkFile() error {
	text, err := d.NetworkFile().Marshal()
	if err != nil {
		return fmt.Errorf("devnet: %w", err)
	}
	if err := writeFile(d.Path(), text); err != nil {
		return fmt.Errorf("devnet: %w", err)
	}
	return nil
}
