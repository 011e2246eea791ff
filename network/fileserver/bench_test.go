package fileserver_test

import (
	"context"
	"encoding/binary"
	"testing"

	"seance/network/fileserver"
	"seance/network/node/devnet"
)

const tenMB = 10_000_000

// loopback is a client on a devnet over real sockets.
func benchmark(b *testing.B, each func(ctx context.Context, up func([]byte) string, down func(id string), blob []byte)) {
	d, err := devnet.Start(b.Context(), devnet.Options{Dir: b.TempDir(), Nodes: 6})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	c, home := open(b, d, nil)
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()
	defer func() { cancel(); <-done }()
	files := fileserver.New(c)
	up := func(blob []byte) string {
		f, err := files.Upload(ctx, home, blob, 0, func(int64, int64) {})
		if err != nil {
			b.Fatal(err)
		}
		return f.ID
	}
	down := func(id string) {
		if got, err := files.Download(ctx, home, id, tenMB, func(int64, int64) {}); err != nil || len(got) != tenMB {
			b.Fatalf("%d bytes, %v", len(got), err)
		}
	}
	blob := noise(tenMB)
	b.SetBytes(tenMB)
	each(ctx, up, down, blob)
}

// BenchmarkUpload uploads 10 MB, other ones every time.
func BenchmarkUpload(b *testing.B) {
	benchmark(b, func(_ context.Context, up func([]byte) string, _ func(string), blob []byte) {
		n := uint64(0)
		for b.Loop() {
			n++
			binary.BigEndian.PutUint64(blob, n)
			up(blob)
		}
	})
}

// BenchmarkDownload downloads 10 MB.
func BenchmarkDownload(b *testing.B) {
	benchmark(b, func(_ context.Context, up func([]byte) string, down func(string), blob []byte) {
		id := up(blob)
		for b.Loop() {
			down(id)
		}
	})
}
