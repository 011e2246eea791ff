package group

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"seance/messaging/config"
	"seance/messaging/id"
	"seance/messaging/secret"
)

// Whatever the swarm has as keys: an error, or what the group has signed.
func FuzzLoadKey(f *testing.F) {
	admin, _ := groupOf(f, 3)
	message, _ := admin.Pending()
	f.Add(message)
	_, err := admin.LoadKey(config.Stored{Hash: "k", Data: message}, time.Unix(1, 0))
	check(f, err)
	supplement, err := admin.Supplement([]id.Account{someone(f, 2).Account()})
	check(f, err)
	f.Add(supplement)
	f.Add([]byte("d1:#24:aaaaaaaaaaaaaaaaaaaaaaaa1:Gi0e1:Ki0e1:kle1:~0:e"))
	f.Fuzz(func(t *testing.T, data []byte) {
		admin, member := groupOf(t, 3)
		for _, g := range []*Group{admin, member} {
			before := g.keys.dump()
			ours, err := g.LoadKey(config.Stored{Hash: "k", Data: data}, time.Unix(1, 0))
			known := bytes.Equal(data, message) || bytes.Equal(data, supplement)
			if err == nil && !known {
				t.Errorf("taken: %v", ours)
			}
			if err != nil && !bytes.Equal(g.keys.dump(), before) {
				t.Error("what was refused has changed something")
			}
		}
	})
}

// Messages and notices of removal: who has the key may put anything into them.
func FuzzDecrypt(f *testing.F) {
	key := make([]byte, keySize)
	g := id.Group{id.PrefixGroup, 1}
	for _, compress := range []bool{false, true} {
		sealed, err := encrypt(rand.Reader, someone(f, 1), g, key, bytes.Repeat([]byte("hello"), 20), compress, 0)
		check(f, err)
		plain, _ := open(key, sealed[:nonceSize], sealed[nonceSize:])
		f.Add(plain)
	}
	f.Add([]byte("d0:i1e1:a32:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1:d1:x1:s0:e"))
	nonce := make([]byte, nonceSize)
	f.Fuzz(func(t *testing.T, plain []byte) {
		_, text, err := decrypt(g, [][]byte{key}, append(bytes.Clone(nonce), seal(key, nonce, plain)...))
		if err == nil && (len(text) == 0 || len(text) > MaxPlaintext) {
			t.Errorf("%d bytes", len(text))
		}
		if errors.Is(err, ErrNoKey) {
			t.Error(err)
		}
		_, member := groupOf(t, 2)
		if _, kicked := member.Kicked(plain); kicked {
			t.Error("removed by nobody")
		}
		if _, err := OpenSubaccount(someone(t, 1), secret.New(plain)); err == nil && len(plain) != AuthSize {
			t.Errorf("%d bytes", len(plain))
		}
		var r keyring
		r.active = map[int64]hashSet{}
		if r.load(plain) == nil {
			again := keyring{active: map[int64]hashSet{}}
			if err := again.load(r.dump()); err != nil {
				t.Errorf("what was loaded is not dumped: %v", err)
			}
		}
	})
}
