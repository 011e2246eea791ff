package store

import (
	"fmt"
	"sync"
	"testing"
)

// Readers see whole transactions, and nobody is ever told that the database
// is locked.
func TestReadersAndWritersTogether(t *testing.T) {
	s := openTest(t, t.TempDir())
	update(t, s, func(tx *Tx) error { return tx.PutConversation(contact(1)) })
	const writers, transactions, each = 3, 20, 5
	stop := make(chan struct{})
	var readers, all sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				c, err := s.Conversation(t.Context(), contact(1).ID)
				if err != nil || c.Unread%each != 0 {
					t.Errorf("%d unread, %v", c.Unread, err)
					return
				}
				list, err := s.Messages(t.Context(), contact(1).ID, Page{Limit: 1000})
				if err != nil || len(list)%each != 0 || len(list) < c.Unread {
					t.Errorf("%d messages, %d unread, %v", len(list), c.Unread, err)
					return
				}
				if _, err := s.Events(t.Context(), 0, 10); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for w := range writers {
		all.Go(func() {
			for n := range transactions {
				err := s.Update(t.Context(), func(tx *Tx) error {
					for i := range each {
						m := received(1, (n*each+i)*writers+w+1, fmt.Sprint(w, n, i))
						row, _, err := tx.InsertMessage(m)
						if err != nil {
							return err
						}
						if _, err := tx.AppendEvent("received", m.Conversation, row); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	close(stop)
	readers.Wait()
	c, err := s.Conversation(t.Context(), contact(1).ID)
	if err != nil || c.Unread != writers*transactions*each {
		t.Errorf("%d unread, %v", c.Unread, err)
	}
}
