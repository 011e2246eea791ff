package config

import (
	"errors"
	"path/filepath"
	"strings"
)

// Command is a program and its arguments. No shell reads it: nothing in it is
// expanded or split. A program without a slash in its name is looked for in
// PATH.
type Command []string

func (c Command) check() error {
	if len(c) == 0 {
		return nil
	}
	for _, word := range c {
		if strings.ContainsRune(word, 0) {
			return errors.New("no argument can have a zero byte in it")
		}
	}
	switch name := c[0]; {
	case name == "":
		return errors.New("the program has no name")
	case strings.Contains(name, "/") && !filepath.IsAbs(name):
		return errors.New("the program is named by its whole path, from / on, or by a name that is found in PATH")
	}
	return nil
}
