package store

import (
	"context"

	"seance/messaging/id"
)

// OutgoingKind tells what an entry of the outbox is for.
type OutgoingKind string

// The kinds of entries.
const (
	OutgoingMessage OutgoingKind = "message" // a message, to its recipient
	OutgoingCopy    OutgoingKind = "copy"    // the same, for one's other devices
	OutgoingControl OutgoingKind = "control" // nothing that stands in a conversation, and before what follows it
	OutgoingSignal  OutgoingKind = "signal"  // the same, in any order with others
	OutgoingDelete  OutgoingKind = "delete"  // nothing to store: Data is a hash, to be removed from one's own swarm
	// Nothing to store either: Data is a line "ROW HASH" for each of some messages
	// that one's own swarm has.
	OutgoingShorten  OutgoingKind = "shorten"  // it is to drop them at TimestampMS, if not before
	OutgoingExpiries OutgoingKind = "expiries" // it is asked when it drops them
	// What an admin of a group sends to somebody; About is the group.
	OutgoingInvite  OutgoingKind = "invite"
	OutgoingPromote OutgoingKind = "promote"
	// What the members of a group are told: Data is to be encrypted when its turn comes,
	// and the entry is a control then.
	OutgoingContent OutgoingKind = "content"
)

// Outgoing is an entry of the outbox: bytes that are to be stored in a swarm.
// Entries for one target go out in the order in which they came in.
type Outgoing struct {
	ID          int64 // given by Enqueue
	Kind        OutgoingKind
	Target      id.Pubkey
	Namespace   id.Namespace
	Data        []byte // exactly: a repeat must have the same hash. Empty until the files of a message are uploaded
	TimestampMS int64
	TTLMS       int64
	Message     int64           // its row; 0: none. Deleting it takes the entry out of the outbox
	About       id.Conversation // the group that it is about; "": none
	Attempts    int             // that failed
	NextMS      int64           // not before this time
	LastError   string
	Parked      bool // set aside until Retry
}

// Enqueue puts an entry behind those for the same target. Attempts, LastError
// and Parked are those of a new one.
func (t *Tx) Enqueue(o Outgoing) (id int64, err error) {
	var message any
	if o.Message != 0 {
		message = o.Message
	}
	err = t.row(into(&id), `INSERT INTO outbox (kind, target, namespace, data, timestamp_ms, ttl_ms, message, next_ms, about)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING row`,
		string(o.Kind), o.Target[:], int64(o.Namespace), blob(o.Data), o.TimestampMS, o.TTLMS, message, o.NextMS, string(o.About))
	return id, err
}

// SetOutgoingData gives an entry the bytes that are to be stored, once they are known.
func (t *Tx) SetOutgoingData(entry int64, data []byte) error {
	_, err := t.exec(`UPDATE outbox SET data = ?, kind = CASE kind WHEN 'content' THEN 'control' ELSE kind END WHERE row = ?`, blob(data), entry)
	return err
}

// OutgoingDone takes an entry out of the outbox. It does nothing if it is not
// there, as when its message was deleted meanwhile.
func (t *Tx) OutgoingDone(entry int64) error {
	_, err := t.exec(`DELETE FROM outbox WHERE row = ?`, entry)
	return err
}

// OutgoingFailed counts an attempt that failed. The entry, and those behind it
// for the same target, wait until nextMS.
func (t *Tx) OutgoingFailed(entry int64, reason string, nextMS int64) error {
	_, err := t.exec(`UPDATE outbox SET attempts = attempts + 1, last_error = ?, next_ms = ? WHERE row = ?`, reason, nextMS, entry)
	return err
}

// OutgoingParked counts an attempt that failed for good. The entry is kept,
// with its bytes, for Retry, and those behind it no longer wait.
func (t *Tx) OutgoingParked(entry int64, reason string) error {
	_, err := t.exec(`UPDATE outbox SET attempts = attempts + 1, last_error = ?, parked = 1 WHERE row = ?`, reason, entry)
	return err
}

const retryEntries = `UPDATE outbox SET parked = 0, attempts = 0, next_ms = ? WHERE message = ?`

