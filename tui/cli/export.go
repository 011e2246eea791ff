package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"seance/messaging"
	"seance/messaging/export"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/render"
)

func (p *program) export() *cobra.Command {
	cmd := &cobra.Command{
		Use: "export CONV | --all --out DIR", Args: takes(0, 1),
		Short: "Write conversations out, for people and other programs",
		Long: `Write a conversation out, or all of them. The formats are

  text   to read and to search with other tools
  html   one page a conversation, which needs nothing from the network
  json   one message object a line, as 'seance messages --json' prints them;
         attachments have "file" in addition, null if it was not exported

Without --out one conversation goes to standard output, and its attachments are
only named. With --out each conversation becomes a file in DIR, with a folder
for the attachments that are on this device. Nothing is overwritten: where a
name is taken, the new file gets a number. What is exported is not encrypted.

Messages that have disappeared are left out. Of the others the time left is
told: whoever keeps an export keeps them for longer than was agreed.

JSON with --out: {"conversation","file","messages","attachments","absent","damaged"},
one object a conversation; absent attachments are not on this device, damaged
ones could not be read. Without --out --json means --format json.`,
	}
	format := cmd.Flags().String("format", string(export.Text), "`text|html|json`")
	all := cmd.Flags().Bool("all", false, "all conversations, hidden ones too")
	out := cmd.Flags().String("out", "", "the `DIR` for the files")
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		e := exporter{p: p, o: export.Options{Format: export.Format(*format), Now: time.Now(), Object: exportedOf, Clean: render.Text}}
		if p.json && *out == "" && !cmd.Flags().Changed("format") {
			e.o.Format = export.JSON
		}
		switch e.o.Format {
		case export.Text, export.HTML, export.JSON:
		default:
			return usagef("--format is text, html or json, not %q", *format)
		}
		switch {
		case *all == (len(args) == 1):
			return usagef("name one conversation, or give --all; see 'seance export --help'")
		case *all && *out == "":
			return usagef("--all needs --out, a directory for the files")
		}
		return p.withClient(ctx, cmd, func(c *messaging.Client) error {
			e.c = c
			list, err := e.wanted(ctx, args)
			if err != nil {
				return err
			}
			if *out == "" {
				_, err := export.Write(p.Stdout, e.conversation(ctx, list[0]), e.o)
				return err
			}
			return e.into(ctx, p.path(*out), list)
		})
	})
}

// exporter is one run of export.
type exporter struct {
	p *program
	c *messaging.Client
	o export.Options
}

// wanted are the conversations to export: the one that is named, or all that
// have messages.
func (e exporter) wanted(ctx context.Context, args []string) ([]messaging.Conversation, error) {
	if len(args) == 1 {
		conv, err := known(ctx, e.c, args[0])
		if err != nil {
			return nil, err
		}
		v, err := e.c.Conversation(ctx, conv)
		if errors.Is(err, messaging.ErrUnknown) { // the note to self, before its first message
			v, err = messaging.Conversation{Title: "Note to self"}, nil
			v.ID, v.Kind = conv, id.KindSelf
		}
		return []messaging.Conversation{v}, err
	}
	every, err := e.c.EveryConversation(ctx)
	var list []messaging.Conversation
	for _, v := range every {
		if v.Last.Row != 0 {
			list = append(list, v)
		}
	}
	return list, err
}

func (e exporter) conversation(ctx context.Context, v messaging.Conversation) export.Conversation {
	return export.Conversation{ID: v.ID, Title: v.Title, Messages: e.c.History(ctx, v.ID)}
}

// exportObject tells what became of a conversation.
type exportObject struct {
	Conversation id.Conversation `json:"conversation"`
	File         string          `json:"file"`
	Messages     int             `json:"messages"`
	Attachments  int             `json:"attachments"`
	Absent       int             `json:"absent"`
	Damaged      int             `json:"damaged"`
}

// into exports conversations into a directory.
func (e exporter) into(ctx context.Context, dir string, list []messaging.Conversation) error {
	e.o.Open = func(a store.Attachment) (io.ReadCloser, error) { return e.c.OpenAttachment(a) }
	d, err := export.OpenDirectory(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	var total export.Count
	for _, v := range list {
		name, n, err := d.Write(e.conversation(ctx, v), e.o)
		if err != nil {
			return err
		}
		total.Add(n)
		if err := e.say(v, filepath.Join(dir, name), n); err != nil {
			return err
		}
	}
	if total.Damaged > 0 {
		return fmt.Errorf("%s could not be read and %s left out: 'seance check' looks for damage", count(total.Damaged, "attachment"), plural(total.Damaged, "was", "were"))
	}
	return nil
}

func (e exporter) say(v messaging.Conversation, file string, n export.Count) error {
	if e.p.json {
		return e.p.object(exportObject{v.ID, file, n.Messages, n.Attachments, n.Absent, n.Damaged})
	}
	text := count(n.Messages, "message") + ", " + count(n.Attachments, "attachment")
	if n.Absent > 0 {
		text += fmt.Sprintf(" (%d more not on this device)", n.Absent)
	}
	return e.p.say("%s: %s -> %s", render.Line(v.Title), text, render.Line(file))
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// exportedObject is a message with the files of its attachments.
type exportedObject struct {
	messageObject
	Attachments []exportedAttachment `json:"attachments"`
}

type exportedAttachment struct {
	attachmentObject
	File *string `json:"file"` // from the directory of the export; null if it was not exported
}

func exportedOf(m messaging.Message, files []string) any {
	o := exportedObject{messageObject: messageOf(m), Attachments: []exportedAttachment{}}
	for i, a := range o.messageObject.Attachments {
		file := ""
		if i < len(files) {
			file = files[i]
		}
		o.Attachments = append(o.Attachments, exportedAttachment{a, absent(file)})
	}
	return o
}
