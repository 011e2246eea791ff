package store

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"seance/messaging/id"
)

// model is a conversation kept without any cleverness: all counts are made by
// reading everything.
type model struct {
	messages []Message // in display order
	read     int64
}

func order(m Message, p Position) int {
	return cmp.Or(cmp.Compare(m.TimestampMS, p.TimestampMS), bytes.Compare(m.Author[:], p.Author[:]))
}

func (m *model) find(p Position) (int, bool) { return slices.BinarySearchFunc(m.messages, p, order) }

func (m *model) unread() (list []Message) {
	for _, v := range m.messages {
		if v.Direction == In && v.Kind == KindMessage && v.TimestampMS > m.read {
			list = append(list, v)
		}
	}
	return list
}

func (m *model) page(p Page) []Message {
	i, limit := len(m.messages), p.Limit
	switch {
	case p.Before != nil:
		i, _ = m.find(*p.Before)
	case p.After != nil:
		i, _ := m.find(*p.After)
		if _, known := m.find(*p.After); known {
			i++
		}
		return m.messages[i:min(i+limit, len(m.messages))]
	case p.Around != nil:
		i, _ = m.find(*p.Around)
		return m.messages[max(0, i-limit/2):min(i+limit-limit/2, len(m.messages))]
	}
	return m.messages[max(0, i-limit):i]
}

// Whatever comes in whatever order, counts, last messages and pages are those
// of the model.
func TestCountsAndPagesAgreeWithANaiveModel(t *testing.T) {
	s := openTest(t, t.TempDir())
	rapid.Check(t, func(t *rapid.T) {
		models := map[id.Conversation]*model{}
		update := func(f func(*Tx) error) {
			if err := s.Update(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		for n := range 3 {
			update(func(tx *Tx) error { return tx.DeleteConversation(contact(n).ID) })
		}
		drawn := func(t *rapid.T) (id.Conversation, *model) {
			c := contact(rapid.IntRange(1, 2).Draw(t, "conversation"))
			if models[c.ID] == nil {
				models[c.ID] = &model{}
				update(func(tx *Tx) error { return tx.PutConversation(c) })
			}
			return c.ID, models[c.ID]
		}
		place := func(t *rapid.T) Position {
			author := account(rapid.IntRange(0, 2).Draw(t, "author")).Sender()
			return Position{rapid.Int64Range(1, 12).Draw(t, "timestamp"), author, 0}
		}
		t.Repeat(map[string]func(*rapid.T){
			"insert": func(t *rapid.T) {
				c, m := drawn(t)
				p := place(t)
				v := Message{Conversation: c, Author: p.Author, TimestampMS: p.TimestampMS, Direction: In, Kind: KindMessage}
				if p.Author == account(0).Sender() {
					v.Direction = Out
				}
				if rapid.IntRange(0, 4).Draw(t, "info") == 0 {
					v.Kind = KindInfo
				}
				v.Text = fmt.Sprint(rapid.Int().Draw(t, "text"))
				i, known := m.find(p)
				update(func(tx *Tx) error {
					row, inserted, err := tx.InsertMessage(v)
					if inserted == known || known && row != m.messages[i].Row {
						t.Errorf("row %d, inserted %t, known %t", row, inserted, known)
					}
					v.Row = row
					return err
				})
				if !known {
					m.messages = slices.Insert(m.messages, i, v)
				}
			},
			"delete": func(t *rapid.T) {
				_, m := drawn(t)
				if len(m.messages) == 0 {
					return
				}
				i := rapid.IntRange(0, len(m.messages)-1).Draw(t, "index")
				update(func(tx *Tx) error { return tx.DeleteMessage(m.messages[i].Row) })
				m.messages = slices.Delete(m.messages, i, i+1)
			},
			"delete conversation": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "really") != 0 {
					return
				}
				c, _ := drawn(t)
				update(func(tx *Tx) error { return tx.DeleteConversation(c) })
				delete(models, c)
			},
			"read": func(t *rapid.T) {
				c, m := drawn(t)
				ms := rapid.Int64Range(0, 13).Draw(t, "mark")
				update(func(tx *Tx) error {
					news, err := tx.MarkRead(c, ms)
					if news != (ms > m.read) {
						t.Errorf("MarkRead reports %t", news)
					}
					return err
				})
				if ms > m.read {
					m.read = ms
				}
			},
			"page": func(t *rapid.T) {
				c, m := drawn(t)
				page := Page{Limit: rapid.IntRange(1, 7).Draw(t, "limit")}
				at := place(t)
				switch rapid.IntRange(0, 3).Draw(t, "where") {
				case 1:
					page.Before = &at
				case 2:
					page.After = &at
				case 3:
					page.Around = &at
				}
				got, err := s.Messages(t.Context(), c, page)
				if err != nil {
					t.Fatal(err)
				}
				if want := m.page(page); !slices.EqualFunc(got, want, func(a, b Message) bool { return reflect.DeepEqual(a, b) }) {
					t.Errorf("page %+v:\n got %+v\nwant %+v", page, got, want)
				}
			},
			"": func(t *rapid.T) {
				for c, m := range models {
					got, err := s.Conversation(t.Context(), c)
					if err != nil {
						t.Fatal(err)
					}
					var last Preview
					if n := len(m.messages); n > 0 {
						v := m.messages[n-1]
						last = Preview{v.Row, v.Author, v.Direction, v.Kind, v.State, v.TimestampMS, v.Expire.AtMS, v.Text, Files{}}
					}
					unread := m.unread()
					if got.Unread != len(unread) || got.LastReadMS != m.read || got.Last != last {
						t.Fatalf("got %+v, want %d unread, read up to %d, last %+v", got, len(unread), m.read, last)
					}
					first, err := s.FirstUnread(t.Context(), c)
					if len(unread) == 0 && !errors.Is(err, ErrNotFound) || len(unread) > 0 && (err != nil || first != unread[0].Position()) {
						t.Fatalf("first unread %+v, %v of %+v", first, err, unread)
					}
				}
			},
		})
	})
}
