package cli

import (
	"context"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (p *program) version() *cobra.Command {
	cmd := &cobra.Command{
		Use: "version", Args: takesNone,
		Short: "Print which version this is",
		Long:  `Print which version this is. JSON: {"version","commit","go"}.`,
	}
	return p.command(cmd, func(context.Context, *cobra.Command, []string) error {
		version, commit := built()
		if p.json {
			return p.object(struct {
				Version string  `json:"version"`
				Commit  *string `json:"commit"`
				Go      string  `json:"go"`
			}{version, absent(commit), runtime.Version()})
		}
		return p.say("seance %s", version)
	})
}

// built is what the compiler noted of the source: its version, "devel" if it
// has none, and its commit, "" if it was built elsewhere than in a repository.
func built() (version, commit string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel", ""
	}
	version = info.Main.Version
	if version == "" || version == "(devel)" {
		version = "devel"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			commit = s.Value
		}
	}
	return version, commit
}
