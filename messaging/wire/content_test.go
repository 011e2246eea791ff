package wire

import (
	"bytes"
	"errors"
	"math"
	"runtime"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"seance/messaging/wire/sessionpb"
)

func partial(t testing.TB, c *sessionpb.Content) []byte {
	t.Helper()
	b, err := proto.MarshalOptions{AllowPartial: true}.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestIncompletePartsAreDropped(t *testing.T) {
	whole := &sessionpb.AttachmentPointer{DeprecatedId: proto.Uint64(0), Url: proto.String("a")}
	futuristic := &sessionpb.AttachmentPointer{Url: proto.String("b")}
	tests := []struct {
		name     string
		in, want *sessionpb.Content
	}{
		{"an unsend request without author",
			&sessionpb.Content{SigTimestamp: proto.Uint64(1), UnsendRequest: &sessionpb.UnsendRequest{Timestamp: proto.Uint64(1)}},
			&sessionpb.Content{SigTimestamp: proto.Uint64(1)}},
		{"a text that replies to nobody knows what",
			&sessionpb.Content{DataMessage: &sessionpb.DataMessage{Body: proto.String("x"), Quote: &sessionpb.DataMessage_Quote{Id: proto.Uint64(1)}}},
			&sessionpb.Content{DataMessage: &sessionpb.DataMessage{Body: proto.String("x")}}},
		{"an invitation to no group",
			&sessionpb.Content{DataMessage: &sessionpb.DataMessage{GroupUpdate: &sessionpb.GroupUpdate{Invite: &sessionpb.GroupInvite{Name: proto.String("x")}}}},
			&sessionpb.Content{DataMessage: &sessionpb.DataMessage{GroupUpdate: &sessionpb.GroupUpdate{}}}},
		{"attachments, which may lack their old number",
			&sessionpb.Content{DataMessage: &sessionpb.DataMessage{Attachments: []*sessionpb.AttachmentPointer{whole, futuristic}}},
			&sessionpb.Content{DataMessage: &sessionpb.DataMessage{Attachments: []*sessionpb.AttachmentPointer{whole, futuristic}}}},
		{"one preview of three",
			&sessionpb.Content{DataMessage: &sessionpb.DataMessage{Preview: []*sessionpb.DataMessage_Preview{
				{Url: proto.String("a")}, {Title: proto.String("no address")}, {Url: proto.String("b"), Image: futuristic}}}},
			&sessionpb.Content{DataMessage: &sessionpb.DataMessage{Preview: []*sessionpb.DataMessage_Preview{
				{Url: proto.String("a")}, {Url: proto.String("b"), Image: futuristic}}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseContent(partial(t, tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if !proto.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestUnknownKinds(t *testing.T) {
	call := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 99) // a type of call that does not exist
	call = protowire.AppendString(protowire.AppendTag(call, 5, protowire.BytesType), "uuid")
	content := protowire.AppendBytes(protowire.AppendTag(nil, 3, protowire.BytesType), call)
	content = protowire.AppendString(protowire.AppendTag(content, 500, protowire.BytesType), "a kind of message of next year")
	content = protowire.AppendVarint(protowire.AppendTag(content, 12, protowire.VarintType), 7) // nor this way to disappear
	content = protowire.AppendVarint(protowire.AppendTag(content, 15, protowire.VarintType), 42)
	c, err := ParseContent(content)
	if err != nil {
		t.Fatal(err)
	}
	if c.GetCallMessage().GetType() != 99 || c.GetExpirationType() != 7 || c.GetSigTimestamp() != 42 {
		t.Errorf("%v", c)
	}
}

func TestTextIsExact(t *testing.T) {
	for _, body := range []string{"", " \n", "\x00", "e\u0301", "\ufeff\u202edcba", "\xff\xfe"} {
		c, err := ParseContent(text(t, body, 1))
		if err != nil || c.GetDataMessage().GetBody() != body {
			t.Errorf("%q becomes %q (%v)", body, c.GetDataMessage().GetBody(), err)
		}
	}
}

func TestMarshalContentWantsRequiredFields(t *testing.T) {
	if b, err := MarshalContent(&sessionpb.Content{UnsendRequest: &sessionpb.UnsendRequest{Timestamp: proto.Uint64(1)}}); err == nil {
		t.Errorf("an unsend request without author is written: %x", b)
	}
}

func TestContentIsBounded(t *testing.T) {
	many := func(field protowire.Number, n int) []byte {
		data := bytes.Repeat(protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), nil), n)
		return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), data)
	}
	tests := []struct {
		name    string
		content []byte
		err     error
	}{
		{"as many attachments as are decoded", many(2, maxParts), nil},
		{"more attachments", many(2, maxParts+1), ErrTooLarge},
		{"more previews", many(10, maxParts+1), ErrTooLarge},
		{"spread over several messages", bytes.Repeat(many(2, 100), 11), ErrTooLarge},
		{"many of them", many(2, MaxContent/2-8), ErrTooLarge},
		{"too long", make([]byte, MaxContent+1), ErrTooLarge},
		{"a length beyond the end", []byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f}, ErrMalformed},
		{"groups in groups", bytes.Repeat([]byte{0xa3, 0x06}, 1000), ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := ParseContent(tt.content)
			runtime.ReadMemStats(&after)
			if !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
				t.Errorf("%d bytes were allocated", used)
			}
		})
	}
}

