package app

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"seance/messaging"
	"seance/messaging/id"
	"seance/store"
	"seance/tui/chat"
	"seance/tui/edit"
)

// hesitation is how long a query must stand before it is asked: who types fast
// is not answered between two letters.
const hesitation = 40 * time.Millisecond

// hitsAtOnce is how many hits are asked for at a time, and mostHits how many
// are kept.
const (
	hitsAtOnce = 50
	mostHits   = 1000
)

// search is the page on which messages are searched, and what was searched for
// last when it is not shown.
type search struct {
	buffer edit.Buffer
	home   id.Conversation // the conversation that it was begun in; "" for none
	in     id.Conversation // the conversation that is searched; "" for all

	wanted string // the query that was asked last
	runs   int    // how many were; only the answer to the last one counts
	stop   context.CancelFunc
	busy   bool   // it was not answered yet
	wrong  string // what cannot be understood about it

	hits   []hit // newest first
	whole  bool  // older ones are not asked for: there are none,
	full   bool  // or there are, and no more are kept
	cursor int
	top    int  // the first hit on the screen
	opened bool // the one under the cursor was opened
}

// hit is what is kept of a message that was found.
type hit struct {
	spot
	place   int64 // in the order of all hits
	endMS   int64 // when the message disappears; 0: never, or that is not known yet
	title   string
	author  string
	own     bool
	excerpt messaging.Hit // for Snippet: the text, shortened to what a row can show
}

// The most code points of a text that are kept of a hit, and the most marks.
const (
	longestExcerpt = 300
	mostMarks      = 64
)

func kept(h messaging.Hit, query string) hit {
	if len(h.Marks) == 0 && strings.Contains(strings.ToLower(query), "has:link") {
		h.Marks = links(h.Text)
	}
	k := hit{
		spot:  spot{conv: h.Conversation, at: h.Position(), row: h.Row},
		place: h.Place, endMS: h.Expire.AtMS, title: h.Title, author: h.Name, own: h.Direction == store.Out,
	}
	for _, m := range h.Marks[:min(len(h.Marks), mostMarks)] {
		k.marks = append(k.marks, chat.Mark{From: m.From, To: m.To})
	}
	k.excerpt.Text, k.excerpt.Marks = h.Readable().Snippet(longestExcerpt)
	return k
}

// links are the places of links in a text, for who asked for nothing else.
func links(text string) (marks []store.Mark) {
	for at := 0; len(marks) < mostMarks; {
		i := strings.Index(text[at:], "http")
		if i < 0 {
			break
		}
		from := at + i
		at = from + len("http")
		if rest := text[at:]; strings.HasPrefix(rest, "://") || strings.HasPrefix(rest, "s://") {
			if at = from + strings.IndexFunc(text[from:], unicode.IsSpace); at < from {
				at = len(text)
			}
			marks = append(marks, store.Mark{From: from, To: at})
		}
	}
	return marks
}

// showSearch begins a search: in the open conversation, or in all of them from
// the list. What was searched for last stands in the field until something else
// is typed.
func (m *Model) showSearch() tea.Cmd {
	if m.search == nil {
		m.search = &search{buffer: edit.Single(""), whole: true}
	}
	s := m.search
	s.home = m.open
	if m.focus == OnList {
		s.home = ""
	}
	s.in = s.home
	s.buffer.SetText(s.wanted)
	s.buffer.SelectAll()
	m.page = s
	return m.find(s, 0)
}

// toggleScope widens a search to all conversations, or narrows it down again.
func (m *Model) toggleScope() tea.Cmd {
	s, ok := m.page.(*search)
	if !ok || s.home == "" {
		return nil
	}
	if s.in == "" {
		s.in = s.home
	} else {
		s.in = ""
	}
	return m.find(s, 0)
}

// edited asks for what stands in the field now.
func (s *search) edited(m *Model) tea.Cmd {
	if trimmed(s.buffer.Text()) == s.wanted {
		return nil
	}
	return m.find(s, hesitation)
}

// find asks for what stands in the field. A question that is under way is given
// up: nobody waits for its answer any more.
func (m *Model) find(s *search, after time.Duration) tea.Cmd {
	if s.stop != nil {
		s.stop()
	}
	again := trimmed(s.buffer.Text()) == s.wanted
	s.wanted = trimmed(s.buffer.Text())
	s.runs++
	s.busy = false
	if s.wanted == "" || m.client == nil {
		s.show(nil, true, "")
		return nil
	}
	q := messaging.Query{Text: s.wanted, In: s.in, Limit: hitsAtOnce}
	if again {
		q.Limit = max(q.Limit, len(s.hits))
	}
	return m.query(s, q, after, func(s *search, hits []hit, err error) {
		wrong := ""
		if err != nil {
			wrong = sentence(err)
		}
		selected := s.selected()
		s.show(hits, len(hits) < q.Limit, wrong)
		for i, h := range hits {
			if again && h.row == selected.row {
				s.cursor = i
			}
		}
	})
}

