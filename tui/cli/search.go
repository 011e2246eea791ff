package cli

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/store"
	"seance/tui/render"
)

func (p *program) search() *cobra.Command {
	cmd := &cobra.Command{
		Use: "search QUERY...", Args: takesSome,
		Short: "Find messages in all conversations, newest first",
		Long: `Find messages in all conversations, newest first.

All of QUERY must be in a message: words, also as the beginning of longer ones;
"phrases" in quotation marks; and the filters from:NAME, from:me, in:NAME,
has:file|link|voice|image, before:DATE and after:DATE, where DATE is a day, a
month or a year such as 2026-01-31, 2026-01 and 2026, or today or yesterday. It
is not part of what is found: after:2026-01 begins with February. Accents and
capitals make no difference. After -- a word may begin with a dash.

JSON: message objects with {"title","place","marks":[{"from","to"}]} in addition:
the conversation's name, what --before takes to go on from there, and what
matched, in characters of "text" counted from 0.
'seance messages CONV --around ID' shows what was said around one.`,
	}
	in := cmd.Flags().String("in", "", "only in this conversation: `CONV`")
	limit := cmd.Flags().Int("limit", 50, "at most so many: `N`")
	before := cmd.Flags().Int64("before", 0, "go on behind the message with this `PLACE`")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		if *limit < 1 {
			return usagef("--limit is 1 or more, not %d", *limit)
		}
		if *before < 0 {
			return usagef("--before is a place that an earlier search printed, which is never negative")
		}
		text := strings.TrimSpace(strings.Join(args, " "))
		if text == "" {
			return usagef("there is nothing to search for: give a word")
		}
		return p.withClient(ctx, cmd, func(c *messaging.Client) (err error) {
			q := messaging.Query{Text: text, Limit: *limit, Before: *before}
			if *in != "" {
				if q.In, err = known(ctx, c, *in); err != nil {
					return err
				}
			}
			hits, err := c.Search(ctx, q)
			if err != nil {
				return err
			}
			for _, h := range hits {
				if err := p.hit(h); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// hitObject is a message that was found.
type hitObject struct {
	messageObject
	Title string       `json:"title"`
	Place int64        `json:"place,string"` // more than a number of JSON holds everywhere
	Marks []markObject `json:"marks"`
}

// markObject is a part of a text, in code points: bytes would be of no use
// where the text was decoded.
type markObject struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// hit prints a message that was found.
func (p *program) hit(h messaging.Hit) error {
	if !p.json {
		return p.sayHit(h)
	}
	o := hitObject{messageOf(h.Message), h.Title, h.Place, make([]markObject, 0, len(h.Marks))}
	for _, m := range h.Marks {
		from := utf8.RuneCountInString(h.Text[:m.From])
		o.Marks = append(o.Marks, markObject{from, from + utf8.RuneCountInString(h.Text[m.From:m.To])})
	}
	return p.object(o)
}

// sayHit prints a line: when, where, who, and what matched with a little of what
// stands around it.
func (p *program) sayHit(h messaging.Hit) error {
	const points = 100
	text, marks := h.Readable().Snippet(points)
	if p.emphasises() {
		text = emphasise(text, marks)
	} else {
		text = render.Line(text)
	}
	_, err := p.Stdout.Write([]byte(clock(h.TimestampMS) + "  " + render.Line(h.Title) + "  " + render.Line(author(h.Message)) + ": " + text + "\n"))
	return err
}

// emphasises reports whether a person is shown what is printed, on a terminal
// that can make it bold.
func (p *program) emphasises() bool {
	kind := p.lookup("TERM")
	return p.Terminal && kind != "" && kind != "dumb"
}

// emphasise makes a line safe, and what is marked in it bold.
func emphasise(text string, marks []store.Mark) string {
	const bold, normal = "\x1b[1m", "\x1b[22m"
	var b strings.Builder
	at := 0
	for _, m := range marks {
		b.WriteString(render.Line(text[at:m.From]))
		b.WriteString(bold)
		b.WriteString(render.Line(text[m.From:m.To]))
		b.WriteString(normal)
		at = m.To
	}
	b.WriteString(render.Line(text[at:]))
	return b.String()
}

// takesSome is for a command with one argument or more.
func takesSome(cmd *cobra.Command, args []string) error { return takes(1, len(args)+1)(cmd, args) }
