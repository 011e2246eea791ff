package store

import (
	"context"
	"errors"
	"time"

	"seance/messaging/id"
)

// Event is a line of the event log: something happened, at most to one
// conversation and one message. The log has no copy of either. What was
// deleted since is missing here.
type Event struct {
	Cursor       int64 // greater than those of all events before it
	TimeMS       int64 // when it was written, by this machine's clock; 0: by an early version
	Kind         string
	Conversation id.Conversation // "": none, or deleted
	MessageRow   int64           // 0: none
	Message      *Message        // as it is now; nil: none, deleted, or expired
}

// AppendEvent writes an event of this transaction. conversation may be "" and
// message 0.
func (t *Tx) AppendEvent(kind string, conversation id.Conversation, message int64) (cursor int64, err error) {
	err = t.row(into(&cursor), `INSERT INTO event (time_ms, kind, conversation, message)
		VALUES (?, ?, (SELECT row FROM conversation WHERE id = ?), nullif(?, 0)) RETURNING cursor`,
		time.Now().UnixMilli(), kind, string(conversation), message)
	return cursor, err
}

const (
	eventsAfter = `SELECT e.cursor, e.time_ms, e.kind, coalesce(c.id, ''), coalesce(e.message, 0)
		FROM event AS e LEFT JOIN conversation AS c ON c.row = e.conversation
		WHERE e.cursor > ? ORDER BY e.cursor LIMIT ?`
	messagesOfEvents = `SELECT ` + messageColumns + fromMessages + `
		WHERE m.row IN (SELECT message FROM event WHERE cursor > ? AND cursor <= ? AND message IS NOT NULL) AND ` + alive
)

// Events lists events after a cursor, oldest first, at most limit.
func (s *Store) Events(ctx context.Context, since int64, limit int) ([]Event, error) {
	var events []Event
	err := s.queries.rows(ctx, func(row scanner) error {
		var e Event
		err := row.Scan(&e.Cursor, &e.TimeMS, &e.Kind, &e.Conversation, &e.MessageRow)
		events = append(events, e)
		return err
	}, eventsAfter, since, limit)
	if err != nil || len(events) == 0 {
		return nil, err
	}
	messages := make(map[int64]*Message)
	err = s.queries.rows(ctx, func(row scanner) error {
		var m Message
		err := scanMessage(&m)(row)
		messages[m.Row] = &m
		return err
	}, messagesOfEvents, since, events[len(events)-1].Cursor, s.nowMS())
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		if err := s.fillMessage(ctx, m); err != nil {
			return nil, err
		}
	}
	for i := range events {
		events[i].Message = messages[events[i].MessageRow]
	}
	return events, nil
}

// ConsumerCursor is how far a named reader of the log has come; 0 if it has
// not begun.
func (s *Store) ConsumerCursor(ctx context.Context, name string) (cursor int64, err error) {
	err = s.queries.row(ctx, into(&cursor), `SELECT cursor FROM consumer WHERE name = ?`, name)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return cursor, err
}

// SetConsumerCursor remembers how far a named reader of the log has come.
func (t *Tx) SetConsumerCursor(name string, cursor int64) error {
	_, err := t.exec(`INSERT INTO consumer (name, cursor) VALUES (?, ?)
		ON CONFLICT DO UPDATE SET cursor = excluded.cursor`, name, cursor)
	return err
}
