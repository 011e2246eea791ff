// Package wire turns the content of a message into the bytes that a swarm
// stores, and back: Protocol Buffers, padding, encryption between two people,
// envelopes, and the rules by which a message that decrypts may still be
// refused.
//
// It is pure: it knows no network, no storage and no clock, takes randomness
// as an argument and starts no goroutines. What a message means is for package
// messaging to say. The layers of a one-to-one message, from the inside:
//
//	sessionpb.Content    MarshalContent, ParseContent
//	padding              Pad, Unpad
//	sealed box           Seal, SealDeterministic, Open
//	Envelope             EncodeDirect and DecodeDirect, which do all but the first
//	StoredMessage
//
// Sources: session-foundation/libsession-util: docs/messages-v1.md,
// src/session_protocol.cpp, src/session_encrypt.cpp.
package wire

import "errors"

// MaxPayload is the most that a swarm stores as one message, in bytes.
//
// Source: session-foundation/session-storage-server: oxenss/rpc/client_rpc_endpoints.h.
const MaxPayload = 76800

// MaxContent is the most that is parsed as one Content, in bytes. It is more
// than fits a payload since messages of groups are compressed.
const MaxContent = 1000000

var (
	// ErrTooLarge is returned, wrapped, for what exceeds MaxPayload or
	// MaxContent, or has more parts than any message has.
	ErrTooLarge = errors.New("message too large")
	// ErrMalformed is returned, wrapped, for what is not built like a message.
	ErrMalformed = errors.New("malformed message")
	// ErrUndecryptable is returned, wrapped, for a sealed box that was made for
	// somebody else or was changed, or whose sender's signature is not valid.
	ErrUndecryptable = errors.New("message cannot be decrypted")
	// ErrTimestamp is returned, wrapped, when the time under the sender's
	// signature is not that of the envelope.
	ErrTimestamp = errors.New("timestamp does not match the signed one")
)
