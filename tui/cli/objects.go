package cli

import (
	"cmp"
	"strconv"
	"strings"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/preview"
	"seance/store"
	"seance/tui/render"
)

// accountObject is what create, restore and show print.
type accountObject struct {
	AccountID      string  `json:"account_id"`
	Name           string  `json:"name"` // "" if unknown
	RecoveryPhrase *string `json:"recovery_phrase,omitempty"`
}

// conversationObject is a row of the conversation list.
type conversationObject struct {
	ID            string  `json:"id"`
	Kind          id.Kind `json:"kind"`
	Name          *string `json:"name"`
	Unread        int     `json:"unread"`
	Mentions      int     `json:"mentions"` // how many of the unread ones name oneself, or answer oneself
	LastMessageMS *int64  `json:"last_message_ms"`
	Request       bool    `json:"request"`
	Pinned        bool    `json:"pinned"`
	Muted         bool    `json:"muted"`
	Blocked       bool    `json:"blocked"`
	Approved      bool    `json:"approved"`
	MarkedUnread  bool    `json:"marked_unread"`
	Membership    *string `json:"membership"` // of groups
}

func conversationOf(v messaging.Conversation, nowMS int64) conversationObject {
	name := v.Title
	if v.Kind != id.KindSelf && v.Nickname == "" && v.Name == "" {
		name = "" // the title is only a shortened ID
	}
	var member *string
	if v.Kind == id.KindGroup {
		member = absent(memberAs(v.Membership))
	}
	return conversationObject{
		ID: string(v.ID), Kind: v.Kind, Name: absent(name), Unread: v.Unread, Mentions: v.Mentions,
		LastMessageMS: absent(v.Last.TimestampMS), Request: v.Request, Pinned: v.Priority > 0,
		Muted: muted(v, nowMS), Blocked: v.Blocked, Approved: v.Approved, MarkedUnread: v.MarkedUnread,
		Membership: member,
	}
}

// memberAs is what the user is to a group, in JSON.
func memberAs(m store.Membership) string { return cmp.Or(string(m), "member") }

// muted reports whether nobody is told of the messages of a conversation.
func muted(v messaging.Conversation, nowMS int64) bool {
	return v.MutedUntilMS > nowMS || v.Notify == store.NotifyNone
}

// messageObject is a message.
type messageObject struct {
	ID           string             `json:"id"`
	Conversation id.Conversation    `json:"conversation"`
	Author       *string            `json:"author"`
	Name         *string            `json:"name"`
	Direction    store.Direction    `json:"direction"`
	TimestampMS  int64              `json:"timestamp_ms"`
	ReceivedMS   *int64             `json:"received_ms"`
	Text         string             `json:"text"`
	Attachments  []attachmentObject `json:"attachments"`
	Preview      *previewObject     `json:"preview"`
	Kind         store.MessageKind  `json:"kind"`
	Quote        *quoteObject       `json:"quote"`
	Reactions    []reactionObject   `json:"reactions"`
	Deleted      bool               `json:"deleted"` // by its author: kind is info
	Mentions     []mentionObject    `json:"mentions"`
	Mentioned    bool               `json:"mentioned"` // oneself, or it answers oneself
	Expires      *expiresObject     `json:"expires"`
	Timer        *timerObject       `json:"timer"` // that a line tells of; its mode is empty for none
	State        *store.State       `json:"state"`
	Hash         *id.Hash           `json:"hash"`
}

// messageFields is the object, for help.
const messageFields = `{"id","conversation","author","name",
"direction":"in|out","timestamp_ms","received_ms","text","attachments":[{"index",
"name","content_type","size","voice","state","width","height","caption"}],
"preview":{"url","title","image"},"kind":"message|info","quote":{"author",
"timestamp_ms","text"},"reactions":[{"emoji","author"}],"deleted",
"mentions":[{"id","name"}],"mentioned","expires":{"mode","seconds","at_ms"},
"timer":{"mode","seconds"},"state":"sending|sent|failed|read","hash"}.
The text is exactly as it was written: there, those who are mentioned are an @ and
their ID. mentioned is whether you are, or it answers you.`

