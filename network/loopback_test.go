package network_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"seance/network"
	"seance/network/node/devnet"
	"seance/network/snode"
	"seance/network/storage"
)

// loopback runs a devnet and a client over real sockets and the real clock.
func loopback(t testing.TB) *network.Client {
	t.Helper()
	d, err := devnet.Start(t.Context(), devnet.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	c, err := network.Open(network.Options{File: d.NetworkFile(), Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-done
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestLoopback(t *testing.T) {
	c := loopback(t)
	a := newAuth()
	began := time.Now()
	for _, text := range []string{"over", "real", "sockets"} {
		if _, _, err := send(t.Context(), c, a, text); err != nil {
			t.Fatal(err)
		}
		t.Logf("after %v", time.Since(began))
	}
	if _, texts, err := fetch(t.Context(), c, a, network.BatchOptions{}); err != nil || !slices.Equal(texts, []string{"over", "real", "sockets"}) {
		t.Errorf("fetched %q, %v", texts, err)
	}
}

// BenchmarkRetrieve3Hops reports, beside the mean, the median.
func BenchmarkRetrieve3Hops(b *testing.B) {
	c := loopback(b)
	a := newAuth()
	if _, _, err := send(b.Context(), c, a, "one message"); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		reply, err := c.Batch(b.Context(), a.Owner, network.BatchOptions{}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
			return []storage.Request{a.Retrieve(0, "", -1, now)}, nil
		})
		if err != nil {
			b.Fatal(err)
		}
		if got, err := reply.Results[0].Retrieve(); err != nil || len(got.Messages) != 1 {
			b.Fatalf("%+v, %v", got, err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms/p50")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms/p99")
}
