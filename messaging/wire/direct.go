package wire

import (
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"io"

	"google.golang.org/protobuf/proto"

	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/messaging/wire/sessionpb"
)

// proSigSize is the length of Envelope.pro_sig.
const proSigSize = ed25519.SignatureSize

// Direct is an opened one-to-one message: one from another account, or a copy
// that another device of one's own account left.
type Direct struct {
	// Sender signed the content.
	Sender        id.Account
	SenderEd25519 [32]byte
	// TimestampMS is the envelope's, in milliseconds. It is not under the
	// sender's signature: see CheckTimestamp.
	TimestampMS uint64
	// Content is the unpadded Content as it came, and Message the same parsed
	// by ParseContent.
	Content []byte
	Message *sessionpb.Content
	// Envelope is what else the envelope says. Nothing of it can be trusted.
	Envelope EnvelopeInfo

	sealed []byte // the envelope's content, which ProSig covers
}

// EnvelopeInfo are the optional fields of an envelope; what was absent is nil.
type EnvelopeInfo struct {
	Source          *[id.Size]byte
	SourceDevice    *uint32
	ServerTimestamp *uint64
	ProSig          *[proSigSize]byte
}

// EncodeDirect is the payload that carries content, a Content as MarshalContent
// writes it, from sender to the account to. timestampMS has to be the Content's
// sig_timestamp. It draws 32 bytes of rand for the encryption, then 32 for a
// key whose signature stands where that of Session Pro would. The error is
// ErrTooLarge if no swarm would store the payload.
func EncodeDirect(rand io.Reader, sender *identity.Keys, to id.Account, timestampMS uint64, content []byte) ([]byte, error) {
	return encodeDirect(rand, sender, to, timestampMS, content, nil)
}

// encodeDirect signs with the Session Pro key, if there is one.
func encodeDirect(rand io.Reader, sender *identity.Keys, to id.Account, timestampMS uint64, content []byte, proKey ed25519.PrivateKey) ([]byte, error) {
	if len(content) > MaxPayload {
		return nil, fmt.Errorf("%w: content of %d bytes", ErrTooLarge, len(content))
	}
	box, err := Seal(rand, sender, to, Pad(content))
	if err != nil {
		return nil, err
	}
	if proKey == nil {
		if proKey, err = throwAway(rand); err != nil {
			return nil, err
		}
	}
	payload, err := wrapEnvelope(&sessionpb.Envelope{
		Type:         sessionpb.Envelope_DIRECT.Enum(),
		Timestamp:    &timestampMS,
		SourceDevice: proto.Uint32(1),
		Content:      box,
		ProSig:       ed25519.Sign(proKey, box),
	})
	if err != nil {
		return nil, err
	}
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("%w: payload of %d bytes", ErrTooLarge, len(payload))
	}
	return payload, nil
}

// DecodeDirect opens a payload from namespace 0 of the account k. Also read are
// an envelope that stands alone, and content that is not padded. The errors are
// ErrTooLarge, ErrMalformed and ErrUndecryptable.
func DecodeDirect(k *identity.Keys, payload []byte) (Direct, error) {
	envelope, err := unwrapEnvelope(payload)
	if err != nil {
		return Direct{}, err
	}
	info, err := envelopeInfo(envelope)
	if err != nil {
		return Direct{}, err
	}
	padded, sender, err := Open(k, envelope.GetContent())
	if err != nil {
		return Direct{}, err
	}
	x25519, err := identity.X25519FromEd25519(sender)
	if err != nil {
		return Direct{}, fmt.Errorf("%w: the sender's key: %w", ErrUndecryptable, err)
	}
	content := Unpad(padded)
	message, err := ParseContent(content)
	if err != nil {
		return Direct{}, err
	}
	return Direct{
		Sender:        id.AccountFromX25519(x25519),
		SenderEd25519: sender,
		TimestampMS:   envelope.GetTimestamp(),
		Content:       content,
		Message:       message,
		Envelope:      info,
		sealed:        envelope.GetContent(),
	}, nil
}

// wrapEnvelope is the stored form of an envelope.
func wrapEnvelope(e *sessionpb.Envelope) ([]byte, error) {
	body, err := marshal(e)
	if err != nil {
		return nil, err
	}
	// The empty strings and the zero are what the apps write.
	return marshal(&sessionpb.StoredMessage{
		Type: sessionpb.StoredMessage_REQUEST.Enum(),
		Request: &sessionpb.StoredRequest{
			Verb: proto.String(""), Path: proto.String(""), Body: body, RequestId: proto.Uint64(0),
		},
	})
}

// unwrapEnvelope reads what wrapEnvelope writes, or the envelope alone. The
// result has a timestamp and content.
func unwrapEnvelope(payload []byte) (*sessionpb.Envelope, error) {
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("%w: payload of %d bytes", ErrTooLarge, len(payload))
	}
	body := payload
	var stored sessionpb.StoredMessage
	if err := parse.Unmarshal(payload, &stored); err == nil && stored.GetRequest().GetBody() != nil {
		body = stored.GetRequest().GetBody()
	}
	var envelope sessionpb.Envelope
	if err := parse.Unmarshal(body, &envelope); err != nil {
		return nil, fmt.Errorf("%w: envelope: %w", ErrMalformed, err)
	}
	if envelope.Timestamp == nil || envelope.Content == nil {
		return nil, fmt.Errorf("%w: an envelope without timestamp or content", ErrMalformed)
	}
	return &envelope, nil
}

// envelopeInfo refuses fields of a length that the apps refuse.
func envelopeInfo(e *sessionpb.Envelope) (info EnvelopeInfo, err error) {
	info.SourceDevice, info.ServerTimestamp = e.SourceDevice, e.ServerTimestamp
	if source := e.GetSource(); source != "" {
		b, err := hex.DecodeString(source)
		if err != nil || len(b) != id.Size {
			return info, fmt.Errorf("%w: the envelope's source is no Account ID", ErrMalformed)
		}
		info.Source = (*[id.Size]byte)(b)
	}
	if e.ProSig != nil {
		if len(e.ProSig) != proSigSize {
			return info, fmt.Errorf("%w: the envelope's signature has %d bytes", ErrMalformed, len(e.ProSig))
		}
		info.ProSig = (*[proSigSize]byte)(e.ProSig)
	}
	return info, nil
}
