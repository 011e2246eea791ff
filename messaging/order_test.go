package messaging

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/messaging/wire/sessionpb"
	"seance/network/netfile"
	"seance/network/snode"
	"seance/network/storage"
	"seance/store"
)

// mailbox is what a swarm holds for an account: messages, of which every member
// answers in an order of its own, some of them twice.
type mailbox struct {
	owner   *identity.Keys
	people  []*identity.Keys
	stored  []storage.Stored
	members [][]storage.Stored
}

// long ago enough for any clock, and the same in every run
const orderBaseMS = 1_790_000_000_000

// drawMailbox fills a mailbox with what people, strangers and other devices of
// the account may leave there, many of them in the same milliseconds.
func drawMailbox(t *rapid.T, owner *identity.Keys, people []*identity.Keys) *mailbox {
	b := &mailbox{owner: owner, people: people}
	type place struct {
		author id.Account
		ms     int64
	}
	taken := map[place]bool{} // one author's messages differ in their timestamps
	for i := range rapid.IntRange(1, 30).Draw(t, "messages") {
		from := rapid.SampledFrom(append([]*identity.Keys{owner}, people...)).Draw(t, "from")
		ms := orderBaseMS + rapid.Int64Range(0, 20).Draw(t, "ms")
		if at := (place{from.Account(), ms}); taken[at] {
			continue
		} else {
			taken[at] = true
		}
		m := store.Message{Text: fmt.Sprint("message ", i), TimestampMS: ms}
		other := rapid.SampledFrom(append([]*identity.Keys{owner}, people...)).Draw(t, "other")
		about := orderBaseMS + rapid.Int64Range(0, 20).Draw(t, "about")
		if rapid.IntRange(0, 3).Draw(t, "quotes") == 0 {
			m.Quote = &store.Quote{Author: other.Account().Sender(), TimestampMS: about}
		}
		var content *sessionpb.Content
		switch kind := rapid.IntRange(0, 9).Draw(t, "kind"); {
		case rapid.IntRange(0, 2).Draw(t, "signal") == 0:
			content = drawSignal(t, owner.Account(), from.Account(), other.Account(), ms, about)
		case from == owner:
			with := rapid.SampledFrom(append([]*identity.Keys{owner}, people...)).Draw(t, "with")
			content = messageContent(m, nil, id.With(with.Account()))
		case kind == 0:
			content = acceptContent(ms, drawProfile(t))
		case kind == 1:
			content = &sessionpb.Content{SigTimestamp: proto.Uint64(uint64(ms))} // of a kind that is to come
		default:
			content = messageContent(m, drawProfile(t), "")
		}
		for range 1 + rapid.IntRange(0, 8).Draw(t, "encrypted again")/8 { // by a client that lost the answer
			b.put(sealed(t, from, owner.Account(), content))
		}
	}
	if rapid.Bool().Draw(t, "rubbish") {
		b.put([]byte("rubbish"))
	}
	for range rapid.IntRange(1, 3).Draw(t, "members") {
		order := rapid.Permutation(b.stored).Draw(t, "order")
		again := rapid.SliceOfN(rapid.SampledFrom(b.stored), 0, 3).Draw(t, "again")
		b.members = append(b.members, append(order, again...))
	}
	return b
}

// drawSignal is what one account says about what one wrote at a time.
func drawSignal(t *rapid.T, owner, from, author id.Account, ms, about int64) *sessionpb.Content {
	target := id.Conversation("")
	if from == owner {
		target = id.With(author)
	}
	switch rapid.IntRange(0, 5).Draw(t, "kind of signal") {
	case 0:
		return &sessionpb.Content{SigTimestamp: proto.Uint64(uint64(ms)), ReceiptMessage: &sessionpb.ReceiptMessage{
			Type: sessionpb.ReceiptMessage_READ.Enum(), Timestamp: []uint64{uint64(about), uint64(about + 1), uint64(about + 2)},
		}}
	case 1:
		return &sessionpb.Content{SigTimestamp: proto.Uint64(uint64(ms)), UnsendRequest: &sessionpb.UnsendRequest{
			Author: proto.String(author.String()), Timestamp: proto.Uint64(uint64(about)),
		}}
	case 2:
		return &sessionpb.Content{SigTimestamp: proto.Uint64(uint64(ms)), UnsendRequest: &sessionpb.UnsendRequest{
			Author: proto.String(from.String()), Timestamp: proto.Uint64(uint64(about)),
		}}
	case 3:
		return &sessionpb.Content{SigTimestamp: proto.Uint64(uint64(ms)), DataExtractionNotification: &sessionpb.DataExtractionNotification{
			Type: sessionpb.DataExtractionNotification_MEDIA_SAVED.Enum(),
		}}
	}
	action := rapid.SampledFrom([]sessionpb.DataMessage_Reaction_Action{
		sessionpb.DataMessage_Reaction_REACT, sessionpb.DataMessage_Reaction_REMOVE,
	}).Draw(t, "action")
	return dataContent(&sessionpb.DataMessage{Reaction: &sessionpb.DataMessage_Reaction{
		Id: proto.Uint64(uint64(about)), Author: proto.String(author.String()), Action: action.Enum(),
		Emoji: proto.String(rapid.SampledFrom([]string{"👍", "❤️"}).Draw(t, "emoji")),
	}}, ms, nil, target)
}

func (b *mailbox) put(data []byte) {
	hash := storage.MessageHash(b.owner.Account().Pubkey(), nsMessages, data)
	b.stored = append(b.stored, storage.Stored{Hash: hash, Data: data})
}