func TestCheckTimestamp(t *testing.T) {
	signed := func(ms uint64) *sessionpb.Content { return &sessionpb.Content{SigTimestamp: &ms} }
	tests := []struct {
		name     string
		content  *sessionpb.Content
		envelope uint64
		ok       bool
	}{
		{"equal", signed(1780000000123), 1780000000123, true},
		{"another", signed(1780000000123), 1780000000124, false},
		{"signed zero", signed(0), 1780000000123, false},
		{"not signed", &sessionpb.Content{}, 1780000000123, true},
		{"none at all", signed(0), 0, false},
		{"no such time", signed(math.MaxInt64 + 1), math.MaxInt64 + 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := CheckTimestamp(tt.content, tt.envelope); (err == nil) != tt.ok || err != nil && !errors.Is(err, ErrTimestamp) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestUnpad(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"only padding", "\x80\x00\x00", ""},
		{"no zeros", "ab\x80", "ab"},
		{"zeros in the content", "a\x00\x00\x80\x00", "a\x00\x00"},
		{"marks in the content", "a\x80\x80\x00", "a\x80"},
		{"not padded", "abc", "abc"},
		{"not padded, zeros at the end", "abc\x00", "abc\x00"},
		{"zeros only", "\x00\x00", "\x00\x00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Unpad([]byte(tt.in)); string(got) != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzParseContent(f *testing.F) {
	for _, c := range readVectors[protocolVector](f, "testdata", "protocol.json").Cases {
		f.Add([]byte(c.Content))
	}
	f.Add(partial(f, &sessionpb.Content{UnsendRequest: &sessionpb.UnsendRequest{}}))
	f.Fuzz(func(t *testing.T, content []byte) {
		c, err := ParseContent(content)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooLarge) {
				t.Errorf("error %v", err)
			}
			return
		}
		requireComplete(t, c.ProtoReflect())
		again, err := ParseContent(partial(t, c))
		if err != nil || !proto.Equal(again, c) {
			t.Errorf("%v becomes %v (%v)", c, again, err)
		}
	})
}

// requireComplete fails where a message that is left lacks a required field.
func requireComplete(t *testing.T, m protoreflect.Message) {
	if !complete(m) {
		t.Errorf("%s is incomplete: %v", m.Descriptor().Name(), m)
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.Message() == nil:
		case fd.IsList():
			for i := range v.List().Len() {
				requireComplete(t, v.List().Get(i).Message())
			}
		default:
			requireComplete(t, v.Message())
		}
		return true
	})
}