const hasOutgoing = `SELECT EXISTS (SELECT 1 FROM outbox AS o JOIN message AS m ON m.row = o.message
	WHERE o.kind = 'message' AND o.parked = 0 AND m.conversation = (SELECT row FROM conversation WHERE id = ?))`

// HasOutgoing reports whether messages of a conversation wait to be sent.
func (t *Tx) HasOutgoing(c id.Conversation) (bool, error) {
	var has bool
	err := t.row(into(&has), hasOutgoing, string(c))
	return has, err
}

// Waits reports whether the outbox holds an entry of a kind for a target that is
// about a conversation.
func (t *Tx) Waits(kind OutgoingKind, target id.Pubkey, about id.Conversation) (waits bool, err error) {
	err = t.row(into(&waits), `SELECT EXISTS (SELECT 1 FROM outbox WHERE parked = 0 AND target = ? AND kind = ? AND about = ?)`,
		target[:], string(kind), string(about))
	return waits, err
}

// Unseal takes the bytes of the messages that wait for a target and were not tried
// yet: they are to be encrypted anew.
func (t *Tx) Unseal(target id.Pubkey) error {
	_, err := t.exec(`UPDATE outbox SET data = x'' WHERE target = ? AND kind = 'message' AND attempts = 0`, target[:])
	return err
}

// Retry makes due at once what the outbox holds of a message, parked or not.
// It reports whether there is anything.
func (t *Tx) Retry(message, nowMS int64) (bool, error) {
	n, err := t.exec(retryEntries, nowMS, message)
	return n > 0, err
}

// Hurry makes due at once what waits after attempts that failed.
func (t *Tx) Hurry(nowMS int64) error {
	_, err := t.exec(`UPDATE outbox SET next_ms = ?1 WHERE parked = 0 AND next_ms > ?1`, nowMS)
	return err
}

// The queries of the outbox. The first entry of each target decides for it:
// min() makes SQLite take next_ms from the row that has the minimum.
const (
	outboxHeads = `(SELECT target, min(row), next_ms FROM outbox WHERE parked = 0 GROUP BY target)`
	dueTargets  = `SELECT target FROM ` + outboxHeads + ` WHERE next_ms <= ? ORDER BY next_ms, target LIMIT ?`
	nextDue     = `SELECT count(*), coalesce(min(next_ms), 0) FROM ` + outboxHeads
	dueEntries  = `SELECT row, kind, namespace, data, timestamp_ms, ttl_ms, coalesce(message, 0), attempts, next_ms, last_error, about
		FROM outbox WHERE parked = 0 AND target = ? ORDER BY row LIMIT ?`
)

// DueTargets lists targets whose first entry is due, longest waiting first.
func (s *Store) DueTargets(ctx context.Context, nowMS int64, limit int) ([]id.Pubkey, error) {
	var list []id.Pubkey
	err := s.queries.rows(ctx, func(row scanner) error {
		var target []byte
		if err := row.Scan(&target); err != nil {
			return err
		}
		list = append(list, id.Pubkey{})
		return fill(list[len(list)-1][:], target)
	}, dueTargets, nowMS, limit)
	return list, err
}

// Due lists what may be sent to a target now, in order. It ends before the
// first entry that has to wait.
func (s *Store) Due(ctx context.Context, target id.Pubkey, nowMS int64, limit int) ([]Outgoing, error) {
	var list []Outgoing
	waiting := false
	err := s.queries.rows(ctx, func(row scanner) error {
		o := Outgoing{Target: target}
		err := row.Scan(&o.ID, &o.Kind, &o.Namespace, &o.Data, &o.TimestampMS, &o.TTLMS, &o.Message, &o.Attempts, &o.NextMS, &o.LastError, &o.About)
		if waiting = waiting || o.NextMS > nowMS; err == nil && !waiting {
			list = append(list, o)
		}
		return err
	}, dueEntries, target[:], limit)
	return list, err
}

// NextDue is the time at which the next target is due, which may be past; ok
// is false if the outbox has nothing to send.
func (s *Store) NextDue(ctx context.Context) (ms int64, ok bool, err error) {
	var targets int
	err = s.queries.row(ctx, into(&targets, &ms), nextDue)
	return ms, targets > 0, err
}
