package messaging

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net/http"
	"runtime"
	"syscall"
	"testing"
	"time"

	"seance/messaging/attachment"
	"seance/messaging/id"
	"seance/network"
	"seance/network/node/devnet"
	"seance/store"
)

// BenchmarkSendFile sends 10 MB on a devnet, from a file's content to the swarm
// having the message, beside two other ways to bring as many bytes to the same
// file server: the ready bytes through the same onion path, and without any
// network in between. They take turns, so that what else the machine does meets
// all of them; the ratios are those of their sums. Processor time counts client and
// nodes, and depends less on the rest of the machine.
func BenchmarkSendFile(b *testing.B) {
	dev, err := devnet.Start(b.Context(), devnet.Options{Dir: b.TempDir(), Nodes: 6})
	if err != nil {
		b.Fatal(err)
	}
	defer dev.Close()
	d := runAlone(b, dev)
	home := dev.NetworkFile().FileServer
	server, err := network.ParseServer(home.URL, home.X25519)
	if err != nil {
		b.Fatal(err)
	}
	data := noise(MaxFile)
	fresh := func(blob []byte, n int) { binary.BigEndian.PutUint64(blob[100:], uint64(n)) } // what the server has is not written again
	sealed, err := attachment.Seal(d.rand, data, true)
	if err != nil {
		b.Fatal(err)
	}
	ways := []struct {
		name string
		move func(n int)
	}{
		{"send", func(n int) {
			fresh(data, n)
			m, err := d.Send(b.Context(), id.With(d.Self().Account), Draft{Files: []File{{Name: "a.bin", Content: bytes.NewReader(data)}}})
			if err != nil {
				b.Fatal(err)
			}
			if m, err = d.Wait(b.Context(), m.ID()); err != nil || m.State != store.StateSent {
				b.Fatalf("%s %s, %v", m.State, m.Failure, err)
			}
		}},
		{"onion", func(n int) {
			fresh(sealed.Blob, n)
			if _, err := d.files.Upload(b.Context(), server, sealed.Blob, 0, nil); err != nil {
				b.Fatal(err)
			}
		}},
		{"plain", func(n int) {
			fresh(sealed.Blob, -n)
			r, err := http.Post(home.URL+"/file", "application/octet-stream", bytes.NewReader(sealed.Blob))
			if err != nil {
				b.Fatal(err)
			}
			defer r.Body.Close()
			if answer, err := io.ReadAll(r.Body); err != nil || r.StatusCode != http.StatusOK {
				b.Fatalf("%d %s %v", r.StatusCode, answer, err)
			}
		}},
	}
	took, cpu := make([]time.Duration, len(ways)), make([]time.Duration, len(ways))
	round := func(n int, count bool) {
		for k := range ways {
			i := (n + k) % len(ways) // each as often after each of the others: it finds memory that they used
			way := ways[i]
			runtime.GC()
			began, beganCPU := time.Now(), processorTime()
			way.move(n)
			if count {
				took[i] += time.Since(began)
				cpu[i] += processorTime() - beganCPU
			}
		}
	}
	round(1, false)
	n := 1
	for b.Loop() {
		n++
		round(n, true)
	}
	for i, way := range ways {
		b.ReportMetric(float64(took[i].Milliseconds())/float64(n-1), way.name+"-ms")
		b.ReportMetric(float64(cpu[i].Milliseconds())/float64(n-1), way.name+"-cpu-ms")
	}
	b.ReportMetric(float64(took[0])/float64(took[1]), "send/onion")
	b.ReportMetric(float64(took[0])/float64(took[2]), "send/plain")
	b.ReportMetric(float64(cpu[0])/float64(cpu[1]), "send/onion-cpu")
}

// runAlone runs an account on a network until the benchmark ends.
func runAlone(b *testing.B, dev *devnet.Devnet) *Client {
	c, err := Create(b.Context(), Options{Dir: b.TempDir(), Holder: "test"}, NewAccount{Seed: mustSeed(b, "Alice"), Name: "Alice", Network: dev.NetworkFile()})
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	go func() { done <- c.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			b.Error(err)
		}
		if err := c.Close(); err != nil {
			b.Error(err)
		}
	})
	return c
}

// processorTime is what this process has used, whatever else the machine does.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
