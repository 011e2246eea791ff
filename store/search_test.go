package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// found are the texts of a search's hits, with what matched in brackets.
func found(t *testing.T, s *Store, q Search) (texts []string) {
	t.Helper()
	hits, err := s.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hits {
		var b strings.Builder
		at := 0
		for _, m := range h.Marks {
			b.WriteString(h.Text[at:m.From] + "[" + h.Text[m.From:m.To] + "]")
			at = m.To
		}
		texts = append(texts, b.String()+h.Text[at:])
	}
	return texts
}

func terms(list ...string) (terms []Term) {
	for _, text := range list {
		text, prefix := strings.CutSuffix(text, "*")
		terms = append(terms, Term{text, prefix})
	}
	return terms
}

// search checks that the index agrees with the messages.
func checkIndex(t *testing.T, s *Store) {
	t.Helper()
	err := s.Update(t.Context(), func(tx *Tx) error {
		_, err := tx.exec(`INSERT INTO search (search, rank) VALUES ('integrity-check', 1)`)
		return err
	})
	if err != nil {
		t.Errorf("the search index: %v", err)
	}
}

func TestSearchWords(t *testing.T) {
	s := openTest(t, t.TempDir())
	c := contact(1)
	texts := []string{
		"The quick brown fox",
		"Crème brûlée at the café, naïve Ångström",
		"東京都に住んでいます",
		"今日は東へ行く",
		"ฉันรักภาษาไทย",
		"Привет, мир! Как дела?",
		"한국어 메시지입니다",
		"a \x02 control \x1f sign and brown bread",
		"party 🎉🎉 tonight",
		"the fox is quick; the FOX is brown",
		"iPhone東京 mix",
		"quick zero, and \"quoted\" NEAR(x) AND OR * ^",
		"\xff\xfe broken é",
		"zero \x00 byte", // what is behind it is found; where, the index does not tell
	}
	err := s.Update(t.Context(), func(tx *Tx) error {
		if err := tx.PutConversation(c); err != nil {
			return err
		}
		for i, text := range texts {
			if _, _, err := tx.InsertMessage(Message{Conversation: c.ID, Author: account(1).Sender(), TimestampMS: int64(i + 1), Kind: KindMessage, Direction: In, Text: text}); err != nil {
				return err
			}
		}
		_, _, err := tx.InsertMessage(Message{Conversation: c.ID, Author: account(1).Sender(), TimestampMS: 99, Kind: KindInfo, Text: "a brown info line"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		terms []Term
		want  []string // newest first
	}{
		{terms("brown"), []string{"the fox is quick; the FOX is [brown]", "a \x02 control \x1f sign and [brown] bread", "The quick [brown] fox"}},
		{terms("quick", "fox"), []string{"the [fox] is [quick]; the [FOX] is brown", "The [quick] brown [fox]"}},
		{terms("quick brown"), []string{"The [quick brown] fox"}},
		{terms("brow"), nil},
		{terms("brow*", "bre*"), []string{"a \x02 control \x1f sign and [brown] [bread]"}},
		{terms("CREME brulee"), []string{"[Crème brûlée] at the café, naïve Ångström"}},
		{terms("café", "angstrom"), []string{"Crème brûlée at the [café], naïve [Ångström]"}},
		{terms("東京"), []string{"iPhone[東京] mix", "[東京]都に住んでいます"}},
		{terms("東"), []string{"iPhone[東]京 mix", "今日は[東]へ行く", "[東]京都に住んでいます"}},
		{terms("京東"), nil},
		{terms("iphone東京"), []string{"[iPhone東京] mix"}},
		{terms("รัก"), []string{"ฉัน[รัก]ภาษาไทย"}},
		{terms("привет*"), []string{"[Привет], мир! Как дела?"}},
		{terms("메시지*"), []string{"한국어 [메시지입니다]"}},
		{terms("🎉"), []string{"party [🎉🎉] tonight"}},
		{terms(`"quoted"`), []string{"quick zero, and \"[quoted]\" NEAR(x) AND OR * ^"}},
		{terms("near", "and", "or"), []string{"quick zero, [and] \"quoted\" [NEAR](x) [AND] [OR] * ^"}},
		{terms("e", "broken"), []string{"\xff\xfe [broken] [é]"}},
		{terms("byte"), []string{"zero \x00 byte"}},
		{terms("!", "..."), nil},
		{terms("!", "zero"), []string{"[zero] \x00 byte", "quick [zero], and \"quoted\" NEAR(x) AND OR * ^"}},
		{nil, nil},
	}
	for _, tt := range tests {
		if got := found(t, s, Search{Terms: tt.terms}); !slices.Equal(got, tt.want) {
			t.Errorf("%v:\n got %q\nwant %q", tt.terms, got, tt.want)
		}
	}
	checkIndex(t, s)
}

func TestSearchFilters(t *testing.T) {
	s := openTest(t, t.TempDir())
	me := account(9).Sender()
	err := s.Update(t.Context(), func(tx *Tx) error {
		for n := 1; n <= 2; n++ {
			if err := tx.PutConversation(contact(n)); err != nil {
				return err
			}
			for i := 1; i <= 4; i++ {
				m := Message{Conversation: contact(n).ID, Author: account(n).Sender(), TimestampMS: int64(1000*i + n), Kind: KindMessage, Direction: In,
					Text: fmt.Sprintf("word %d%d", n, i)}
				if i == 2 {
					m.Author, m.Direction = me, Out
				}
				if i == 3 {
					m.Text += " HTTPS://example.org/x"
				}
				row, _, err := tx.InsertMessage(m)
				if err != nil {
					return err
				}
				types := []string{"", "text/plain", "audio/mp4", "image/png"}
				if i == 4 && n == 2 {
					for j, ct := range types[1:] {
						if err := tx.PutAttachment(row, Attachment{Index: j, Name: "f", ContentType: ct, Voice: j == 1}); err != nil {
							return err
						}
					}
				}
				if i == 1 {
					if err := tx.PutAttachment(row, Attachment{ContentType: types[n]}); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	one := account(1).Sender()
	tests := []struct {
		name string
		q    Search
		want []string
	}{
		{"in", Search{In: contact(2).ID}, []string{"word 24", "word 23 HTTPS://example.org/x", "word 22", "word 21"}},
		{"in, word", Search{In: contact(2).ID, Terms: terms("22")}, []string{"word [22]"}},
		{"from", Search{Author: &one}, []string{"word 14", "word 13 HTTPS://example.org/x", "word 11"}},
		{"from me", Search{Outgoing: true}, []string{"word 22", "word 12"}},
		{"link", Search{Has: HasLink}, []string{"word 23 HTTPS://example.org/x", "word 13 HTTPS://example.org/x"}},
		{"file", Search{Has: HasFile}, []string{"word 24", "word 21", "word 11"}},
		{"voice", Search{Has: HasVoice}, []string{"word 24"}},
		{"image and voice", Search{Has: HasImage | HasVoice}, []string{"word 24"}},
		{"from the third second", Search{Terms: terms("word"), FromMS: 3001, UntilMS: 4002}, []string{"[word] 14", "[word] 23 HTTPS://example.org/x", "[word] 13 HTTPS://example.org/x"}},
		{"limit", Search{Terms: terms("word"), Limit: 2}, []string{"[word] 24", "[word] 14"}},
		{"a tag is not a word", Search{Terms: terms("me", "c1")}, nil},
	}
	for _, tt := range tests {
		if got := found(t, s, tt.q); !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
	// All hits, in pages.
	var all []string
	q := Search{Terms: terms("word"), Limit: 3}
	for {
		hits, err := s.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if len(hits) == 0 {
			break
		}
		for _, h := range hits {
			all = append(all, fmt.Sprint(h.TimestampMS))
		}
		q.Before = hits[len(hits)-1].Place
	}
	if got := strings.Join(all, " "); got != "4002 4001 3002 3001 2002 2001 1002 1001" {
		t.Error("pages:", got)
	}
	if _, err := s.Search(t.Context(), Search{In: contact(3).ID, Terms: terms("word")}); err == nil {
		t.Error("a search in an unknown conversation finds something")
	}
	hits, err := s.Search(t.Context(), Search{Has: HasImage})
	if err != nil || len(hits) != 1 || len(hits[0].Attachments) != 3 || !hits[0].Attachments[1].Voice {
		t.Errorf("attachments of a hit: %+v, %v", hits, err)
	}
	checkIndex(t, s)
}

// What is deleted, expires or changes is not found any more, and the index has
// nothing of it. Timestamps of others may be anything.
func TestIndexFollowsTheMessages(t *testing.T) {
	s := openTest(t, t.TempDir())
	rows := map[string]int64{}
	insert := func(tx *Tx, n int, text string, timestamp, expires int64) error {
		row, _, err := tx.InsertMessage(Message{Conversation: contact(n).ID, Author: account(n).Sender(), TimestampMS: timestamp, Kind: KindMessage,
			Direction: In, Text: text + " 東京", Expire: Expire{Mode: ExpireAfterSend, Seconds: 1, AtMS: expires}})
		rows[text] = row
		return err
	}
	now := time.Now().UnixMilli()
	err := s.Update(t.Context(), func(tx *Tx) error {
		for n := 1; n <= 2; n++ {
			if err := tx.PutConversation(contact(n)); err != nil {
				return err
			}
		}
		for i, m := range []struct {
			text         string
			at, expires  int64
			conversation int
		}{
			{"deleted", 10, 0, 1}, {"expired", 20, now, 1}, {"later", 30, now + 1, 1}, {"kept", 40, 0, 1}, {"conversation", 50, 0, 2},
			{"never", -1 << 63, 0, 1}, {"forever", 1<<63 - 1, 0, 1}, {"negative", -5, 0, 1},
		} {
			if err := insert(tx, m.conversation, m.text, m.at, m.expires); err != nil {
				return fmt.Errorf("%d: %w", i, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	expect := func(want ...string) {
		t.Helper()
		var got []string
		for _, text := range found(t, s, Search{Terms: terms("東京")}) {
			got = append(got, strings.Fields(text)[0])
		}
		if !slices.Equal(got, want) {
			t.Errorf("found %q, want %q", got, want)
		}
		checkIndex(t, s)
	}
	s.UseClock(func() int64 { return 0 }) // what has expired is not found even before it is deleted
	expect("forever", "conversation", "kept", "later", "expired", "deleted", "negative", "never")
	err = s.Update(t.Context(), func(tx *Tx) error {
		if list, err := tx.DeleteExpired(now, 10); len(list) != 1 || err != nil {
			return fmt.Errorf("%v expired, %w", list, err)
		}
		if err := tx.DeleteConversation(contact(2).ID); err != nil {
			return err
		}
		return tx.DeleteMessage(rows["deleted"])
	})
	if err != nil {
		t.Fatal(err)
	}
	expect("forever", "kept", "later", "negative", "never")
	for _, gone := range []string{"expired", "deleted", "conversation"} {
		var n int
		err := s.read.QueryRow(`SELECT count(*) FROM search_data WHERE instr(block, ?)`, []byte(gone)[1:]).Scan(&n)
		if n != 0 || err != nil {
			t.Errorf("the index still has %q: %d, %v", gone, n, err)
		}
	}
}

func FuzzMarks(f *testing.F) {
	f.Add("東京 and \x02 more", "\x02東\x1f京\x03 and \x02 more")
	f.Fuzz(func(t *testing.T, text, marked string) {
		last := 0
		for _, m := range marks(text, marked) {
			if m.From < last || m.To <= m.From || m.To > len(text) {
				t.Fatalf("mark %v in %q", m, text)
			}
			last = m.To
		}
		w, _ := words(text)
		if list := marks(text, string(matchBegin)+w+string(matchEnd)); text != "" && !strings.ContainsAny(text, "\x02\x03\x1f") &&
			(len(list) != 1 || list[0] != Mark{0, len(text)}) {
			t.Fatalf("all of %q: %v", text, list)
		}
	})
}

func FuzzSearch(f *testing.F) {
	s := openTest(f, f.TempDir())
	c := contact(1)
	f.Add("hello", "hello world", true)
	f.Add(`"`, "* AND", false)
	ts := int64(0)
	f.Fuzz(func(t *testing.T, query, text string, prefix bool) {
		ts++
		err := s.Update(t.Context(), func(tx *Tx) error {
			if err := tx.PutConversation(c); err != nil {
				return err
			}
			_, _, err := tx.InsertMessage(Message{Conversation: c.ID, Author: account(1).Sender(), TimestampMS: ts, Kind: KindMessage, Direction: In, Text: text})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Search(t.Context(), Search{Terms: []Term{{query, prefix}}, In: c.ID, Limit: 3}); err != nil {
			t.Fatalf("%q: %v", query, err)
		}
	})
}
