package group

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"seance/messaging/config"
	"seance/messaging/identity"
	"seance/messaging/secret"
)

func someone(t testing.TB, n int) *identity.Keys {
	seed := sha256.Sum256([]byte(fmt.Sprint("account ", n)))
	return keysOf(t, seed[:])
}

// groupOf is a new group of n members, as its admin and as the last one of them have it.
func groupOf(t testing.TB, n int) (admin, member *Group) {
	t.Helper()
	sum := sha256.Sum256([]byte("group"))
	seed := secret.New(sum[:])
	name, err := IDOf(seed)
	check(t, err)
	admin, err = Open(name, someone(t, 0), seed, Dumps{})
	check(t, err)
	for i := range n {
		check(t, admin.Members.Set(config.GroupMember{ID: someone(t, i).Account(), Name: fmt.Sprint("member ", i), Admin: i == 0}))
	}
	check(t, admin.Info.SetName("group"))
	check(t, admin.Rekey())
	member, err = Open(name, someone(t, n-1), secret.Bytes{}, Dumps{})
	check(t, err)
	return admin, member
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func BenchmarkRekey100(b *testing.B) {
	admin, _ := groupOf(b, 100)
	b.ReportAllocs()
	for b.Loop() {
		check(b, admin.Rekey())
	}
}

// The last of the members tries all entries before their own.
func BenchmarkLoadKey100(b *testing.B) {
	admin, member := groupOf(b, 100)
	message, _ := admin.Pending()
	b.ReportAllocs()
	for b.Loop() {
		ours, err := member.LoadKey(config.Stored{Hash: "k", Data: message}, time.Unix(1, 0))
		if check(b, err); !ours {
			b.Fatal("no key for the member")
		}
	}
}

// Creating a group of 100: its key, info and members, ready to be stored.
func BenchmarkCreate100(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		admin, _ := groupOf(b, 100)
		for _, c := range []*config.Config{admin.Info.Config, admin.Members.Config} {
			_, err := c.Push(time.Unix(1, 0))
			check(b, err)
		}
	}
}

func BenchmarkMessage(b *testing.B) {
	admin, member := groupOf(b, 100)
	message, _ := admin.Pending()
	_, err := member.LoadKey(config.Stored{Hash: "k", Data: message}, time.Unix(1, 0))
	check(b, err)
	text := []byte(strings.Repeat("a message of a group ", 10))
	b.Run("encrypt", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := admin.Encrypt(rand.Reader, text)
			check(b, err)
		}
	})
	sealed, err := admin.Encrypt(rand.Reader, text)
	check(b, err)
	b.Run("decrypt", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _, err := member.Decrypt(sealed)
			check(b, err)
		}
	})
}
