package pack

import (
	"bytes"
	"fmt"

	"google.golang.org/protobuf/proto"

	"seance/messaging/identity"
	"seance/messaging/wire"
	"seance/messaging/wire/sessionpb"
)

// wrapMark is the one byte of padding inside the wrapping: what is wrapped was
// padded before.
const wrapMark = 0x80

// Wrap puts data into the layers of a one-to-one message that the account
// sends to itself. kind is the config's number there.
func Wrap(account *identity.Keys, kind sessionpb.SharedConfigMessage_Kind, seqno int64, data []byte) ([]byte, error) {
	content, err := marshal(&sessionpb.Content{SharedConfigMessage: &sessionpb.SharedConfigMessage{Kind: &kind, Seqno: &seqno, Data: data}})
	if err != nil {
		return nil, err
	}
	box, err := wire.SealDeterministic(account, account.Account(), append(content, wrapMark))
	if err != nil {
		return nil, err
	}
	envelope, err := marshal(&sessionpb.Envelope{
		Type: sessionpb.Envelope_DIRECT.Enum(),
		// Old clients want a time above 0.
		Timestamp: proto.Uint64(1),
		Content:   box,
	})
	if err != nil {
		return nil, err
	}
	return marshal(&sessionpb.StoredMessage{
		Type: sessionpb.StoredMessage_REQUEST.Enum(),
		Request: &sessionpb.StoredRequest{
			Verb: proto.String(""), Path: proto.String(""), Body: envelope, RequestId: proto.Uint64(0),
		},
	})
}

func marshal(m proto.Message) ([]byte, error) {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("wrap: %w", err)
	}
	return b, nil
}

// Unwrap undoes Wrap: the message has to be the account's own, and of that
// kind. The errors are ErrMalformed and ErrUndecryptable.
func Unwrap(account *identity.Keys, kind sessionpb.SharedConfigMessage_Kind, stored []byte) ([]byte, error) {
	var message sessionpb.StoredMessage
	if err := proto.Unmarshal(stored, &message); err != nil || message.GetType() != sessionpb.StoredMessage_REQUEST {
		return nil, fmt.Errorf("%w: not wrapped", ErrMalformed)
	}
	var envelope sessionpb.Envelope
	if err := proto.Unmarshal(message.GetRequest().GetBody(), &envelope); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	padded, sender, err := wire.Open(account, envelope.GetContent())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUndecryptable, err)
	}
	if sender != account.Ed25519() {
		return nil, fmt.Errorf("%w: from another account", ErrUndecryptable)
	}
	text, ok := bytes.CutSuffix(bytes.TrimRight(padded, "\x00"), []byte{wrapMark})
	if !ok {
		return nil, fmt.Errorf("%w: padding", ErrMalformed)
	}
	var content sessionpb.Content
	if err := proto.Unmarshal(text, &content); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	config := content.GetSharedConfigMessage()
	if config == nil || config.GetKind() != kind {
		return nil, fmt.Errorf("%w: another kind of config", ErrMalformed)
	}
	return config.GetData(), nil
}
