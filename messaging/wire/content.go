package wire

import (
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"seance/messaging/wire/sessionpb"
)

// maxParts bounds the attachments and previews that are decoded: each takes two
// bytes on the wire and a hundred times that in memory.
const maxParts = 1000

// parse takes messages that lack required fields; what becomes of them is
// decided afterwards. Nothing in the protocol nests deeper than this.
var parse = proto.UnmarshalOptions{AllowPartial: true, RecursionLimit: 16}

// MarshalContent writes c for sending. The error tells of a field that the
// official apps require and that is not set: a mistake of the caller.
func MarshalContent(c *sessionpb.Content) ([]byte, error) { return marshal(c) }

func marshal(m proto.Message) ([]byte, error) {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return b, nil
}

// ParseContent reads unpadded content, whoever wrote it. Unknown fields and
// kinds of message are kept but have no effect. A part that lacks a required
// field is dropped as if it were unknown, and the rest is kept, so required
// fields of the result are always set (but for AttachmentPointer.deprecated_id,
// which nobody needs). Strings may hold anything, invalid UTF-8 included, and
// enumerations values that have no name. The errors are ErrTooLarge and
// ErrMalformed.
func ParseContent(content []byte) (*sessionpb.Content, error) {
	if len(content) > MaxContent || countParts(content) > maxParts {
		return nil, fmt.Errorf("%w: content of %d bytes", ErrTooLarge, len(content))
	}
	var c sessionpb.Content
	if err := parse.Unmarshal(content, &c); err != nil {
		return nil, fmt.Errorf("%w: content: %w", ErrMalformed, err)
	}
	if proto.CheckInitialized(&c) != nil {
		dropIncomplete(c.ProtoReflect())
	}
	return &c, nil
}

// CheckTimestamp compares the time under the sender's signature with the
// envelope's, which anybody on the way could have changed. Third-party clients
// sign none, which is accepted. The error is ErrTimestamp.
func CheckTimestamp(c *sessionpb.Content, envelopeMS uint64) error {
	switch {
	case envelopeMS == 0 || envelopeMS > math.MaxInt64:
		return fmt.Errorf("%w: there is no such time", ErrTimestamp)
	case c.SigTimestamp != nil && c.GetSigTimestamp() != envelopeMS:
		return ErrTimestamp
	}
	return nil
}

// dropIncomplete clears every message within m that lacks a required field.
func dropIncomplete(m protoreflect.Message) {
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.Message() == nil:
		case fd.IsList():
			kept := m.NewField(fd).List()
			for i := range v.List().Len() {
				element := v.List().Get(i)
				dropIncomplete(element.Message())
				if complete(element.Message()) {
					kept.Append(element)
				}
			}
			m.Set(fd, protoreflect.ValueOfList(kept))
		default:
			dropIncomplete(v.Message())
			if !complete(v.Message()) {
				m.Clear(fd)
			}
		}
		return true
	})
}

// complete looks at the fields of m alone, not at the messages within.
func complete(m protoreflect.Message) bool {
	required := m.Descriptor().RequiredNumbers()
	for i := range required.Len() {
		fd := m.Descriptor().Fields().ByNumber(required.Get(i))
		if !m.Has(fd) && fd.FullName() != "seance.session.AttachmentPointer.deprecated_id" {
			return false
		}
	}
	return true
}

// countParts counts attachments and previews without decoding them. What does
// not parse is left for the decoder to refuse.
func countParts(content []byte) (n int) {
	const dataMessage, attachments, preview = 1, 2, 10
	eachBytes(content, func(field protowire.Number, data []byte) {
		if field == dataMessage {
			eachBytes(data, func(field protowire.Number, _ []byte) {
				if field == attachments || field == preview {
					n++
				}
			})
		}
	})
	return n
}

func eachBytes(b []byte, f func(protowire.Number, []byte)) {
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return
		}
		b = b[n:]
		if kind == protowire.BytesType {
			data, n := protowire.ConsumeBytes(b)
			if n < 0 {
				return
			}
			f(field, data)
			b = b[n:]
			continue
		}
		if n = protowire.ConsumeFieldValue(field, kind, b); n < 0 {
			return
		}
		b = b[n:]
	}
}
