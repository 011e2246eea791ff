package store

import (
	"context"
	"strings"

	"seance/messaging/id"
)

// Attempt is one try to bring a message into a swarm.
type Attempt struct {
	Kind   OutgoingKind // OutgoingMessage: the recipient's swarm; OutgoingCopy: one's own
	AtMS   int64        // when it ended, by this machine's clock
	Path   []string     // addresses of the hops, guard first, and of the member of the swarm; nil: none answered
	Stored int          // members of the swarm that have it
	Nodes  []string     // addresses of those that are in the list of nodes
	Failed int          // members that did not take it
	Error  string       // "": it is stored
	Hash   id.Hash      // "": it is not
}

// maxAttempts is how many attempts are kept of a message: the first one, which
// tells when it began, and the newest.
const maxAttempts = 20

// AddAttempt keeps an attempt to deliver a message. It does nothing if the
// message is not there.
func (t *Tx) AddAttempt(message int64, a Attempt) error {
	_, err := t.exec(`INSERT INTO attempt (message, kind, at_ms, path, stored, failed, error, hash, nodes)
		SELECT row, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM message WHERE row = ?1`,
		message, string(a.Kind), a.AtMS, strings.Join(a.Path, " "), a.Stored, a.Failed, a.Error, string(a.Hash), strings.Join(a.Nodes, " "))
	if err != nil {
		return err
	}
	_, err = t.exec(attemptExcess, message, maxAttempts-1)
	return err
}

const (
	attemptExcess = `DELETE FROM attempt WHERE row IN
		(SELECT row FROM attempt WHERE message = ?1 ORDER BY row DESC LIMIT -1 OFFSET ?2)
		AND row > (SELECT min(row) FROM attempt WHERE message = ?1)`
	attemptsOf = `SELECT kind, at_ms, path, stored, failed, error, hash, nodes FROM attempt WHERE message = ? ORDER BY row`
)

// Attempts lists the attempts to deliver a message, oldest first. Of many
// failures some in between are left out.
func (s *Store) Attempts(ctx context.Context, message int64) ([]Attempt, error) {
	var list []Attempt
	err := s.queries.rows(ctx, func(row scanner) error {
		var a Attempt
		var path, nodes string
		err := row.Scan(&a.Kind, &a.AtMS, &path, &a.Stored, &a.Failed, &a.Error, &a.Hash, &nodes)
		if path != "" {
			a.Path = strings.Fields(path)
		}
		if nodes != "" {
			a.Nodes = strings.Fields(nodes)
		}
		list = append(list, a)
		return err
	}, attemptsOf, message)
	return list, err
}
