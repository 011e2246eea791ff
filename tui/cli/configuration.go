package cli

import (
	"path/filepath"

	"seance/tui/config"
)

// configuration is what the user's config.toml says, overridden by that of the
// profile in dir.
func (p *program) configuration(dir string) (config.Config, error) {
	files := []string{filepath.Join(dir, config.Name)}
	if own := p.configDir(); own != "" {
		files = append([]string{filepath.Join(own, config.Name)}, files...)
	}
	return config.Load(files...)
}

// configDir is where the user's configuration is, "" if that is not known.
func (p *program) configDir() string {
	if dir := p.lookup("XDG_CONFIG_HOME"); filepath.IsAbs(dir) { // others are to be ignored, says XDG
		return filepath.Join(dir, "seance")
	}
	if home := p.lookup("HOME"); home != "" {
		return filepath.Join(p.path(home), ".config", "seance")
	}
	return ""
}