// moreHits asks for older hits where the cursor comes near the last one.
func (m *Model) moreHits() tea.Cmd {
	s := m.search
	const near = 20
	if s == nil || s.busy || s.whole || m.client == nil || s.cursor < len(s.hits)-near {
		return nil
	}
	q := messaging.Query{Text: s.wanted, In: s.in, Limit: hitsAtOnce, Before: s.hits[len(s.hits)-1].place}
	return m.query(s, q, 0, func(s *search, hits []hit, err error) {
		// What fails now has worked before: the hits that there are stay.
		s.hits = append(s.hits, hits...)
		s.full = len(hits) == hitsAtOnce && len(s.hits) >= mostHits
		s.whole = err != nil || len(hits) < hitsAtOnce || s.full
	})
}

// query asks the engine and hands the answer on, unless something else was asked
// for meanwhile.
func (m *Model) query(s *search, q messaging.Query, after time.Duration, answered func(*search, []hit, error)) tea.Cmd {
	ctx, stop := context.WithCancel(m.ctx)
	s.stop, s.busy = stop, true
	mine, c := s.runs, m.client
	return m.ask(func(context.Context) result {
		defer stop()
		timer := time.NewTimer(after)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil
		}
		found, err := c.Search(ctx, q)
		if errors.Is(err, context.Canceled) {
			return nil
		}
		hits := make([]hit, len(found))
		for i, h := range found {
			hits[i] = kept(h, q.Text)
		}
		return func(*Model) tea.Cmd {
			if s.runs == mine {
				s.busy = false
				answered(s, hits, err)
			}
			return nil
		}
	})
}

// show replaces the hits.
func (s *search) show(hits []hit, whole bool, wrong string) {
	s.hits, s.whole, s.full, s.wrong = hits, whole, false, wrong
	s.cursor, s.top, s.opened = 0, 0, false
}

// selected is the hit under the cursor; its row is 0 if there is none.
func (s *search) selected() hit {
	if s.cursor < len(s.hits) {
		return s.hits[s.cursor]
	}
	return hit{}
}

func (s *search) move(by int) { s.cursor = min(max(s.cursor+by, 0), max(len(s.hits)-1, 0)) }

// openHit shows the conversation at the hit under the cursor.
func (m *Model) openHit() tea.Cmd {
	s := m.search
	if s == nil || len(s.hits) == 0 {
		return nil
	}
	s.opened = true
	h := s.selected()
	count := strconv.Itoa(len(s.hits))
	if !s.whole || s.full {
		count += " and more"
	}
	m.say("Match " + strconv.Itoa(s.cursor+1) + " of " + count + "   " +
		m.named("search.older").key(InMessages) + " older   " + m.named("search.newer").key(InMessages) + " newer   " +
		m.named("search.open").key(InMessages) + " list")
	return m.openAt(h.spot)
}

// stepHit opens a hit further down or up in what was found last.
func (m *Model) stepHit(by int) tea.Cmd {
	s := m.search
	to := s.cursor + by
	switch {
	case !s.opened:
		to = s.cursor
	case to < 0:
		m.say("That was the newest match.")
		return nil
	case to >= len(s.hits) && (!s.whole || s.full):
		m.say("Older matches are not at hand: add a word, or before: with a date.")
		return nil
	case to >= len(s.hits):
		m.say("That was the oldest match.")
		return nil
	}
	s.cursor = to
	return m.openHit()
}

// hasHits reports whether there is something to step through.
func hasHits(m *Model) bool { return m.client != nil && m.search != nil && len(m.search.hits) > 0 }

func searching(m *Model) bool { _, ok := m.page.(*search); return ok }

func searchActions() []*Action {
	move := func(by int) func(*Model) tea.Cmd {
		return quietly(func(m *Model) {
			if s, ok := m.page.(*search); ok {
				s.move(by)
			}
		})
	}
	return []*Action{
		{Name: "search.pick", Title: "Go to the message found", Hint: "go there", Inner: true,
			Keys: map[Context][]string{InSearch: {"enter"}}, When: hasHits, Run: (*Model).openHit},
		{Name: "search.scope", Title: "Search everywhere, or in this conversation only", Inner: true,
			Keys: map[Context][]string{InSearch: {"tab"}}, Run: (*Model).toggleScope},
		{Name: "search.older", Title: "Next match of the search, an older one",
			Keys: map[Context][]string{InMessages: {"n"}}, When: hasHits, Run: func(m *Model) tea.Cmd { return m.stepHit(1) }},
		{Name: "search.newer", Title: "Match of the search before, a newer one",
			Keys: map[Context][]string{InMessages: {"N"}}, When: hasHits, Run: func(m *Model) tea.Cmd { return m.stepHit(-1) }},
		{Name: "search.previous", Title: "Message above", Inner: true, Keys: map[Context][]string{InSearch: {"up", "ctrl+p"}}, Run: move(-1)},
		{Name: "search.next", Title: "Message below", Inner: true, Keys: map[Context][]string{InSearch: {"down", "ctrl+n"}}, Run: move(1)},
		{Name: "search.page_up", Title: "A screen up", Inner: true, Keys: map[Context][]string{InSearch: {"pgup"}}, Run: move(-8)},
		{Name: "search.page_down", Title: "A screen down", Inner: true, Keys: map[Context][]string{InSearch: {"pgdown"}}, Run: move(8)},
	}
}