// attachmentObject is a file that came or went with a message.
type attachmentObject struct {
	Index       int             `json:"index"`
	Name        string          `json:"name"`
	ContentType string          `json:"content_type"`
	Size        int64           `json:"size"`
	Voice       bool            `json:"voice"`
	State       attachmentState `json:"state"`
	Width       *int            `json:"width"` // pixels
	Height      *int            `json:"height"`
	Caption     *string         `json:"caption"`
}

// previewObject is what a message shows of a link in its text.
type previewObject struct {
	URL   string            `json:"url"`
	Title *string           `json:"title"`
	Image *attachmentObject `json:"image"` // its index is -1
}

// attachmentState is where the file is.
type attachmentState string

const (
	attachmentRemote    attachmentState = "remote"    // only where the sender put it
	attachmentLocal     attachmentState = "local"     // in the profile
	attachmentUploading attachmentState = "uploading" // in the profile, and not yet where others can have it
	attachmentFailed    attachmentState = "failed"    // in the profile, and nowhere else, since the message was not sent
)

type quoteObject struct {
	Author      string  `json:"author"`
	TimestampMS int64   `json:"timestamp_ms"`
	Text        *string `json:"text"`
}

// mentionObject is who is named by an @ and their ID in a text.
type mentionObject struct {
	ID   string  `json:"id"`
	Name *string `json:"name"`
}

func mentionsOf(m messaging.Message) []mentionObject {
	list := make([]mentionObject, len(m.Mentions))
	for i, v := range m.Mentions {
		list[i].ID = v.Who.String()
		if !v.Own && v.Name != id.Shorten(list[i].ID) {
			list[i].Name = absent(v.Name)
		}
	}
	return list
}

// reactionObject is an emoji that somebody put to a message.
type reactionObject struct {
	Emoji  string `json:"emoji"`
	Author string `json:"author"`
}

func reactionsOf(m messaging.Message) []reactionObject {
	list := make([]reactionObject, len(m.Reactions))
	for i, r := range m.Reactions {
		list[i] = reactionObject{r.Emoji, r.Author.String()}
	}
	return list
}

type expiresObject struct {
	Mode    store.ExpireMode `json:"mode"`
	Seconds int64            `json:"seconds"`
	AtMS    *int64           `json:"at_ms"`
}

func messageOf(m messaging.Message) messageObject {
	o := messageObject{
		ID: m.ID(), Conversation: m.Conversation, Direction: m.Direction,
		TimestampMS: m.TimestampMS, ReceivedMS: absent(m.ReceivedMS), Text: m.Text,
		Attachments: attachmentsOf(m), Preview: previewOf(m), Kind: m.Kind, Reactions: reactionsOf(m), Deleted: m.Deleted,
		Mentions: mentionsOf(m), Mentioned: m.Mentioned,
		State: absent(m.State), Hash: absent(m.Hash),
	}
	if !m.Author.IsZero() {
		author := m.Author.String()
		o.Author = &author
		if m.Name != id.Shorten(author) {
			o.Name = absent(m.Name)
		}
	}
	if m.Quote != nil {
		o.Quote = &quoteObject{m.Quote.Author.String(), m.Quote.TimestampMS, absent(m.Quote.Text)}
	}
	if m.Expire.Mode != store.ExpireNever {
		o.Expires = &expiresObject{m.Expire.Mode, m.Expire.Seconds, absent(m.Expire.AtMS)}
	}
	if m.Timer != nil {
		o.Timer = &timerObject{m.Timer.Mode, m.Timer.Seconds}
	}
	return o
}

func attachmentsOf(m messaging.Message) []attachmentObject {
	list := make([]attachmentObject, len(m.Attachments))
	for i, a := range m.Attachments {
		list[i] = attachmentOf(m, a)
	}
	return list
}

func attachmentOf(m messaging.Message, a store.Attachment) attachmentObject {
	o := attachmentObject{a.Index, a.Name, a.ContentType, a.Size, a.Voice, attachmentRemote, absent(a.Width), absent(a.Height), absent(a.Caption)}
	switch {
	case a.URL == "" && m.State == store.StateSending:
		o.State = attachmentUploading
	case a.URL == "" && m.State == store.StateFailed:
		o.State = attachmentFailed
	case a.File != "":
		o.State = attachmentLocal
	}
	return o
}

