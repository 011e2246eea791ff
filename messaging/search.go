package messaging

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"seance/messaging/id"
	"seance/store"
)

// Query is a search as a person types it.
type Query struct {
	// Text has words, which also match as the beginning of longer ones,
	// "phrases", and the filters from:NAME, in:NAME, has:file|link|voice|image,
	// before:DATE and after:DATE. All of them must hold.
	Text   string
	In     id.Conversation // one conversation only; "": all
	Limit  int             // most hits wanted; 0 stands for 50
	Before int64           // only hits older than the one with this Place; 0: from the newest on
}

// Hit is a message that was found.
type Hit struct {
	Message
	Title string       // of the conversation
	Place int64        // in the order of all messages by time, for Query.Before
	Marks []store.Mark // what matched, in Text, in order
}

// Search finds messages in all conversations, newest first. It fails with
// ErrInvalid for a filter that cannot be understood, and with ErrUnknown and
// ErrAmbiguous for names in filters.
func (c *Client) Search(ctx context.Context, q Query) ([]Hit, error) {
	s := store.Search{In: q.In, Limit: q.Limit, Before: q.Before}
	for _, w := range splitQuery(q.Text) {
		if err := c.addToSearch(ctx, &s, w); err != nil {
			return nil, err
		}
	}
	if onlyDates(s) {
		return nil, fmt.Errorf("%w: a date needs something to look for: a word, or one of the filters from, in and has", ErrInvalid)
	}
	found, err := c.db.Search(ctx, s)
	if err != nil {
		return nil, unknown(err, "conversation")
	}
	names := make(map[id.Conversation]func(id.Sender) string)
	titles := make(map[id.Conversation]string)
	hits := make([]Hit, len(found))
	for i, f := range found {
		if names[f.Conversation] == nil {
			names[f.Conversation] = c.naming(ctx, f.Conversation)
		}
		called, ok := titles[f.Conversation]
		if !ok {
			v, err := c.db.Conversation(ctx, f.Conversation)
			if err != nil {
				return nil, unknown(err, "conversation")
			}
			called = title(v)
			titles[f.Conversation] = called
		}
		hits[i] = Hit{Message: c.shown(f.Message, names[f.Conversation]), Title: called, Place: f.Place, Marks: f.Marks}
	}
	return hits, nil
}

// onlyDates is for a search that would find nothing: what is said at a time is
// read, not searched for.
func onlyDates(s store.Search) bool {
	dated := s.FromMS != 0 || s.UntilMS != 0
	return dated && len(s.Terms) == 0 && s.In == "" && s.Author == nil && !s.Outgoing && s.Has == 0
}

// queryWord is a part of a query: a word or phrase, with the filter before it.
type queryWord struct {
	filter string // in lower case; "" for none
	text   string
	quoted bool
}

// filters are the words before a colon that mean something.
var filters = []string{"from", "in", "has", "before", "after"}

// splitQuery takes a query apart. A quotation mark without its end counts as
// one at the end.
func splitQuery(text string) (list []queryWord) {
	for {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
		if text == "" {
			return list
		}
		var w queryWord
		if before, rest, ok := strings.Cut(text, ":"); ok && slices.Contains(filters, strings.ToLower(before)) {
			w.filter, text = strings.ToLower(before), rest
		}
		if strings.HasPrefix(text, `"`) {
			w.quoted = true
			w.text, text, _ = strings.Cut(text[1:], `"`)
		} else {
			end := strings.IndexFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '"' })
			if end < 0 {
				end = len(text)
			}
			w.text, text = text[:end], text[end:]
		}
		list = append(list, w)
	}
}

