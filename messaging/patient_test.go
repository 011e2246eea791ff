package messaging

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"seance/messaging/id"
	"seance/network/node/devnet"
	"seance/network/snode"
	"seance/store"
)

// TestADeadMemberOfTheSwarm has nodes behave as storage servers 2.8.0 do: they
// take five seconds for a store while a member of the swarm is gone, and thirty
// to say that the next hop is.
func TestADeadMemberOfTheSwarm(t *testing.T) {
	inWorldOf(t, devnet.Options{Patient: true}, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		alice.say(bob, "0")
		bob.receive()
		swarm, err := alice.net.Swarm(w.Context(), bob.id().Pubkey())
		w.check(err)
		for _, n := range w.dev.Nodes() {
			if snode.Key(n.Key) == swarm[0].Ed25519 {
				stopNode(w, n.Index)
			}
		}

		want := []string{"0"}
		for i := 1; i <= 8; i++ {
			send(w, alice, bob, fmt.Sprint(i))
			want = append(want, fmt.Sprint(i))
			time.Sleep(time.Millisecond)
		}
		ctx, cancel := context.WithTimeout(w.Context(), 2*time.Minute)
		defer cancel()
		if err := alice.Flush(ctx); err != nil {
			w.Errorf("the outbox is stuck: %v", err)
		}

		// Every run is a new process, with the default timeout of `seance receive`. One that
		// meets the dead member twice in a row, which is chance, has no time left: one in
		// fifty or so.
		late := 0
		for range 5 {
			bob.reopen()
			ctx, cancel := context.WithTimeout(w.Context(), 10*time.Second)
			if err := bob.Receive(ctx); errors.Is(err, context.DeadlineExceeded) {
				late++
			} else if err != nil {
				w.Errorf("receiving: %v", err)
			}
			cancel()
		}
		if late > 2 {
			w.Errorf("%d of 5 runs were not done in time", late)
		}
		w.equal("Bob's side", bob.texts(alice), want)
	})
}

// TestADeadMemberOfAGroupsSwarm changes a group while a member of its swarm is gone:
// nodes take five seconds for every step of a sequence, one after the other.
func TestADeadMemberOfAGroupsSwarm(t *testing.T) {
	inWorldOf(t, devnet.Options{Patient: true}, func(w *world) {
		alice, bob := w.two()
		carol := w.person("Carol", alice, bob)
		g := w.garden(alice, bob)
		bob.write(g.ID, "weeds")
		w.round(alice)
		name, _ := g.ID.Group()
		swarm, err := alice.net.Swarm(w.Context(), name.Pubkey())
		w.check(err)
		for _, n := range w.dev.Nodes() {
			if snode.Key(n.Key) == swarm[0].Ed25519 {
				stopNode(w, n.Index)
			}
		}

		// A key, two configs, and what they replace: four steps. The notice of a removal,
		// the revoking and the wish that messages be deleted: three.
		w.check(alice.Invite(w.Context(), g.ID, []id.Account{carol.id()}, true))
		w.round(alice, carol)
		w.check(alice.RemoveMembers(w.Context(), g.ID, []id.Account{bob.id()}, true))
		w.round(alice, bob, carol)
		bob.is(g.ID, store.Kicked)
		carol.is(g.ID, store.Member)
		if texts := carol.inGroup(g.ID); slices.Contains(texts, "Bob: weeds") {
			w.Errorf("what Bob wrote is still there: %q", texts)
		}
		w.check(carol.Leave(w.Context(), g.ID, false))
		w.round(alice)
		if got := alice.group(g.ID); strings.Contains(got, carol.id().Short()) {
			w.Errorf("Carol has left, and is still in %s", got)
		}
	})
}
