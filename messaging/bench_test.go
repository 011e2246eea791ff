package messaging

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"seance/messaging/identity"
	"seance/messaging/wire"
	"seance/network/netfile"
	"seance/network/snode"
	"seance/network/storage"
	"seance/store"
)

// BenchmarkCatchUp takes messages from a swarm's answer to the disk: open,
// verify, deduplicate, store. One operation is one message.
func BenchmarkCatchUp(b *testing.B) {
	keys := func(fill byte) *identity.Keys {
		k, err := identity.KeysFromSeed(bytes.Repeat([]byte{fill}, identity.SeedSize))
		if err != nil {
			b.Fatal(err)
		}
		return k
	}
	alice := keys(1)
	seed, err := identity.SeedFromBytes(bytes.Repeat([]byte{2}, identity.SeedSize))
	if err != nil {
		b.Fatal(err)
	}
	bob, err := Create(b.Context(), Options{Dir: b.TempDir()}, NewAccount{Seed: seed, Name: "Bob", Network: netfile.Session()})
	if err != nil {
		b.Fatal(err)
	}
	defer bob.Close()

	stored := make([]storage.Stored, b.N)
	start := time.Now()
	for i := range stored {
		at := start.Add(time.Duration(i) * time.Millisecond)
		content := messageContent(store.Message{Text: fmt.Sprintf("message %d %0180d", i, i), TimestampMS: at.UnixMilli()}, nil, "")
		plain, err := proto.Marshal(content)
		if err != nil {
			b.Fatal(err)
		}
		data, err := wire.EncodeDirect(bob.rand, alice, bob.Self().Account, uint64(at.UnixMilli()), plain)
		if err != nil {
			b.Fatal(err)
		}
		stored[i] = storage.Stored{Hash: storage.MessageHash(bob.Self().Account.Pubkey(), nsMessages, data), Data: data, Expiration: at.Add(timeToLive)}
	}
	b.ReportAllocs()
	b.ResetTimer()
	fresh, err := bob.take(context.Background(), bob.ownInbox(), snode.Key{1}, stored)
	if err != nil || fresh != b.N {
		b.Fatal(fresh, err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
