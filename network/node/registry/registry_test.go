package registry

import (
	"encoding/binary"
	"testing"
)

func owner(place uint64) (o Owner) {
	o[0] = 5
	binary.BigEndian.PutUint64(o[1:], place^7)
	binary.BigEndian.PutUint64(o[25:], 7)
	return o
}

func node(k byte, swarm uint64) Node { return Node{Ed25519: Key{k}, Swarm: swarm} }

func TestSwarmOfNearestOnTheRing(t *testing.T) {
	const top = 1 << 63
	r := New(node(3, 100), node(1, 100), node(2, 300), node(4, top), node(5, NoSwarm))
	v := r.View()
	for _, c := range []struct{ place, want uint64 }{
		{0, 100}, {100, 100}, {199, 100}, {201, 300}, {300, 300}, {1000, 300},
		{200, 100}, // as far from both: the lower one
		{top - 1, top}, {top, top}, {top + 1, top},
		{top + top/2 + 49, top}, {top + top/2 + 51, 100}, // half way round to 100
		{NoSwarm, 100}, {top/2 + 149, 300}, {top/2 + 151, top},
	} {
		if got := v.SwarmOf(owner(c.place)).ID; got != c.want {
			t.Errorf("place %d: swarm %d, want %d", c.place, got, c.want)
		}
	}
	if m := v.SwarmOf(owner(1)).Members; len(m) != 2 || m[0].Ed25519[0] != 1 || m[1].Ed25519[0] != 3 {
		t.Errorf("members %v", m)
	}
	if p := v.Peers(Key{1}); len(p) != 1 || p[0].Ed25519 != (Key{3}) {
		t.Errorf("peers %v", p)
	}
	if v.Peers(Key{5}) != nil || v.Keeps(Key{5}, owner(0)) || v.Keeps(Key{9}, owner(0)) || !v.Keeps(Key{3}, owner(0)) {
		t.Error("membership is wrong")
	}
}

func TestOneSwarmOrNone(t *testing.T) {
	if got := New().View().SwarmOf(owner(5)).ID; got != NoSwarm {
		t.Errorf("swarm of an empty list: %d", got)
	}
	if got := New(node(1, 9)).View().SwarmOf(owner(NoSwarm - 3)).ID; got != 9 {
		t.Errorf("the only swarm: %d", got)
	}
}

func TestSetTellsWatchers(t *testing.T) {
	r := New(node(1, 1))
	old, changed := r.Watch()
	r.Set([]Node{node(1, 1), node(2, 1)})
	<-changed
	if v := r.View(); v.Height <= old.Height || len(v.Nodes) != 2 || len(old.Nodes) != 1 {
		t.Errorf("view %+v after %+v", v, old)
	}
}
