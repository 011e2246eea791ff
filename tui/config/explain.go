package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// wrong is the error for something in a file, in one line. Line 0 is not known.
func wrong(file string, line int, format string, a ...any) error {
	where := file
	if line > 0 {
		where = fmt.Sprintf("%s, line %d", file, line)
	}
	return fmt.Errorf("%s: %s", where, fmt.Sprintf(format, a...))
}

// explain says where the first mistake is, and what it is, in words that need
// no knowledge of this program's types.
func explain(err error) (line int, what string) {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		first := unknown.Errors[0]
		line, _ = first.Position()
		return line, fmt.Sprintf("unknown entry %q", strings.Join(first.Key(), "."))
	}
	what, _, _ = strings.Cut(strings.TrimPrefix(err.Error(), "toml: "), "\n")
	var at *toml.DecodeError
	if !errors.As(err, &at) {
		return 0, what
	}
	line, _ = at.Position()
	if strings.HasPrefix(what, "cannot ") && len(at.Key()) > 0 { // store, or decode, into a type of this program
		if is := shape(at.Key()[0]); is != "" {
			what = fmt.Sprintf("%s must be %s", at.Key()[0], is)
		}
	}
	return line, what
}

// shape is what an entry must be, "" if there is no such entry.
func shape(entry string) string {
	for field := range reflect.TypeFor[Config]().Fields() {
		if field.Tag.Get("toml") == entry {
			return field.Tag.Get("is")
		}
	}
	return ""
}

// lineOf is the line on which an entry is, 0 if it is not there.
func lineOf(text []byte, entry string) int {
	var p unstable.Parser
	p.Reset(text)
	for p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.KeyValue, unstable.Table, unstable.ArrayTable:
			if key := e.Key(); key.Next() && strings.EqualFold(string(key.Node().Data), entry) { // as the decoder has it
				return p.Shape(key.Node().Raw).Start.Line
			}
		}
	}
	return 0
}