// drawProfile is a name that changes, with the time of its change as some
// clients tell it, others not.
func drawProfile(t *rapid.T) *ownProfile {
	n := rapid.Uint64Range(0, 3).Draw(t, "name")
	p := &sessionpb.Profile{DisplayName: proto.String(fmt.Sprint("name ", n))}
	if n > 0 {
		p.LastUpdateSeconds = proto.Uint64(orderBaseMS/1000 + n)
	}
	return &ownProfile{Profile: p}
}

// mortal is a context that ends when it was asked a number of times.
type mortal struct {
	context.Context
	left int
}

func (m *mortal) Err() error {
	if m.left--; m.left < 0 {
		return context.Canceled
	}
	return nil
}

// receiver is a client without a network that is given what members answer.
type receiver struct {
	*Client
	t   *rapid.T
	dir string
}

// newReceiver opens a copy of a new profile, which is made once: that takes
// longer than all else.
func newReceiver(t *rapid.T, profile fs.FS) *receiver {
	dir, err := os.MkdirTemp("", "order")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r := &receiver{t: t, dir: filepath.Join(dir, "profile")}
	if err = os.CopyFS(r.dir, profile); err == nil {
		r.Client, err = Open(context.Background(), Options{Dir: r.dir})
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *receiver) reopen() {
	var err error
	if err = r.Close(); err == nil {
		r.Client, err = Open(context.Background(), Options{Dir: r.dir})
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// seen is what a person sees of a conversation.
type seen struct {
	ID                id.Conversation
	Title             string
	Unread            int
	Request, Approved bool
	First             store.Position // where the unread line stands
	Last              string
	Messages          []string
}

func (r *receiver) seen() (all []seen) {
	ctx := context.Background()
	list, err := r.Conversations(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, v := range list {
		s := seen{ID: v.ID, Title: v.Title, Unread: v.Unread, Request: v.Request, Approved: v.Approved, Last: v.Last.Text}
		if s.First, _, err = r.FirstUnread(ctx, v.ID); err != nil {
			r.t.Fatal(err)
		}
		page, err := r.Messages(ctx, v.ID, Page{Limit: 1000})
		if err != nil {
			r.t.Fatal(err)
		}
		for _, m := range page {
			s.Messages = append(s.Messages, fmt.Sprint(m.TimestampMS, " ", m.Author, " ", m.Direction, " ", m.State, " ", m.Kind, " ", m.Text, " ", m.Deleted))
			if m.Quote != nil {
				s.Messages = append(s.Messages, fmt.Sprint("> ", m.Quote.TimestampMS, " ", m.Quote.Author, " ", m.Quote.Text))
			}
			for _, r := range m.Reactions {
				s.Messages = append(s.Messages, fmt.Sprint("< ", r.AtMS, " ", r.Author, " ", r.Emoji))
			}
		}
		all = append(all, s)
	}
	return all
}

// TestAnyOrderIsTheSameHistory receives a mailbox in one go, oldest first, and
// again from members that answer in any order, in pieces, repeatedly, with the
// program ending in between and in the middle of a transaction.
func TestAnyOrderIsTheSameHistory(t *testing.T) {
	slow(t)
	t.Parallel()
	seed := mustSeed(t, "owner")
	people := []*identity.Keys{mustSeed(t, "one").Keys(), mustSeed(t, "two").Keys(), mustSeed(t, "three").Keys()}
	profile := t.TempDir()
	c, err := Create(t.Context(), Options{Dir: profile}, NewAccount{Seed: seed, Network: netfile.Session()})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetPreferences(t.Context(), Preferences{ReadReceipts: true}); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		b := drawMailbox(t, seed.Keys(), people)
		owner := b.owner.Account().Pubkey()

		plain := newReceiver(t, os.DirFS(profile))
		if _, err := plain.take(ctx, plain.ownInbox(), snode.Key{}, b.stored); err != nil {
			t.Fatal(err)
		}
		r := newReceiver(t, os.DirFS(profile))
		left := make([]bool, len(b.members)) // members that have nothing more
		for slices.Contains(left, false) {
			i := rapid.IntRange(0, len(b.members)-1).Draw(t, "member")
			member := snode.Key{byte(i)}
			cursor, err := r.db.Cursor(ctx, owner, nsMessages, member)
			if err != nil {
				t.Fatal(err)
			}
			answer := b.members[i]
			at := slices.IndexFunc(answer, func(m storage.Stored) bool { return m.Hash == cursor })
			if left[i] && rapid.IntRange(0, 3).Draw(t, "the member forgot the cursor") == 0 {
				at = -1
			}
			answer = answer[at+1:]
			answer = answer[:min(len(answer), rapid.IntRange(1, 20).Draw(t, "answer"))]
			polled := ctx
			if crash := rapid.IntRange(0, 200).Draw(t, "crash"); crash > 0 {
				polled = &mortal{ctx, crash}
			}
			_, err = r.take(polled, r.ownInbox(), member, answer)
			if err != nil && polled == ctx {
				t.Fatal(err)
			}
			left[i] = err == nil && at+1+len(answer) == len(b.members[i])
			if rapid.IntRange(0, 12).Draw(t, "restart") == 0 {
				r.reopen()
			}
		}
		if diff := cmp.Diff(plain.seen(), r.seen()); diff != "" {
			t.Errorf("-at once +in pieces:\n%s", diff)
		}
		for _, c := range []*receiver{plain, r} {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}
