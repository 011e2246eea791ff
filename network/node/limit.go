package node

import (
	"sync"
	"time"
)

// maxAddresses is how many addresses a limiter remembers. While there are more
// that are not at rest, new ones are refused, as nodes do.
const maxAddresses = 10_000

// limiter is a bucket of tokens for each address.
type limiter struct {
	rate, burst float64

	mu      sync.Mutex // guards buckets
	buckets map[string]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newLimiter(rate, burst int) *limiter {
	return &limiter{rate: float64(rate), burst: float64(max(burst, 1)), buckets: map[string]bucket{}}
}

// filled is what is in a bucket at a time.
func (l *limiter) filled(b bucket, now time.Time) float64 {
	return min(l.burst, b.tokens+now.Sub(b.at).Seconds()*l.rate)
}

// allow takes a token of an address and reports false when there is none.
func (l *limiter) allow(address string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.buckets[address]
	if !ok {
		if len(l.buckets) >= maxAddresses {
			l.clean(now)
		}
		if len(l.buckets) >= maxAddresses {
			return false
		}
		b = bucket{l.burst, now}
	}
	tokens := l.filled(b, now)
	if tokens < 1 {
		return false
	}
	l.buckets[address] = bucket{tokens - 1, now}
	return true
}

func (l *limiter) clean(now time.Time) {
	for a, b := range l.buckets {
		if l.filled(b, now) >= l.burst {
			delete(l.buckets, a)
		}
	}
}
