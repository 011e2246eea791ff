package wire

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"google.golang.org/protobuf/proto"

	"seance/messaging/id"
	"seance/messaging/identity"
	"seance/messaging/wire/sessionpb"
)

// vectorFile is a file of reference values made by libsession-util.
type vectorFile[Case any] struct {
	Count      int
	Cases      []Case
	ProBackend hexBytes       `json:"pro_backend_pubkey"`
	Padding    map[string]int // content length: padded length
	Features   []struct {
		Text       string
		Status     int
		Bitset     uint64
		CodePoints int
	} `json:"pro_features"`
}

func loadVectors[Case any](t testing.TB, name string) (file vectorFile[Case]) {
	t.Helper()
	if dir := os.Getenv("SEANCE_VECTORS"); dir != "" {
		return readVectors[Case](t, dir, name)
	}
	return readVectors[Case](t, "testdata", name)
}

func readVectors[Case any](t testing.TB, dir, name string) (file vectorFile[Case]) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) == 0 || len(file.Cases) != file.Count {
		t.Fatalf("%s has %d cases, not %d", name, len(file.Cases), file.Count)
	}
	return file
}

// hexBytes is a JSON string of hexadecimal digits; null is nil.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

// draws is a source of randomness that gives what the reference drew.
func draws(random []hexBytes) *bytes.Reader {
	var all []byte
	for _, d := range random {
		all = append(all, d...)
	}
	return bytes.NewReader(all)
}

