package store

import (
	"context"
	"fmt"
	"math"
	"strings"

	"seance/messaging/id"
)

// Term is what a search looks for in texts: a word or several in a row.
type Term struct {
	Text   string
	Prefix bool // the last word may go on
}

// Has is something that a message can have beside its text.
type Has int

// What a search can ask for. A voice message and an image are files too.
const (
	HasLink  Has = hasLinkBit
	HasFile  Has = hasFile
	HasVoice Has = hasVoice
	HasImage Has = hasImage
)

// Search is a question to the index of all texts. What is not set does not
// narrow it.
type Search struct {
	Terms    []Term
	In       id.Conversation
	Author   *id.Sender
	Outgoing bool // written by this account
	Has      Has  // all of these
	FromMS   int64
	UntilMS  int64 // before this time
	Before   int64 // only what is older than the hit with this Place
	Limit    int   // 0 stands for 50
}

// Mark is a part of a text: the bytes from From to To.
type Mark struct{ From, To int }

// Hit is a message that was found.
type Hit struct {
	Message
	Place int64  // among all messages, by time; newer ones have greater ones
	Marks []Mark // what matched in Text, in order
}

// placesPerMS is the factor between a time and the places of its messages, and
// lastMS the greatest time that has places: see the column of that name.
const (
	placesPerMS = 1 << 20
	lastMS      = 1<<42 - 1
)

// The index is asked first and gives its rows in the order of their places,
// newest first; conditions on them follow.
const searchMessages = `SELECT ` + messageColumns + `, m.place, highlight(search, 0, char(2), char(3))
	FROM search CROSS JOIN message AS m ON m.place = search.rowid CROSS JOIN conversation AS c ON c.row = m.conversation
	WHERE search MATCH ?1 AND search.rowid >= ?2 AND search.rowid < ?3
	AND m.kind = 'message' AND (?4 IS NULL OR m.author = ?4)
	AND (m.expire_at_ms = 0 OR m.expire_at_ms > ?6)
	ORDER BY search.rowid DESC LIMIT ?5`

// Search finds messages of people by their text, newest first. Words match
// whatever their case and diacritics. Without a term and a filter it finds
// nothing. The cost is that of what is returned, for all but rare combinations
// of frequent words.
func (s *Store) Search(ctx context.Context, q Search) ([]Hit, error) {
	match, err := s.match(ctx, q)
	if err != nil || match == "" {
		return nil, err
	}
	if q.Limit <= 0 {
		q.Limit = defaultLimit
	}
	from := min(max(q.FromMS, 0), lastMS) * placesPerMS
	until := int64(math.MaxInt64)
	if q.UntilMS > 0 {
		until = min(q.UntilMS, lastMS) * placesPerMS
	}
	if q.Before > 0 {
		until = min(until, q.Before)
	}
	var author any
	if q.Author != nil {
		author = q.Author[:]
	}
	var hits []Hit
	err = s.queries.rows(ctx, func(row scanner) error {
		var h Hit
		var marked string
		if err := scanMessage(&h.Message, &h.Place, &marked)(row); err != nil {
			return err
		}
		h.Marks = marks(h.Text, marked)
		hits = append(hits, h)
		return nil
	}, searchMessages, match, from, until, author, q.Limit, s.nowMS())
	for i := range hits {
		if err == nil {
			err = s.fillMessage(ctx, &hits[i].Message)
		}
	}
	if err != nil {
		return nil, err
	}
	return hits, nil
}

// match is a search in the language of the index; "" finds nothing.
func (s *Store) match(ctx context.Context, q Search) (string, error) {
	var tags []string
	if q.In != "" {
		var row int64
		err := s.queries.row(ctx, into(&row), `SELECT row FROM conversation WHERE id = ?`, string(q.In))
		if err != nil {
			return "", err
		}
		tags = append(tags, fmt.Sprintf("c%d", row))
	}
	if q.Author != nil {
		tags = append(tags, fmt.Sprintf("a%X", q.Author[:9]))
	}
	if q.Outgoing {
		tags = append(tags, "me")
	}
	for i, tag := range []string{"link", "file", "voice", "image"} {
		if q.Has&(1<<i) != 0 {
			tags = append(tags, tag)
		}
	}
	var all []string
	for _, t := range q.Terms {
		if !hasWords(t.Text) {
			continue
		}
		indexed, _ := words(t.Text)
		term := "text : " + quoted(indexed)
		if t.Prefix {
			term += " *"
		}
		all = append(all, term)
	}
	if len(all) == 0 && len(q.Terms) > 0 {
		return "", nil // only signs that are in no word
	}
	for _, tag := range tags {
		all = append(all, "tags : "+quoted(tag))
	}
	return strings.Join(all, " AND "), nil
}

// quoted is a string of the index's language. A zero byte would end it.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`"`, `""`, "\x00", " ").Replace(s) + `"`
}

// searchColumns are what a message's text means for the index: its words, nil
// if they are the text itself, and what it has.
func searchColumns(text string) (indexed any, has int) {
	if w, other := words(text); other {
		indexed = w
	}
	if hasLink(text) {
		has = hasLinkBit
	}
	return indexed, has
}

// The statements that bring what a transaction has inserted into the index, in
// its order. The index by place would offer that order, and all messages.
const (
	indexMessages = `INSERT INTO search (rowid, text, tags) SELECT place, coalesce(words, text), tags
		FROM message NOT INDEXED WHERE row > (SELECT row FROM indexed) AND kind = 'message' ORDER BY place`
	indexedAll = `UPDATE indexed SET row = (SELECT max(row) FROM message)`
)

// indexNew ends a transaction that has inserted messages.
func (t *Tx) indexNew() error {
	if !t.inserted {
		return nil
	}
	if _, err := t.exec(indexMessages); err != nil {
		return err
	}
	_, err := t.exec(indexedAll)
	return err
}
