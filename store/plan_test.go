package store

import (
	"strings"
	"testing"
)

// What SQLite would do for a query must be a search in an index whose cost is
// that of what it returns: no scan of a table, no sorting.
func TestQueriesUseTheirIndexes(t *testing.T) {
	s := openTest(t, t.TempDir())
	const byPlace = "SEARCH m USING INDEX message_place (conversation=?"
	tests := []struct {
		name, query string
		args        int
		want        []string // lines that the plan must have, from their beginning
		scans       []string // scans that are meant
	}{
		{"newest page", pageNewest, 3, []string{byPlace + ")"}, nil},
		{"page before", pageBefore, 6, []string{byPlace + " AND (timestamp_ms,author,server_id)<(?,?,?))"}, nil},
		{"page after", pageAfter, 6, []string{byPlace + " AND (timestamp_ms,author,server_id)>(?,?,?))"}, nil},
		{"page from", pageFrom, 6, []string{byPlace + " AND (timestamp_ms,author,server_id)>(?,?,?))"}, nil},
		{"message by row", aliveByRow, 2, []string{"SEARCH m USING INTEGER PRIMARY KEY"}, nil},
		{"first unread", firstUnread, 2, []string{"SEARCH m USING INDEX message_incoming (conversation=? AND timestamp_ms>?)"}, nil},
		{"counting unread", countUnread, 2, []string{"SEARCH message USING COVERING INDEX message_incoming (conversation=? AND timestamp_ms>?)"}, nil},
		{"one conversation", conversationByID, 1, []string{"SEARCH c USING INDEX sqlite_autoindex_conversation_1 (id=?)", "SEARCH m USING INTEGER PRIMARY KEY", "SEARCH n USING INDEX message_mention (conversation=? AND timestamp_ms>?)"}, nil},
		{"all conversations", allConversations, 0, []string{"SEARCH m USING INTEGER PRIMARY KEY", "SEARCH n USING INDEX message_mention (conversation=? AND timestamp_ms>?)"}, []string{"SCAN c"}},
		{"unread totals", unreadTotals, 1, nil, []string{"SCAN c USING INDEX conversation_unread"}},
		{"invitations", invitedTotal, 0, nil, []string{"SCAN c USING INDEX conversation_invited"}},
		{"requests", requestTotals, 1, nil, []string{"SCAN c USING INDEX conversation_request"}},
		{"search", searchMessages, 6, []string{"SEARCH m USING INDEX message_time (place=?)", "SEARCH c USING INTEGER PRIMARY KEY"}, []string{"SCAN search VIRTUAL TABLE INDEX"}},
		{"text of a hit", `SELECT text, tags FROM searchable WHERE place = ?`, 1, []string{"SEARCH message USING INDEX message_time (place=?)"}, nil},
		{"new messages for the index", indexMessages, 0, []string{"SEARCH message USING INTEGER PRIMARY KEY (rowid>?)"}, []string{"SCAN indexed"}}, // what it sorts is new
		{"expired", deleteExpired, 2, []string{"SEARCH message USING COVERING INDEX message_expiry (expire_at_ms>? AND expire_at_ms<?)"}, nil},
		{"waiting for what expired", deleteWaiting, 2, []string{"SEARCH message USING COVERING INDEX message_expiry", "SEARCH w USING INDEX waiting_for (timestamp_ms=? AND author=?)"}, nil},
		{"expired between", expiredBetween, 3, []string{"SEARCH m USING INDEX message_expiry (expire_at_ms>? AND expire_at_ms<?)"}, nil},
		{"next to expire", nextExpiry, 1, []string{"SEARCH message USING COVERING INDEX message_expiry (expire_at_ms>?)"}, nil},
		{"expired of conversations", expiredUnread, 1, []string{"SEARCH m USING INDEX message_expiry (expire_at_ms>? AND expire_at_ms<?)", "SEARCH c USING INTEGER PRIMARY KEY"}, nil},
		{"last alive", lastAlive, 2, []string{byPlace + ")"}, nil},
		{"read and not started", readUnstarted, 1, []string{"SEARCH m USING INDEX message_unstarted (conversation=? AND timestamp_ms<?)"}, nil},
		{"attachments", attachmentsOf, 1, []string{"SEARCH attachment USING PRIMARY KEY (message=?)"}, nil},
		{"reactions", reactionsTo, 1, []string{"SEARCH reaction USING PRIMARY KEY (message=?)"}, []string{"of one message: they are sorted by time"}},
		{"waiting for a message", waitingAbout, 3, []string{"SEARCH waiting USING INDEX waiting_for (timestamp_ms=? AND author=?)"}, []string{"of one message: they are few"}},
		{"what waits too long", waitingOld, 1, []string{"SEARCH waiting USING INDEX waiting_since (received_ms<?)"}, nil},
		{"what waits for one sender", waitingExcess, 2, []string{"SEARCH waiting USING COVERING INDEX waiting_sender (sender=?)"}, nil},
		{"attempts", attemptsOf, 1, []string{"SEARCH attempt USING INDEX attempt_message (message=?)"}, nil},
		{"draft", draftOf, 2, []string{"SEARCH c USING INDEX sqlite_autoindex_conversation_1 (id=?)", "SEARCH m USING INTEGER PRIMARY KEY"}, nil},
		{"files of a draft", draftFilesOf, 1, []string{"SEARCH draft_file USING PRIMARY KEY (conversation=?)"}, nil},
		{"drafts that answer a message", `SELECT 1 FROM conversation WHERE draft_answers = ?`, 1, []string{"SEARCH conversation USING COVERING INDEX conversation_draft_answers (draft_answers=?)"}, nil},
		{"preference", preferenceOf, 1, []string{"SEARCH preference USING INTEGER PRIMARY KEY"}, nil},
		{"quoted message", quotedMessage, 2, []string{"SEARCH m USING INTEGER PRIMARY KEY", "SEARCH q USING INDEX message_place (conversation=? AND timestamp_ms=? AND author=?)"}, nil},
		{"litter", litter, 0, nil, []string{"SCAN litter"}},
		{"events", eventsAfter, 2, []string{"SEARCH e USING INTEGER PRIMARY KEY (rowid>?)"}, nil},
		{"messages of events", messagesOfEvents, 3, []string{"SEARCH m USING INTEGER PRIMARY KEY", "SEARCH event USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"}, nil},
		{"due entries", dueEntries, 2, []string{"SEARCH outbox USING INDEX outbox_queue (target=?)"}, nil},
		// The heads of all targets cost as much as the outbox has entries, and
		// read none of them.
		{"due targets", dueTargets, 2, nil, []string{"SCAN outbox USING COVERING INDEX outbox_queue", "SCAN (subquery"}},
		{"next due", nextDue, 0, nil, []string{"SCAN outbox USING COVERING INDEX outbox_queue", "SCAN (subquery"}},
		{"seen", seenHash, 3, []string{"SEARCH seen USING PRIMARY KEY (mailbox=? AND hash=?)", "SEARCH mailbox USING COVERING INDEX"}, []string{"SCAN CONSTANT ROW"}},
		{"entries of a message", retryEntries, 2, []string{"SEARCH outbox USING INDEX outbox_message (message=?)"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows, err := s.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+tt.query, make([]any, tt.args)...)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			var plan []string
			for rows.Next() {
				var number, parent, unused int
				var line string
				if err := rows.Scan(&number, &parent, &unused, &line); err != nil {
					t.Fatal(err)
				}
				plan = append(plan, line)
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			starts := func(list []string, line string) bool {
				for _, want := range list {
					if strings.HasPrefix(line, want) {
						return true
					}
				}
				return false
			}
			for _, line := range plan {
				if strings.HasPrefix(line, "SCAN") && !starts(tt.scans, line) {
					t.Errorf("it scans: %s", line)
				}
				if strings.HasPrefix(line, "USE TEMP B-TREE FOR ORDER BY") && len(tt.scans) == 0 {
					t.Errorf("it sorts: %s", line)
				}
			}
			for _, want := range tt.want {
				found := false
				for _, line := range plan {
					found = found || strings.HasPrefix(line, want)
				}
				if !found {
					t.Errorf("no line %q", want)
				}
			}
			if t.Failed() {
				t.Logf("plan:\n%s", strings.Join(plan, "\n"))
			}
		})
	}
}

// countUnread is what the trigger conversation_read does.
const countUnread = `SELECT count(*) FROM message
	WHERE conversation = ? AND timestamp_ms > ? AND outgoing = 0 AND kind = 'message'`
