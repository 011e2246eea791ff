// Package network is the client side of a Session Network: it knows the
// service nodes, keeps paths of three of them, and sends requests through these
// paths to the swarms that hold messages and to servers. It has no idea of what
// a message means.
//
// Nothing leaves the machine except TLS to the seeds and to the guards, the
// first nodes of the paths; every byte goes through Options.Dial.
//
// A Client is passive until Run. Run owns one goroutine that keeps the node
// list (list.go) and one for each path (build.go); requests run on the
// goroutines of their callers. Watchers are told on goroutines of their own.
// All state is guarded by Client.mu, which is never held during I/O.
//
// What a failure costs, from the texts and statuses of oxen-io/
// oxen-storage-server: oxenss/rpc/request_handler.cpp, and the way that
// session-foundation/session-desktop (ts/session/apis/snode_api, ts/session/
// onions) and libsession-util (src/network) treat them, is in blame.go.
package network
