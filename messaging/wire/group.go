package wire

import (
	"crypto/ed25519"
	"fmt"
	"io"

	"google.golang.org/protobuf/proto"

	"seance/messaging/wire/sessionpb"
)

// InGroup is the envelope of a message of a group. Who wrote it is told by what is
// around the envelope: see package group.
type InGroup struct {
	// TimestampMS is in milliseconds: see CheckTimestamp.
	TimestampMS uint64
	// Content is as it came, and Message the same parsed by ParseContent.
	Content  []byte
	Message  *sessionpb.Content
	Envelope EnvelopeInfo
}

// EncodeGroup is the envelope that carries content, a Content as MarshalContent writes
// it, in a message of a group. timestampMS has to be the Content's sig_timestamp. It draws
// 32 bytes of rand for a key whose signature stands where that of Session Pro would.
//
// Wire reference: session-foundation/libsession-util: src/session_protocol.cpp.
func EncodeGroup(rand io.Reader, timestampMS uint64, content []byte) ([]byte, error) {
	if len(content) > MaxPayload {
		return nil, fmt.Errorf("%w: content of %d bytes", ErrTooLarge, len(content))
	}
	key, err := throwAway(rand)
	if err != nil {
		return nil, err
	}
	return marshal(&sessionpb.Envelope{
		Type:         sessionpb.Envelope_GROUP.Enum(),
		Timestamp:    &timestampMS,
		SourceDevice: proto.Uint32(1),
		Content:      content,
		ProSig:       ed25519.Sign(key, content),
	})
}

// DecodeGroup reads what EncodeGroup writes. The errors are ErrTooLarge and
// ErrMalformed.
func DecodeGroup(envelope []byte) (InGroup, error) {
	var e sessionpb.Envelope
	if err := parse.Unmarshal(envelope, &e); err != nil {
		return InGroup{}, fmt.Errorf("%w: envelope: %w", ErrMalformed, err)
	}
	if e.Timestamp == nil || e.Content == nil {
		return InGroup{}, fmt.Errorf("%w: an envelope without timestamp or content", ErrMalformed)
	}
	info, err := envelopeInfo(&e)
	if err != nil {
		return InGroup{}, err
	}
	content := Unpad(e.GetContent())
	message, err := ParseContent(content)
	return InGroup{e.GetTimestamp(), content, message, info}, err
}

// throwAway is a key for one signature, so that nobody can tell who has Session Pro.
func throwAway(rand io.Reader) (ed25519.PrivateKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return nil, fmt.Errorf("draw a signing key: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}