func keysOf(t testing.TB, seed []byte) *identity.Keys {
	t.Helper()
	k, err := identity.KeysFromSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// account takes an Account ID or the X25519 key within.
func account(t testing.TB, key []byte) id.Account {
	t.Helper()
	switch len(key) {
	case id.Size:
		return id.Account(key)
	case keySize:
		return id.AccountFromX25519([keySize]byte(key))
	}
	t.Fatalf("an account of %d bytes", len(key))
	return id.Account{}
}

func TestSessionEncryptVectors(t *testing.T) {
	type vector struct {
		Kind, Name      string
		SenderSeed      hexBytes `json:"sender_seed"`
		Recipient       hexBytes
		RecipientSeed   hexBytes `json:"recipient_seed"`
		Message, Signed hexBytes
		Ciphertext      hexBytes
		Random          []hexBytes
		SenderEd25519   hexBytes `json:"sender_ed25519"`
		SenderSessionID string   `json:"sender_session_id"`
		MustFail        bool     `json:"must_fail"`
	}
	for i, c := range loadVectors[vector](t, "session_encrypt.json").Cases {
		reader := keysOf(t, c.RecipientSeed)
		msg, from, err := Open(reader, c.Ciphertext)
		if c.MustFail || c.Kind == "must_fail" {
			if !errors.Is(err, ErrUndecryptable) {
				t.Errorf("case %d, %s: error %v", i, c.Name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("case %d: %v", i, err)
			continue
		}
		x, err := identity.X25519FromEd25519(from)
		if err != nil {
			t.Errorf("case %d: %v", i, err)
		}
		if !bytes.Equal(msg, c.Message) || id.AccountFromX25519(x).String() != c.SenderSessionID {
			t.Errorf("case %d: %x from %x", i, msg, from)
		}
		sender, to := keysOf(t, c.SenderSeed), account(t, c.Recipient)
		var box []byte
		switch c.Kind {
		case "deterministic":
			if !bytes.Equal(from[:], c.SenderEd25519) {
				t.Errorf("case %d: sender %x", i, from)
			}
			if signed := sign(sender, to.X25519(), c.Message); !bytes.Equal(signed, c.Signed) {
				t.Errorf("case %d: signed %x, want %x", i, signed, c.Signed)
			}
			box, err = SealDeterministic(sender, to, c.Message)
		case "sealed":
			box, err = Seal(draws(c.Random), sender, to, c.Message)
		default:
			t.Fatalf("case %d: unknown kind %q", i, c.Kind)
		}
		if err != nil || !bytes.Equal(box, c.Ciphertext) {
			t.Errorf("case %d: %x (%v), want %x", i, box, err, c.Ciphertext)
		}
	}
}

type protocolVector struct {
	Kind, Name    string
	Content       hexBytes
	ProSeed       hexBytes `json:"pro_rotating_seed"`
	SenderSeed    hexBytes `json:"sender_seed"`
	Recipient     hexBytes
	RecipientSeed hexBytes `json:"recipient_seed"`
	TimestampMS   uint64   `json:"timestamp_ms"`
	Random        []hexBytes
	Payload       hexBytes
	Decoded       struct {
		Content         hexBytes
		SenderSessionID string   `json:"sender_session_id"`
		SenderEd25519   hexBytes `json:"sender_ed25519"`
		Envelope        struct {
			Flags        uint32
			TimestampMS  uint64   `json:"timestamp_ms"`
			SourceDevice uint32   `json:"source_device"`
			ProSig       hexBytes `json:"pro_sig"`
		}
		Pro *struct {
			Status        ProStatus
			MsgBitset     uint64 `json:"msg_bitset"`
			ProfileBitset uint64 `json:"profile_bitset"`
			Proof         proofVector
		}
	}
	Proof          *proofVector
	ExpectedStatus ProStatus `json:"expected_status"`
	MustFail       bool      `json:"must_fail"`
}

type proofVector struct {
	Version        uint32
	GenIndexHash   hexBytes `json:"gen_index_hash"`
	RotatingPubkey hexBytes `json:"rotating_pubkey"`
	Expiry         uint64   `json:"expiry_unix_ts_ms"`
	Sig, Hash      hexBytes
}

func TestProtocolVectors(t *testing.T) {
	file := loadVectors[protocolVector](t, "protocol.json")
	for _, c := range file.Cases {
		if c.Kind != "1o1" {
			continue // groups and communities
		}
		t.Run(c.Name, func(t *testing.T) {
			d, err := DecodeDirect(keysOf(t, c.RecipientSeed), c.Payload)
			if c.MustFail {
				if err == nil {
					t.Fatal("it is accepted")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			compareDirect(t, d, c)
			comparePro(t, d.Pro([32]byte(file.ProBackend)), c)
			if err := CheckTimestamp(d.Message, d.TimestampMS); err != nil {
				t.Error(err)
			}

			var proKey ed25519.PrivateKey
			if c.ProSeed != nil {
				proKey = ed25519.NewKeyFromSeed(c.ProSeed)
			}
			payload, err := encodeDirect(draws(c.Random), keysOf(t, c.SenderSeed), account(t, c.Recipient), c.TimestampMS, c.Content, proKey)
			if err != nil || !bytes.Equal(payload, c.Payload) {
				t.Errorf("payload %x (%v), want %x", payload, err, c.Payload)
			}
		})
	}
}

func compareDirect(t *testing.T, d Direct, c protocolVector) {
	t.Helper()
	want := c.Decoded
	if !bytes.Equal(d.Content, want.Content) || !bytes.Equal(d.Content, c.Content) {
		t.Errorf("content %x, want %x", d.Content, want.Content)
	}
	if d.Sender.String() != want.SenderSessionID || !bytes.Equal(d.SenderEd25519[:], want.SenderEd25519) {
		t.Errorf("sender %s %x", d.Sender, d.SenderEd25519)
	}
	if d.TimestampMS != want.Envelope.TimestampMS {
		t.Errorf("timestamp %d, want %d", d.TimestampMS, want.Envelope.TimestampMS)
	}
	const source, device, server, proSig, timestamp = 1, 2, 4, 8, 16
	flags := uint32(timestamp)
	if d.Envelope.Source != nil {
		flags |= source
	}
	if d.Envelope.SourceDevice != nil {
		flags |= device
		if *d.Envelope.SourceDevice != want.Envelope.SourceDevice {
			t.Errorf("source device %d, want %d", *d.Envelope.SourceDevice, want.Envelope.SourceDevice)
		}
	}
	if d.Envelope.ServerTimestamp != nil {
		flags |= server
	}
	if d.Pro([32]byte{}) != nil {
		flags |= proSig // set where the signature means something
	}
	if flags != want.Envelope.Flags {
		t.Errorf("envelope flags %b, want %b", flags, want.Envelope.Flags)
	}
	if d.Envelope.ProSig != nil && !bytes.Equal(d.Envelope.ProSig[:], want.Envelope.ProSig) {
		t.Errorf("signature %x, want %x", *d.Envelope.ProSig, want.Envelope.ProSig)
	}
}

func comparePro(t *testing.T, pro *Pro, c protocolVector) {
	t.Helper()
	want := c.Decoded.Pro
	if pro == nil || want == nil {
		if pro != nil || want != nil {
			t.Errorf("pro %v, want %v", pro, want)
		}
		return
	}
	if pro.Status != want.Status || c.ExpectedStatus != "" && pro.Status != c.ExpectedStatus {
		t.Errorf("status %q, want %q", pro.Status, want.Status)
	}
	if pro.MessageFeatures != want.MsgBitset || pro.ProfileFeatures != want.ProfileBitset {
		t.Errorf("features %x %x, want %x %x", pro.MessageFeatures, pro.ProfileFeatures, want.MsgBitset, want.ProfileBitset)
	}
	p := pro.Proof
	if p.GetVersion() != want.Proof.Version || p.GetExpiry() != want.Proof.Expiry || !bytes.Equal(p.GetTag(), want.Proof.GenIndexHash) ||
		!bytes.Equal(p.GetRotatingPublicKey(), want.Proof.RotatingPubkey) || !bytes.Equal(p.GetSig(), want.Proof.Sig) {
		t.Errorf("proof %v, want %v", p, want.Proof)
	}
	if c.Proof != nil && !bytes.Equal(proofHash(p), c.Proof.Hash) {
		t.Errorf("proof hash %x, want %x", proofHash(p), c.Proof.Hash)
	}
}

func TestPaddingVectors(t *testing.T) {
	for text, want := range loadVectors[protocolVector](t, "protocol.json").Padding {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		content := bytes.Repeat([]byte{7}, n)
		padded := Pad(content)
		if len(padded) != want {
			t.Errorf("%d bytes are padded to %d, want %d", n, len(padded), want)
		}
		if got := Unpad(padded); !bytes.Equal(got, content) {
			t.Errorf("%d bytes are unpadded to %d", n, len(got))
		}
	}
}

func TestProFeaturesVectors(t *testing.T) {
	for i, c := range loadVectors[protocolVector](t, "protocol.json").Features {
		const tooLong = 2
		bitset, n, err := MessageFeatures(c.Text)
		if bitset != c.Bitset || n != c.CodePoints || errors.Is(err, ErrTooLarge) != (c.Status == tooLong) {
			t.Errorf("case %d: %b, %d, %v; want %b, %d, status %d", i, bitset, n, err, c.Bitset, c.CodePoints, c.Status)
		}
	}
}

// What the apps write, in all kinds of conversation, is written again as it
// came, and holds no field that is unknown here but for what is left out on purpose.
func TestContentIsWrittenAsItCame(t *testing.T) {
	for _, c := range readVectors[protocolVector](t, "testdata", "protocol.json").Cases {
		if c.Content == nil {
			continue
		}
		content, err := ParseContent(c.Content)
		if err != nil {
			t.Fatalf("%s, %s: %v", c.Kind, c.Name, err)
		}
		if again, err := MarshalContent(content); err != nil || !bytes.Equal(again, c.Content) {
			t.Errorf("%s, %s: %x (%v), want %x", c.Kind, c.Name, again, err, c.Content)
		}
		if quote := content.GetDataMessage().GetQuote(); quote != nil {
			quote.ProtoReflect().SetUnknown(nil) // text and attachments, which the apps no longer send
		}
		var stripped sessionpb.Content
		if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(c.Content, &stripped); err != nil || !proto.Equal(&stripped, content) {
			t.Errorf("%s, %s: there are unknown fields (%v)", c.Kind, c.Name, err)
		}
	}
}
