// Package demo is the world that "seance demo" shows: a private network in this
// process, a throw-away profile, three contacts who behave like people, and a
// group of all of them.
//
// Everything that is said travels: each contact is a messaging.Client with a
// profile of its own, and messages go through three onion hops into a swarm.
// Only what was said before the demo began is written straight to disk. The
// package owns the contacts and what they say; it knows nothing of the screen.
//
// World.Run starts a goroutine for the engine of each contact and one for each
// contact's mind, and ends them.
package demo
