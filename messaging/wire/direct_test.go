package wire

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/nacl/secretbox"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"seance/messaging/identity"
	"seance/messaging/wire/sessionpb"
)

func newKeys(t testing.TB) *identity.Keys {
	t.Helper()
	seed, err := identity.NewSeed(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return seed.Keys()
}

func text(t testing.TB, body string, timestampMS uint64) []byte {
	t.Helper()
	content, err := MarshalContent(&sessionpb.Content{
		DataMessage:  &sessionpb.DataMessage{Body: &body},
		SigTimestamp: &timestampMS,
	})
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestDirectRoundTrip(t *testing.T) {
	alice, bob, eve := newKeys(t), newKeys(t), newKeys(t)
	rapid.Check(t, func(rt *rapid.T) {
		body := rapid.String().Draw(rt, "body")
		timestampMS := rapid.Uint64Range(1, 1<<62).Draw(rt, "timestamp")
		payload, err := EncodeDirect(rand.Reader, alice, bob.Account(), timestampMS, text(t, body, timestampMS))
		if err != nil {
			rt.Fatal(err)
		}
		d, err := DecodeDirect(bob, payload)
		if err != nil {
			rt.Fatal(err)
		}
		if d.Sender != alice.Account() || d.SenderEd25519 != alice.Ed25519() || d.TimestampMS != timestampMS ||
			d.Message.GetDataMessage().GetBody() != body || CheckTimestamp(d.Message, d.TimestampMS) != nil {
			rt.Errorf("%v", d.Message)
		}
		if d.Pro([32]byte{}) != nil {
			rt.Error("the throw-away signature is taken for a claim to Session Pro")
		}
		if _, err := DecodeDirect(eve, payload); !errors.Is(err, ErrUndecryptable) {
			rt.Errorf("somebody else opens it: %v", err)
		}
		if _, err := DecodeDirect(alice, payload); !errors.Is(err, ErrUndecryptable) {
			rt.Errorf("the sender opens it: %v", err)
		}
	})
}

func TestEveryChangeOfABoxIsNoticed(t *testing.T) {
	alice, bob := newKeys(t), newKeys(t)
	box, err := Seal(rand.Reader, alice, bob.Account(), []byte("text"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range box {
		changed := slices.Clone(box)
		changed[i] ^= 1
		if _, _, err := Open(bob, changed); !errors.Is(err, ErrUndecryptable) {
			t.Errorf("byte %d: %v", i, err)
		}
		if _, _, err := Open(bob, box[:i]); !errors.Is(err, ErrUndecryptable) {
			t.Errorf("cut to %d bytes: %v", i, err)
		}
	}
	// An ephemeral key of small order makes the shared secret known to all.
	if _, _, err := Open(bob, append(make([]byte, 32), box[32:]...)); !errors.Is(err, ErrUndecryptable) {
		t.Errorf("ephemeral key of zeros: %v", err)
	}
}

// Bob cannot pass what Alice signed for him on to Carol as written to her.
func TestSignatureCoversTheRecipient(t *testing.T) {
	alice, bob, carol := newKeys(t), newKeys(t), newKeys(t)
	toBob := sign(alice, bob.PublicX25519(), []byte("text"))
	box := sealSigned(t, carol, toBob)
	if _, _, err := Open(carol, box); !errors.Is(err, ErrUndecryptable) {
		t.Errorf("error %v", err)
	}
	if msg, _, err := Open(carol, sealSigned(t, carol, sign(alice, carol.PublicX25519(), []byte("text")))); err != nil || string(msg) != "text" {
		t.Errorf("%q, %v", msg, err)
	}
}

func TestOtherClientsAreRead(t *testing.T) {
	alice, bob := newKeys(t), newKeys(t)
	const at = 1780000000123
	content := text(t, "hello", at)
	seal := func(content []byte) []byte {
		box, err := Seal(rand.Reader, alice, bob.Account(), content)
		if err != nil {
			t.Fatal(err)
		}
		return box
	}
	plain := func() *sessionpb.Envelope {
		return &sessionpb.Envelope{
			Type: sessionpb.Envelope_DIRECT.Enum(), Timestamp: proto.Uint64(at), Content: seal(Pad(content)),
		}
	}
	stored := func(e *sessionpb.Envelope) []byte {
		payload, err := wrapEnvelope(e)
		if err != nil {
			t.Fatal(err)
		}
		return payload
	}
	bare := func(e *sessionpb.Envelope) []byte {
		payload, err := proto.MarshalOptions{AllowPartial: true}.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return payload
	}
	change := func(f func(*sessionpb.Envelope)) *sessionpb.Envelope {
		e := plain()
		f(e)
		return e
	}
	unknown := protowire.AppendString(protowire.AppendTag(nil, 999, protowire.BytesType), "future")
	tests := []struct {
		name    string
		payload []byte
		err     error
	}{
		{"as the apps do", stored(plain()), nil},
		{"an envelope that stands alone", bare(plain()), nil},
		{"alone, with an empty source", bare(change(func(e *sessionpb.Envelope) { e.Source = proto.String("") })), nil},
		{"alone, with a source", bare(change(func(e *sessionpb.Envelope) { e.Source = proto.String(alice.Account().String()) })), nil},
		{"with a source", stored(change(func(e *sessionpb.Envelope) { e.Source = proto.String(alice.Account().String()) })), nil},
		{"a type that does not exist", append(bare(change(func(e *sessionpb.Envelope) { e.Type = nil })), 0x08, 0x63), nil},
		{"without type", bare(change(func(e *sessionpb.Envelope) { e.Type = nil })), nil},
		{"content without padding", stored(change(func(e *sessionpb.Envelope) { e.Content = seal(content) })), nil},
		{"unknown fields outside", append(stored(plain()), unknown...), nil},
		{"unknown fields in the envelope", append(bare(plain()), unknown...), nil},
		{"unknown fields in the content", stored(change(func(e *sessionpb.Envelope) { e.Content = seal(Pad(append(slices.Clone(content), unknown...))) })), nil},

		{"nothing", nil, ErrMalformed},
		{"without timestamp", bare(change(func(e *sessionpb.Envelope) { e.Timestamp = nil })), ErrMalformed},
		{"without content", stored(change(func(e *sessionpb.Envelope) { e.Content = nil })), ErrMalformed},
		{"empty content", stored(change(func(e *sessionpb.Envelope) { e.Content = []byte{} })), ErrUndecryptable},
		{"a source that is none", stored(change(func(e *sessionpb.Envelope) { e.Source = proto.String("05ab") })), ErrMalformed},
		{"a signature that is too short", stored(change(func(e *sessionpb.Envelope) { e.ProSig = make([]byte, 63) })), ErrMalformed},
		{"content that is no protobuf", stored(change(func(e *sessionpb.Envelope) { e.Content = seal(Pad([]byte("hello"))) })), ErrMalformed},
		{"content of zeros", stored(change(func(e *sessionpb.Envelope) { e.Content = seal(make([]byte, 160)) })), ErrMalformed},
		{"larger than a swarm stores", make([]byte, MaxPayload+1), ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := DecodeDirect(bob, tt.payload)
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if err == nil && (d.Sender != alice.Account() || d.TimestampMS != at || d.Message.GetDataMessage().GetBody() != "hello") {
				t.Errorf("%v", d)
			}
		})
	}
}

func TestNothingTooLargeIsSent(t *testing.T) {
	alice := newKeys(t)
	longest := 0
	for n := MaxPayload - 1000; n <= MaxPayload+1; n++ {
		payload, err := EncodeDirect(rand.Reader, alice, alice.Account(), 1, make([]byte, n))
		if err == nil && len(payload) > MaxPayload || err != nil && !errors.Is(err, ErrTooLarge) {
			t.Fatalf("%d bytes: payload of %d, error %v", n, len(payload), err)
		}
		if err == nil {
			longest = n
		}
		if n < MaxPayload {
			n += 79 // twice a block
		}
	}
	if longest < MaxPayload-1000 {
		t.Errorf("the longest content that is sent has %d bytes", longest)
	}
	if _, err := EncodeDirect(rand.Reader, alice, alice.Account(), 1, make([]byte, 1<<24)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("16 MB: %v", err)
	}
}

func TestRandomnessThatEnds(t *testing.T) {
	alice := newKeys(t)
	for _, n := range []int{0, 31, 32, 63} {
		if _, err := EncodeDirect(bytes.NewReader(make([]byte, n)), alice, alice.Account(), 1, nil); err == nil {
			t.Errorf("%d bytes of randomness are enough", n)
		}
	}
}

// A recipient whose key is of small order would get what everybody can read.
func TestUnusableRecipient(t *testing.T) {
	alice := newKeys(t)
	if _, err := EncodeDirect(rand.Reader, alice, account(t, make([]byte, 32)), 1, nil); !errors.Is(err, identity.ErrBadKey) {
		t.Errorf("error %v", err)
	}
}

func sealSigned(t *testing.T, to *identity.Keys, signed []byte) []byte {
	t.Helper()
	ephemeral := newKeys(t).X25519()
	key, err := boxKey(ephemeral, to.X25519().PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	public := ephemeral.PublicKey().Bytes()
	return secretbox.Seal(public, signed, boxNonce(public, to.PublicX25519()), key)
}

func FuzzDecodeDirect(f *testing.F) {
	for _, c := range readVectors[protocolVector](f, "testdata", "protocol.json").Cases {
		if c.Kind == "1o1" {
			f.Add([]byte(c.Payload))
		}
	}
	// Behind the encryption, which a fuzzer cannot guess, is FuzzParseContent.
	bob := keysOf(f, readVectors[protocolVector](f, "testdata", "protocol.json").Cases[0].RecipientSeed)
	f.Fuzz(func(t *testing.T, payload []byte) {
		d, err := DecodeDirect(bob, payload)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrUndecryptable) && !errors.Is(err, ErrTooLarge) {
				t.Errorf("error %v", err)
			}
			if d.Content != nil || d.Message != nil || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("a partial result, or an error of several lines: %v", err)
			}
			return
		}
		d.Pro([32]byte{})
	})
}
