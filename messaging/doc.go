// Package messaging is the messenger: what a message means, whom it is for,
// what became of it. Client is the façade that every front end talks to, the
// screen and the commands alike; one Client serves several of them at a time.
//
// It owns a profile: the account in it, the conversations, the outbox, and the
// rules by which messages from the network become rows on disk. It builds on
// store, which keeps the rows, and on network, which moves bytes and has no
// idea of messages; those two do not know each other. It knows nothing of
// terminals.
//
// Run starts four goroutines and ends them: the network's upkeep, the poller
// (receive.go: one's own swarm, all namespaces in one batch), the sender
// (outbox.go), which has one more for each recipient that something is sent to
// at the moment, and the pusher of what devices share (sync.go). All other methods work on the caller's goroutine and may be
// called from many at a time.
//
// The conventions are those of session-foundation/session-desktop: ts/receiver,
// ts/session/sending, ts/session/messages and ts/session/apis/snode_api.
package messaging
