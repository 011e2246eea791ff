package images

import (
	"slices"
	"strings"
)

// Viewer is the command that opens a file with the user's own program, and its
// arguments. setting is a program with its arguments; "{}" in one of these
// stands for the file, which otherwise comes last. Empty is what the system, a
// value of runtime.GOOS, has for that.
//
// The file is named by its whole path, and is one that the user saved: nothing is written for a viewer alone,
// since it could not be removed before the viewer has ended.
func Viewer(setting []string, system, file string) []string {
	command := slices.Clone(setting)
	if len(command) == 0 {
		switch system {
		case "darwin":
			command = []string{"open"}
		case "windows":
			command = []string{"rundll32", "url.dll,FileProtocolHandler"}
		default:
			command = []string{"xdg-open"}
		}
	}
	placed := false
	for i, word := range command {
		if i > 0 && strings.Contains(word, "{}") {
			command[i], placed = strings.ReplaceAll(word, "{}", file), true
		}
	}
	if !placed {
		command = append(command, file)
	}
	return command
}
