package group

import (
	"bytes"
	"slices"
	"testing"

	"seance/messaging/id"
	"seance/messaging/wire"
)

// Whole messages of groups, as they are stored: an envelope within the encryption.
func TestEnvelopeVectors(t *testing.T) {
	type vector struct {
		Kind, Name string
		Content    hexBytes
		Pro        hexBytes `json:"pro_rotating_seed"`
		SenderSeed hexBytes `json:"sender_seed"`
		Group      string   `json:"group_id"`
		Keys       []hexBytes
		Key        hexBytes `json:"group_enc_key"`
		Timestamp  uint64   `json:"timestamp_ms"`
		Random     []hexBytes
		Payload    hexBytes
		Decoded    struct {
			Content hexBytes
			Sender  string `json:"sender_session_id"`
		}
		MustFail bool `json:"must_fail"`
	}
	n := 0
	for _, c := range loadVectors[vector](t, "protocol.json") {
		if c.Kind != "group" && (c.Group == "" || !c.MustFail) {
			continue
		}
		n++
		g, err := id.ParseGroup(c.Group)
		if err != nil {
			t.Fatal(err)
		}
		sender, envelope, err := decrypt(g, bytesOf(c.Keys), c.Payload)
		var m wire.InGroup
		if err == nil {
			m, err = wire.DecodeGroup(envelope)
		}
		if c.MustFail {
			if err == nil {
				t.Errorf("%s: %q", c.Name, envelope)
			}
			continue
		}
		if err != nil || sender.String() != c.Decoded.Sender || !bytes.Equal(m.Content, c.Decoded.Content) || m.TimestampMS != c.Timestamp {
			t.Errorf("%s: %x of %s at %d, %v", c.Name, m.Content, sender, m.TimestampMS, err)
		}
		if c.Pro != nil {
			continue // signed by a key that is not ours to use
		}
		random := bytes.NewReader(slices.Concat(bytesOf(c.Random)...))
		ours, err := wire.EncodeGroup(random, c.Timestamp, c.Content)
		if err != nil || !bytes.Equal(ours, envelope) {
			t.Errorf("%s: %v\n%x, want\n%x", c.Name, err, ours, envelope)
		}
		payload, err := encrypt(random, keysOf(t, c.SenderSeed), g, c.Key, ours, true, messagePadding)
		if err != nil {
			t.Fatal(err)
		}
		if small, err := squeeze(ours); err == nil && len(small) >= len(ours) && !bytes.Equal(payload, c.Payload) {
			t.Errorf("%s: encrypted %x, want %x", c.Name, payload, c.Payload)
		}
	}
	if n == 0 {
		t.Error("no messages of groups")
	}
}
