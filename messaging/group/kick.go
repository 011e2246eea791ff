package group

import (
	"bytes"
	"io"
	"strconv"

	"seance/messaging/id"
)

// forKicked is what a notice of removal is encrypted for.
const forKicked = "SessionGroupKickedMessage"

// KickNotice tells people that they were removed: it is put where they can still read.
//
// Wire reference: session-foundation/session-desktop:
// ts/session/utils/job_runners/jobs/GroupPendingRemovalsJob.ts.
func (g *Group) KickNotice(rand io.Reader, who []id.Account) ([]byte, error) {
	if g.admin == nil {
		return nil, ErrNotAdmin
	}
	recipients, messages := make([][32]byte, len(who)), make([][]byte, len(who))
	for i, account := range who {
		recipients[i] = account.X25519()
		messages[i] = append(bytes.Clone(account[1:]), decimal(g.keys.generation())...)
	}
	return encodeMulti(rand, g.admin.x, recipients, messages, forKicked, 0)
}

// Kicked reports whether a notice says that this account was removed, and when: the
// generation of the newest key that whoever removed it had.
//
// Wire reference: session-foundation/session-desktop:
// ts/receiver/libsession/handleLibSessionMessage.ts.
func (g *Group) Kicked(notice []byte) (generation int64, kicked bool) {
	sender, err := g.exchange()
	if err != nil {
		return 0, false
	}
	text, ok := decodeMulti(g.own(), sender, notice, forKicked)
	own := g.account.Account()
	if !ok || len(text) <= len(own)-1 || !bytes.Equal(text[:len(own)-1], own[1:]) {
		return 0, false
	}
	generation, err = strconv.ParseInt(string(text[len(own)-1:]), 10, 64)
	return generation, err == nil
}
