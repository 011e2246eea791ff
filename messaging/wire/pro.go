package wire

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"unicode/utf8"

	"seance/messaging/digest"
	"seance/messaging/identity"
	"seance/messaging/wire/sessionpb"
)

// Limits of a message's text, in code points.
//
// Source: session-foundation/libsession-util: include/session/session_protocol.hpp.
const (
	MaxCodePoints    = 2000
	MaxCodePointsPro = 10000
)

// FeatureLongText is the bit of ProMessage.message_bitset that a text of more
// than MaxCodePoints needs.
const FeatureLongText = 1 << 0

// MessageFeatures counts the code points of text and says which features of
// Session Pro it needs. The error is ErrTooLarge for what Pro cannot send either.
func MessageFeatures(text string) (bitset uint64, codePoints int, err error) {
	n := utf8.RuneCountInString(text)
	switch {
	case n > MaxCodePointsPro:
		return 0, n, fmt.Errorf("%w: %d code points", ErrTooLarge, n)
	case n > MaxCodePoints:
		return FeatureLongText, n, nil
	}
	return 0, n, nil
}

// ProStatus is what a claim to Session Pro is worth.
type ProStatus string

// The states of a claim. All but ProValid are treated as no Pro, and none of
// them is a reason not to deliver the message.
const (
	ProValid          ProStatus = "valid"
	ProExpired        ProStatus = "expired"                 // before the message was sent
	ProInvalidBackend ProStatus = "invalid_pro_backend_sig" // not the backend's proof
	ProInvalidUser    ProStatus = "invalid_user_sig"        // not the proof of who signed the message
	ProInvalid        ProStatus = "invalid"                 // no proof, or none that this program can read
)

// Pro is a message's claim to Session Pro.
type Pro struct {
	Status          ProStatus
	MessageFeatures uint64
	ProfileFeatures uint64
	Proof           *sessionpb.ProProof // as it came; nil if there is none
}

// Pro judges the message's claim by the public key of the Session Pro backend.
// It is nil for a message that claims nothing.
func (d Direct) Pro(backend [32]byte) *Pro {
	claim := d.Message.GetProMessage()
	if claim == nil || d.Envelope.ProSig == nil {
		return nil
	}
	return &Pro{
		Status:          proStatus(claim.GetProof(), backend, d.Message.GetSigTimestamp(), d.Envelope.ProSig[:], d.sealed),
		MessageFeatures: claim.GetMessageBitset(),
		ProfileFeatures: claim.GetProfileBitset(),
		Proof:           claim.GetProof(),
	}
}

// proStatus judges a proof as of sentMS; sig is the sender's signature of signed.
func proStatus(proof *sessionpb.ProProof, backend [32]byte, sentMS uint64, sig, signed []byte) ProStatus {
	switch {
	case proof == nil || proof.Expiry == nil || sentMS == 0,
		len(proof.GetTag()) != 32, len(proof.GetRotatingPublicKey()) != 32, len(proof.GetSig()) != 64,
		proof.GetVersion() > 0xff:
		return ProInvalid
	case !identity.Verify(backend, proofHash(proof), proof.GetSig()) && !identity.Verify(backend, proofText(proof), proof.GetSig()):
		return ProInvalidBackend
	case !identity.Verify([32]byte(proof.GetRotatingPublicKey()), signed, sig):
		return ProInvalidUser
	}
	const millisecondsFrom = 1e12 // as seconds, that would be the year 33658
	if expiry := proof.GetExpiry(); expiry >= millisecondsFrom && sentMS > expiry || expiry < millisecondsFrom && sentMS/1000 > expiry {
		return ProExpired
	}
	return ProValid
}

// proofHash is what the backend signed for libsession 1.6.3, with the expiry in
// milliseconds, and for a time after it, in seconds.
func proofHash(p *sessionpb.ProProof) []byte {
	expiry := binary.LittleEndian.AppendUint64(nil, p.GetExpiry())
	return digest.SumPersonal(32, [16]byte([]byte("ProProof________")),
		[]byte{byte(p.GetVersion())}, p.GetTag(), p.GetRotatingPublicKey(), expiry)
}

// proofText is what newer backends sign.
func proofText(p *sessionpb.ProProof) []byte {
	text := append([]byte("ProProof_v0_____"), p.GetTag()...)
	text = append(text, p.GetRotatingPublicKey()...)
	return strconv.AppendUint(text, p.GetExpiry(), 10)
}
