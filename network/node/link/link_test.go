package link

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"seance/network/node/registry"
	"seance/network/pipenet"
)

func identity(t testing.TB) *Identity {
	t.Helper()
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	id, err := NewIdentity(key)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// serve answers calls at an address until the listener is closed.
func serve(t testing.TB, pipes *pipenet.Net, address string, id *Identity, h Handler) (registry.Node, net.Listener) {
	t.Helper()
	l, err := pipes.Listen(address)
	if err != nil {
		t.Fatal(err)
	}
	config := id.ServerConfig(func(registry.Key) bool { return true })
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		for {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer raw.Close()
				if c := tls.Server(raw, config); c.Handshake() == nil {
					Serve(ctx, c, h, slog.New(slog.DiscardHandler))
				}
			}()
		}
	}()
	return registry.Node{Ed25519: id.Key, IP: "127.0.0.1", Port: uint16(l.Addr().(*net.TCPAddr).Port)}, l
}

func TestCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipes := pipenet.New()
		client := identity(t)
		pool := NewPool(client, pipes.Dial, slog.New(slog.DiscardHandler))
		defer pool.Close()
		to, l := serve(t, pipes, "127.0.0.1:0", identity(t), func(ctx context.Context, peer registry.Key, kind uint16, payload []byte) (uint16, []byte) {
			switch kind {
			case 1:
				panic("boom")
			case 2:
				<-ctx.Done()
			case 3:
				time.Sleep(time.Duration(len(payload)) * time.Second)
			}
			if peer != client.Key {
				t.Error("the caller is taken for another")
			}
			return kind, payload
		})
		defer l.Close()
		var all sync.WaitGroup
		for i := range 500 { // answers come in another order than calls
			all.Go(func() {
				p := bytes.Repeat([]byte{byte(i)}, i%7)
				if a, err := pool.Call(t.Context(), to, 3, p); err != nil || a.Status != 3 || !bytes.Equal(a.Payload, p) {
					t.Errorf("%d: %+v %v", i, a, err)
				}
			})
		}
		all.Wait()
		big := make([]byte, MaxPayload)
		rand.Read(big)
		if a, err := pool.Call(t.Context(), to, 9, big); err != nil || !bytes.Equal(a.Payload, big) {
			t.Errorf("the largest payload: %v", err)
		}
		for _, call := range []func(context.Context, registry.Node, uint16, []byte) (Answer, error){pool.Call, pool.Once} {
			if _, err := call(t.Context(), to, 9, append(big, 0)); err == nil {
				t.Error("a larger payload is sent")
			}
		}
		if a, err := pool.Call(t.Context(), to, 1, nil); err != nil || a.Status != 500 {
			t.Errorf("a panic: %+v %v", a, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := pool.Call(ctx, to, 2, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("no answer: %v", err)
		}
	})
}

// An answer that came in time counts, however late its caller looks.
func TestLateWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipes := pipenet.New()
		pool := NewPool(identity(t), pipes.Dial, slog.New(slog.DiscardHandler))
		defer pool.Close()
		to, l := serve(t, pipes, "127.0.0.1:0", identity(t), func(_ context.Context, _ registry.Key, kind uint16, p []byte) (uint16, []byte) { return kind, p })
		defer l.Close()
		for range 50 {
			ctx, cancel := context.WithCancel(t.Context())
			wait := pool.Start(ctx, to, 7, nil)
			synctest.Wait()
			cancel()
			if a, err := wait(); err != nil || a.Status != 7 {
				t.Fatalf("%+v %v", a, err)
			}
		}
	})
}

func TestPeerComesAndGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipes, id := pipenet.New(), identity(t)
		pool := NewPool(identity(t), pipes.Dial, slog.New(slog.DiscardHandler))
		echo := func(_ context.Context, _ registry.Key, kind uint16, p []byte) (uint16, []byte) { return kind, p }
		to, l := serve(t, pipes, "127.0.0.1:0", id, echo)
		address := l.Addr().String()
		for i := range 3 {
			if _, err := pool.Call(t.Context(), to, 5, []byte("x")); err != nil {
				t.Errorf("round %d: %v", i, err)
			}
			l.Close()
			synctest.Wait()
			began := time.Now()
			if _, err := pool.Call(t.Context(), to, 5, nil); !errors.Is(err, ErrUnreachable) || time.Since(began) != 0 {
				t.Errorf("round %d: %v after %v", i, err, time.Since(began))
			}
			_, l = serve(t, pipes, address, id, echo)
		}
		l.Close()
		// Another node at the same address is not believed.
		_, l = serve(t, pipes, address, identity(t), echo)
		if _, err := pool.Call(t.Context(), to, 5, nil); !errors.Is(err, ErrUnreachable) {
			t.Errorf("another key: %v", err)
		}
		l.Close()
		pool.Close()
		if _, err := pool.Call(t.Context(), to, 5, nil); !errors.Is(err, ErrUnreachable) {
			t.Errorf("a closed pool: %v", err)
		}
	})
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2})
	f.Add([]byte{255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bufio.NewReader(bytes.NewReader(b))
		for {
			if _, err := readFrame(r); err != nil {
				return
			}
		}
	})
}

func BenchmarkCall(b *testing.B) {
	pipes := pipenet.New()
	pool := NewPool(identity(b), pipes.Dial, slog.New(slog.DiscardHandler))
	defer pool.Close()
	to, l := serve(b, pipes, "127.0.0.1:0", identity(b), func(_ context.Context, _ registry.Key, kind uint16, p []byte) (uint16, []byte) { return kind, p })
	defer l.Close()
	payload := make([]byte, 1000)
	for _, many := range []int{1, 16} {
		b.Run(fmt.Sprint(many), func(b *testing.B) {
			b.SetParallelism(many)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := pool.Call(b.Context(), to, 1, payload); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
