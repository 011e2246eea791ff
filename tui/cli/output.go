package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"seance/tui/render"
)

// object prints one JSON object on a line. Text in it is exact.
func (p *program) object(v any) error {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	_, err := p.Stdout.Write(line.Bytes())
	return err
}

// say prints lines for people. All of it is made safe for a terminal; what
// stands in one line and comes from others must pass render.Line before.
func (p *program) say(format string, a ...any) error {
	_, err := fmt.Fprintln(p.Stdout, render.Text(fmt.Sprintf(format, a...)))
	return err
}

// hint tells somebody at a terminal what they may want to do next.
func (p *program) hint(text string) {
	if p.Terminal && !p.json {
		fmt.Fprintln(p.Stderr, text)
	}
}

// warn tells something that must not be missed, though the command is done.
func (p *program) warn(text string) { fmt.Fprintf(p.Stderr, "seance: %s\n", text) }

// indented is people's text of several lines, safe, with room before all
// lines but the first.
func indented(text, room string) string {
	return strings.ReplaceAll(render.Text(text), "\n", "\n"+room)
}

// clock is a time as people are shown it.
func clock(ms int64) string { return time.UnixMilli(ms).Format("2006-01-02 15:04") }

// count is so many things, of which one has this name.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// absent is v, or null if v is the zero value.
func absent[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
