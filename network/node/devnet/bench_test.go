package devnet_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"seance/network/node/devnet"
)

// connections is how many requests are under way at a time, each on a
// connection of its own.
const connections = 16

// load makes b.N requests and reports how many there were a second, and how
// much processor time each took of client and nodes together, which does not
// depend on what else the machine does.
func load(b *testing.B, f func(worker, i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	began := processorTime()
	for w := range connections {
		all.Go(func() {
			for {
				i := next.Add(1)
				if i > int64(b.N) {
					return
				}
				f(w, int(i))
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	b.ReportMetric(float64((processorTime()-began).Microseconds())/float64(b.N), "cpu-µs/request")
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchDevnet(b *testing.B) (*devnet.Devnet, *client) {
	d, err := devnet.Start(b.Context(), devnet.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	c := newClient(b, d, nil)
	c.transport().MaxIdleConnsPerHost = connections
	return d, c
}

// BenchmarkStore stores messages of 1 KB at one node, which passes them on to
// the three others of its swarm.
func BenchmarkStore(b *testing.B) {
	d, c := benchDevnet(b)
	a := newAccount()
	address := d.Nodes()[c.member(a, 0)].Address
	pad := strings.Repeat("x", 1000)
	load(b, func(w, i int) {
		if status, body := c.post(address, "/storage_rpc/v1", request("store", a.store(0, fmt.Sprint(i, pad)))); status != 200 {
			b.Errorf("%d %s", status, body)
		}
	})
}

// BenchmarkRetrieve polls a mailbox of ten messages of which one is new.
func BenchmarkRetrieve(b *testing.B) {
	d, c := benchDevnet(b)
	a := newAccount()
	m := c.member(a, 0)
	pad := strings.Repeat("x", 1000)
	for i := range 10 {
		c.rpc(m, "store", a.store(0, fmt.Sprint(i, pad)))
	}
	last := c.retrieve(m, a, 0, "")[8].Hash
	address := d.Nodes()[m].Address
	asks := make([][]byte, 64) // so that the client's signing is not measured
	for i := range asks {
		asks[i] = request("retrieve", a.retrieve(0, last))
	}
	load(b, func(w, i int) {
		if status, body := c.post(address, "/storage_rpc/v1", asks[i%len(asks)]); status != 200 || len(body) < 1000 {
			b.Errorf("%d %s", status, body)
		}
	})
}

// BenchmarkOnionRetrieve is the time of one retrieve through three hops, one
// after the other, client included.
func BenchmarkOnionRetrieve(b *testing.B) {
	d, c := benchDevnet(b)
	a := newAccount()
	target := c.member(a, 0)
	c.rpc(target, "store", a.store(0, "hello"))
	nodes := map[string]node{}
	for _, n := range c.list(allFields) {
		nodes[n.Ed25519] = n
	}
	info := d.Nodes()
	var path []node
	for i := 0; len(path) < 3; i++ {
		if i != target {
			path = append(path, nodes[info[i].Key.String()])
		}
	}
	path = append(path, nodes[info[target].Key.String()])
	guard := fmt.Sprintf("%s:%d", path[0].IP, path[0].Port)
	for b.Loop() {
		request, _ := c.wrap(frame(request("retrieve", a.retrieve(0, "")), params{"headers": ""}), path...)
		if status, body := c.post(guard, "/onion_req/v2", request); status != 200 {
			b.Fatalf("%d %s", status, body)
		}
	}
}

// BenchmarkMemory reports the resident memory of a process with an idle network,
// for each node of it. Run it alone: what other benchmarks used stays counted.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		d, err := devnet.Start(b.Context(), devnet.Options{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			b.Skip("no /proc")
		}
		var kb float64
		for line := range strings.Lines(string(status)) {
			if _, err := fmt.Sscanf(line, "VmRSS: %f kB", &kb); err == nil {
				break
			}
		}
		b.ReportMetric(kb/1024/float64(len(d.Nodes())), "MB/node")
		d.Close()
	}
}