func previewOf(m messaging.Message) *previewObject {
	if m.Preview == nil {
		return nil
	}
	o := &previewObject{URL: m.Preview.URL, Title: absent(m.Preview.Title)}
	if m.Preview.Image != nil {
		image := attachmentOf(m, *m.Preview.Image)
		o.Image = &image
	}
	return o
}

// sentObject is what send prints.
type sentObject struct {
	ID           string          `json:"id"`
	Conversation id.Conversation `json:"conversation"`
	TimestampMS  int64           `json:"timestamp_ms"`
	State        store.State     `json:"state"`
	Hash         *id.Hash        `json:"hash"`
}

// author is who wrote a message, as people are told. It is text from others.
func author(m messaging.Message) string {
	if m.Direction == store.Out {
		return "You"
	}
	return m.Name
}

// sayMessage prints a message for people: when, where if that has to be told, who, and
// what. Lines say themselves who did something.
func (p *program) sayMessage(m messaging.Message, where string) error {
	remark := ""
	switch m.State {
	case store.StateSending:
		remark = "  [not sent yet]"
	case store.StateFailed:
		remark = "  [not sent: " + render.Line(m.Failure) + "]"
	}
	at := clock(m.TimestampMS) + "  "
	room := strings.Repeat(" ", len(at))
	if where != "" {
		at += "[" + render.Line(where) + "] "
	}
	if m.Kind == store.KindInfo {
		return p.say("%s%s%s", at, render.Line(m.Text), remark)
	}
	return p.say("%s%s: %s%s", at, render.Line(author(m)), indented(quoted(m)+m.Readable(), room), fileRemarks(m)+remark+moreRemarks(m))
}

// quoted is a line of what a message answers.
func quoted(m messaging.Message) string {
	if m.Quote == nil {
		return ""
	}
	text, f := render.Line(m.ReadableQuote()), m.Quote.Files
	if text == "" {
		text = render.Files(f.Count, f.Name, f.Voice, f.Image)
	}
	const longest = 72
	return "> " + render.Metrics{}.Cut(text, longest, "…") + "\n"
}

// moreRemarks are the reactions to a message, and when it disappears.
func moreRemarks(m messaging.Message) string {
	var emoji []string
	count := map[string]int{}
	for _, r := range m.Reactions {
		if count[r.Emoji]++; count[r.Emoji] == 1 {
			emoji = append(emoji, r.Emoji)
		}
	}
	out := ""
	for i, e := range emoji {
		if emoji[i] = render.Line(e); count[e] > 1 {
			emoji[i] += " " + strconv.Itoa(count[e])
		}
	}
	if len(emoji) > 0 {
		out = "  [" + strings.Join(emoji, ", ") + "]"
	}
	switch e := m.Expire; {
	case e.AtMS > 0:
		out += "  [disappears " + clock(e.AtMS) + "]"
	case e.Mode != store.ExpireNever:
		out += "  [disappears " + timerText(store.Timer{Mode: e.Mode, Seconds: e.Seconds}) + "]"
	}
	return out
}

// fileRemarks name the files of a message, behind its text, and what a link leads to.
func fileRemarks(m messaging.Message) string {
	var out strings.Builder
	if m.Preview != nil && m.Preview.Title != "" {
		out.WriteString(" [" + render.Line(preview.Host(m.Preview.URL)+": "+m.Preview.Title) + "]")
	}
	for _, a := range m.Attachments {
		kind := ""
		if a.Voice {
			kind = "voice message "
		}
		if out.Len() > 0 || m.Text != "" {
			out.WriteByte(' ')
		}
		out.WriteString("[" + kind + messaging.SafeName(a) + "  " + render.Bytes(a.Size) + "]")
		if a.Caption != "" {
			out.WriteString(" " + render.Line(a.Caption))
		}
	}
	return out.String()
}
