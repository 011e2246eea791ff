package wire

import (
	"crypto/ed25519"
	"testing"

	"google.golang.org/protobuf/proto"

	"seance/messaging/wire/sessionpb"
)

// The forms of the proof that came after the one in the vectors, and claims
// that cannot be judged: the message arrives all the same.
func TestProStatus(t *testing.T) {
	const sentMS = 1780000000123
	backend, rotating := newKeys(t), newKeys(t)
	proof := func(expiry uint64, signedAs func(*sessionpb.ProProof) []byte) *sessionpb.ProProof {
		key := rotating.Ed25519()
		p := &sessionpb.ProProof{Tag: make([]byte, 32), RotatingPublicKey: key[:], Expiry: &expiry}
		p.Sig = backend.Sign(signedAs(p))
		return p
	}
	change := func(f func(*sessionpb.ProProof)) *sessionpb.ProProof {
		p := proof(sentMS, proofHash)
		f(p)
		return p
	}
	tests := []struct {
		name  string
		proof *sessionpb.ProProof
		want  ProStatus
	}{
		{"milliseconds, hashed", proof(sentMS, proofHash), ProValid},
		{"milliseconds, hashed, a moment before", proof(sentMS-1, proofHash), ProExpired},
		{"seconds, hashed", proof(sentMS/1000, proofHash), ProValid},
		{"seconds, hashed, the second before", proof(sentMS/1000-1, proofHash), ProExpired},
		{"seconds, as text", proof(sentMS/1000, proofText), ProValid},
		{"seconds, as text, the second before", proof(sentMS/1000-1, proofText), ProExpired},
		{"not the backend's", change(func(p *sessionpb.ProProof) { p.Sig = rotating.Sign(proofHash(p)) }), ProInvalidBackend},
		{"another expiry than was signed", change(func(p *sessionpb.ProProof) { p.Expiry = proto.Uint64(sentMS + 1) }), ProInvalidBackend},
		{"none", nil, ProInvalid},
		{"without expiry", change(func(p *sessionpb.ProProof) { p.Expiry = nil }), ProInvalid},
		{"short tag", change(func(p *sessionpb.ProProof) { p.Tag = p.Tag[1:] }), ProInvalid},
		{"short key", change(func(p *sessionpb.ProProof) { p.RotatingPublicKey = p.RotatingPublicKey[1:] }), ProInvalid},
		{"without signature", change(func(p *sessionpb.ProProof) { p.Sig = nil }), ProInvalid},
		{"a version that is no byte", change(func(p *sessionpb.ProProof) { p.Version = proto.Uint32(256) }), ProInvalid},
	}
	alice, bob := newKeys(t), newKeys(t)
	seed := rotating.Seed().Expose()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			content, err := MarshalContent(&sessionpb.Content{
				SigTimestamp: proto.Uint64(sentMS),
				ProMessage:   &sessionpb.ProMessage{Proof: tt.proof, MessageBitset: proto.Uint64(1 << 63)},
			})
			if err != nil {
				t.Fatal(err)
			}
			payload, err := encodeDirect(zeros{}, alice, bob.Account(), sentMS, content, ed25519.NewKeyFromSeed(seed))
			if err != nil {
				t.Fatal(err)
			}
			d, err := DecodeDirect(bob, payload)
			if err != nil {
				t.Fatal(err)
			}
			if pro := d.Pro(backend.Ed25519()); pro == nil || pro.Status != tt.want || pro.MessageFeatures != 1<<63 {
				t.Errorf("%+v, want %s", pro, tt.want)
			}
			d.Message.SigTimestamp = nil
			if pro := d.Pro(backend.Ed25519()); pro == nil || pro.Status != ProInvalid {
				t.Errorf("without a signed time: %+v", pro)
			}
			d.Envelope.ProSig = nil
			if pro := d.Pro(backend.Ed25519()); pro != nil {
				t.Errorf("without a signature: %+v", pro)
			}
		})
	}
}

// zeros is a source of randomness that has none.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
