package network_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"seance/network"
	"seance/network/snode"
	"seance/network/storage"
)

func TestNodesDieAndJoin(t *testing.T) {
	inWorld(t, 12, func(w *world) {
		c, stop := w.client(network.Options{})
		defer stop()
		a := newAuth()
		var want []string
		store := func(text string) {
			t.Helper()
			if _, _, err := send(w.Context(), c, a, text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			want = append(want, text)
		}
		store("before")
		// The guards of both paths, and thereby perhaps members of the swarm.
		var killed []int
		for _, p := range c.Status().Paths {
			for _, n := range w.dev.Nodes() {
				if snode.Key(n.Key) == p.Hops[0].Key {
					killed = append(killed, n.Index)
				}
			}
		}
		for _, i := range killed {
			if err := w.dev.Stop(i); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 20 {
			store(fmt.Sprint("with dead guards ", i))
			if i == 10 {
				if _, err := w.dev.Add(); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Second)
		}
		for _, i := range killed {
			if err := w.dev.Start(i); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(3 * time.Hour) // a refresh brings the new node
		store("after")
		if n := len(c.Nodes()); n != 13 {
			t.Errorf("%d nodes after a refresh", n)
		}
		for range 4 {
			if _, texts, err := fetch(w.Context(), c, a, network.BatchOptions{}); err != nil || !slices.Equal(texts, want) {
				t.Errorf("fetched %d of %d: %q, %v", len(texts), len(want), texts, err)
			}
		}
	})
}

func TestNetworkLoss(t *testing.T) {
	inWorld(t, 12, func(w *world) {
		c, stop := w.client(network.Options{})
		defer stop()
		w.exchange(c, "before")
		synctest.Wait()
		guards := guardsOf(c)
		w.down.Store(true)
		for range 60 {
			ctx, cancel := context.WithTimeout(w.Context(), 20*time.Second)
			if _, _, err := send(ctx, c, newAuth(), "lost"); err == nil {
				t.Error("sent without network")
			}
			cancel()
			time.Sleep(10 * time.Second)
		}
		if s := c.Status(); s.State != network.Offline || s.LastError == "" {
			t.Errorf("status %+v", s)
		}
		ctx, cancel := context.WithTimeout(w.Context(), 20*time.Second)
		defer cancel()
		began := time.Now()
		if _, _, err := send(ctx, c, newAuth(), "lost"); !errors.Is(err, network.ErrOffline) {
			t.Errorf("err = %v", err)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("it took %v to tell that the network is down", took)
		}
		w.down.Store(false)
		began = time.Now()
		for c.Status().State != network.Ready {
			time.Sleep(100 * time.Millisecond)
			if time.Since(began) > 20*time.Second {
				t.Fatalf("no recovery: %+v", c.Status())
			}
		}
		w.exchange(c, "after")
		synctest.Wait()
		if got := guardsOf(c); !slices.Equal(got, guards) {
			t.Errorf("guards were %v, are %v", guards, got)
		}
	})
}

func guardsOf(c *network.Client) []string {
	var keys []string
	for _, p := range c.Status().Paths {
		keys = append(keys, p.Hops[0].Key.String()[:8])
	}
	slices.Sort(keys)
	return keys
}

func TestNothingRuns(t *testing.T) {
	inWorld(t, 6, func(w *world) {
		c, stop := w.client(network.Options{Dir: w.dir})
		w.exchange(c, "before")
		stop()
		if _, _, err := send(w.Context(), c, newAuth(), "stopped"); err != nil && !errors.Is(err, network.ErrOffline) {
			t.Errorf("after Run: %v", err)
		}
		w.down.Store(true)
		for _, dir := range []string{w.dir, ""} {
			c, stop = w.client(network.Options{Dir: dir})
			began := time.Now()
			_, _, err := send(w.Context(), c, newAuth(), "offline")
			if !errors.Is(err, network.ErrOffline) {
				t.Errorf("err = %v", err)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %v to tell that the network is down", took)
			}
			stop()
		}
	})
}

func TestWrongClock(t *testing.T) {
	inWorld(t, 12, func(w *world) {
		c, stop := w.client(network.Options{})
		defer stop()
		w.exchange(c, "right")
		if off := time.Until(c.Now()).Abs(); off > time.Second {
			t.Errorf("offset %v of a right clock", off)
		}
		// A request that is signed with a time far off is refused, and built
		// again with the time as it was corrected.
		a := newAuth()
		var times []time.Time
		_, err := c.Batch(w.Context(), a.Owner, network.BatchOptions{}, func(_ snode.Node, now time.Time) ([]storage.Request, error) {
			if times = append(times, now); len(times) == 1 {
				now = now.Add(-time.Hour)
			}
			return []storage.Request{a.Retrieve(0, "", -1, now)}, nil
		})
		if err != nil || len(times) != 2 {
			t.Errorf("%d attempts, %v", len(times), err)
		}
	})
}

func TestBlackHole(t *testing.T) {
	inWorld(t, 12, func(w *world) {
		c, stop := w.client(network.Options{Dir: w.dir})
		w.exchange(c, "before")
		stop()
		c, stop = w.client(network.Options{Dir: w.dir, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}})
		defer stop()
		began := time.Now()
		if _, _, err := send(w.Context(), c, newAuth(), "lost"); !errors.Is(err, network.ErrOffline) {
			t.Errorf("err = %v", err)
		}
		if took := time.Since(began); took > 25*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestDays(t *testing.T) {
	inWorld(t, 12, func(w *world) {
		c, stop := w.client(network.Options{})
		defer stop()
		w.exchange(c, "first")
		synctest.Wait()
		guards := guardsOf(c)
		for i := range 48 {
			time.Sleep(time.Hour)
			w.exchange(c, fmt.Sprint(i))
		}
		if n := w.calls[seedAddress(w)]; n != 1 {
			t.Errorf("the seed was asked %d times", n)
		}
		s := c.Status()
		if age := time.Since(s.Refreshed); age > 3*time.Hour || s.Nodes != 12 || !slices.Equal(guardsOf(c), guards) {
			t.Errorf("refreshed %v ago, %d nodes, guards %v, were %v", age, s.Nodes, guardsOf(c), guards)
		}
	})
}