func (c *Client) addToSearch(ctx context.Context, s *store.Search, w queryWord) error {
	if w.filter != "" && w.text == "" {
		return fmt.Errorf("%w: %s: stands before something, as in %s", ErrInvalid, w.filter, filterExamples[w.filter])
	}
	switch w.filter {
	case "from":
		return c.addAuthor(ctx, s, w.text)
	case "in":
		conv, err := c.resolvePart(ctx, w.text)
		if err == nil && s.In != "" && s.In != conv {
			err = fmt.Errorf("%w: a message is in one conversation only", ErrInvalid)
		}
		s.In = conv
		return err
	case "has":
		has, ok := map[string]store.Has{
			"file": store.HasFile, "link": store.HasLink, "voice": store.HasVoice, "image": store.HasImage,
		}[strings.ToLower(w.text)]
		if !ok {
			return fmt.Errorf("%w: has: finds file, link, voice or image, not %q", ErrInvalid, w.text)
		}
		s.Has |= has
	case "before", "after":
		from, until, err := parseDay(w.text)
		if err != nil {
			return err
		}
		if w.filter == "after" {
			s.FromMS = max(s.FromMS, until.UnixMilli())
		} else if ms := from.UnixMilli(); s.UntilMS == 0 || ms < s.UntilMS {
			s.UntilMS = ms
		}
	default:
		// A single letter begins a great many words, and few want them all.
		letters := strings.FieldsFunc(w.text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		prefix := !w.quoted && len(letters) > 0 && len([]rune(letters[len(letters)-1])) > 1
		s.Terms = append(s.Terms, store.Term{Text: w.text, Prefix: prefix})
	}
	return nil
}

var filterExamples = map[string]string{
	"from": "from:Alice", "in": `in:"Book club"`, "has": "has:file", "before": "before:2026-01-31", "after": "after:2026-01-31",
}

// addAuthor is for "me", an Account ID, and the name of a contact.
func (c *Client) addAuthor(ctx context.Context, s *store.Search, who string) error {
	if who == "me" || strings.EqualFold(who, "you") { // as one's own messages are shown
		s.Outgoing = true
		return nil
	}
	conv, err := c.resolvePart(ctx, who)
	if err != nil {
		return err
	}
	account, ok := conv.Account()
	if !ok {
		return fmt.Errorf("%w: %q is not a person; in: searches a conversation", ErrInvalid, who)
	}
	if account == c.Self().Account {
		s.Outgoing = true
		return nil
	}
	author := account.Sender()
	s.Author = &author
	return nil
}

// resolvePart is Resolve for a person who is still typing: the beginning of a
// name, or of a word in it, will do if it is that of one conversation only.
func (c *Client) resolvePart(ctx context.Context, who string) (id.Conversation, error) {
	conv, err := c.Resolve(ctx, who)
	if !errors.Is(err, ErrUnknown) {
		return conv, err
	}
	list, failed := c.db.Conversations(ctx)
	if failed != nil {
		return "", failed
	}
	var matching []id.Conversation
	part := strings.ToLower(strings.TrimSpace(who))
	for _, v := range list {
		if called := " " + strings.ToLower(title(v)); part != "" && strings.Contains(called, " "+part) {
			matching = append(matching, v.ID)
		}
	}
	switch len(matching) {
	case 0:
		return "", err
	case 1:
		return matching[0], nil
	}
	return "", fmt.Errorf("%d conversations begin with %q: %w", len(matching), who, ErrAmbiguous)
}

// parseDay understands a year, a month and a day, by the clock of this
// machine: its begin and its end.
func parseDay(text string) (from, until time.Time, err error) {
	for _, f := range []struct {
		layout              string
		years, months, days int
	}{{"2006-01-02", 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006", 1, 0, 0}} {
		if from, err := time.ParseInLocation(f.layout, text, time.Local); err == nil {
			return from, from.AddDate(f.years, f.months, f.days), nil
		}
	}
	switch strings.ToLower(text) {
	case "today", "yesterday":
		y, m, d := time.Now().Date()
		from = time.Date(y, m, d, 0, 0, 0, 0, time.Local)
		if strings.EqualFold(text, "yesterday") {
			from = from.AddDate(0, 0, -1)
		}
		return from, from.AddDate(0, 0, 1), nil
	}
	return from, until, fmt.Errorf("%w: a date is written like 2026-01-31 or 2026-01, not %q", ErrInvalid, text)
}

// Snippet is at most so many code points of the text, around the first match,
// on one line, with the marks in it. What was cut off is shown by "…".
func (h Hit) Snippet(points int) (text string, marks []store.Mark) {
	before, after := "", ""
	begin, end := 0, len(h.Text)
	if n := utf8.RuneCountInString(h.Text); n > points {
		first := 0
		if len(h.Marks) > 0 {
			first = h.Marks[0].From
		}
		// A third of the room is for what stands before the match.
		from := max(0, utf8.RuneCountInString(h.Text[:first])-points/3)
		if n-from < points {
			from = n - (points - 1)
		} else if room := points - 1 - min(from, 1); from+room < n {
			end, after = forward(h.Text, from+room), "…"
		}
		if from > 0 {
			begin, before = forward(h.Text, from), "…"
			if word := strings.IndexFunc(h.Text[begin:max(begin, first)], unicode.IsSpace); word >= 0 {
				begin += word + 1
			}
		}
	}
	text = before + strings.Map(oneLine, h.Text[begin:end]) + after
	for _, m := range h.Marks {
		if from, to := max(m.From, begin), min(m.To, end); from < to {
			marks = append(marks, store.Mark{From: from - begin + len(before), To: to - begin + len(before)})
		}
	}
	return text, marks
}

// oneLine makes breaks spaces of the same length, so that marks stay right.
func oneLine(r rune) rune {
	if r == '\n' || r == '\r' || r == '\t' {
		return ' '
	}
	return r
}

// forward is the place behind n code points of a text.
func forward(text string, n int) int {
	for i := range text {
		if n--; n < 0 {
			return i
		}
	}
	return len(text)
}
