package bencode

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestRoundTrip(t *testing.T) {
	for name, tt := range map[string]struct {
		tree any
		text string
	}{
		"zero":       {int64(0), "i0e"},
		"smallest":   {int64(math.MinInt64), "i-9223372036854775808e"},
		"largest":    {int64(math.MaxInt64), "i9223372036854775807e"},
		"empty text": {"", "0:"},
		"binary":     {"\x00\xff:", "3:\x00\xff:"},
		"empty list": {[]any{}, "le"},
		"empty dict": {map[string]any{}, "de"},
		"nested": {
			map[string]any{"": int64(1), "b": []any{"x", int64(-2)}, "\xff": map[string]any{"k": "v"}},
			"d0:i1e1:bl1:xi-2ee1:\xffd1:k1:vee",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(Append(nil, tt.tree)); got != tt.text {
				t.Errorf("Append = %q, want %q", got, tt.text)
			}
			got, err := Decode([]byte(tt.text))
			if err != nil || !reflect.DeepEqual(got, tt.tree) {
				t.Errorf("Decode = %#v, %v", got, err)
			}
		})
	}
}

func TestAppendTakesNativeTypes(t *testing.T) {
	got := string(Append([]byte("x"), []any{7, []byte("ab")}))
	if want := "xli7e2:abe"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, text := range []string{
		"", "i", "ie", "i-e", "i-0e", "i01e", "i+1e", "i 1e", "i1", "i9223372036854775808e", "i-9223372036854775809e",
		"i1_0e", "1", "1:", "2:a", "01:a", "-1:a", ":", "99999999999999999999:a", "4294967296:a",
		"l", "li1e", "d", "d1:a", "d1:ae", "di1e1:ae", "d1:bi1e1:ai1ee", "d1:ai1e1:ai1ee",
		"d1:a1:b1:ce", "e", "i1ee", "i1ei2e", "x", "lee", "le ", "dee", "d01:ai1ee",
		strings.Repeat("l", MaxDepth+1) + strings.Repeat("e", MaxDepth+1),
	} {
		if v, err := Decode([]byte(text)); !errors.Is(err, ErrMalformed) {
			t.Errorf("Decode(%q) = %v, %v", text, v, err)
		}
	}
	deep := strings.Repeat("l", MaxDepth) + strings.Repeat("e", MaxDepth)
	if _, err := Decode([]byte(deep)); err != nil {
		t.Errorf("depth %d: %v", MaxDepth, err)
	}
}

func TestDecoderWalks(t *testing.T) {
	const text = "d1:#i5e1:&d1:n3:Bobe1:~2:xye"
	d := NewDecoder([]byte(text))
	if err := d.Dict(); err != nil {
		t.Fatal(err)
	}
	var keys []string
	var raw []byte
	var seqno int64
	signed := -1
	for d.More() {
		before := d.Offset()
		key, err := d.Key()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, string(key))
		switch string(key) {
		case "#":
			seqno, err = d.Int()
		case "~":
			signed = before
			_, err = d.Bytes()
		default:
			raw, err = d.Raw()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := d.End(); err != nil {
		t.Fatal(err)
	}
	if err := d.Finish(); err != nil {
		t.Fatal(err)
	}
	if seqno != 5 || string(raw) != "d1:n3:Bobe" || strings.Join(keys, " ") != "# & ~" {
		t.Errorf("got %d %q %q", seqno, raw, keys)
	}
	if got := text[:signed]; got != "d1:#i5e1:&d1:n3:Bobe" {
		t.Errorf("bytes before the signature: %q", got)
	}
}

func TestDecoderRefusesWrongUse(t *testing.T) {
	for name, use := range map[string]func(*Decoder) error{
		"value without key":  func(d *Decoder) error { d.Dict(); _, err := d.Raw(); return err },
		"key twice":          func(d *Decoder) error { d.Dict(); d.Key(); _, err := d.Key(); return err },
		"end before value":   func(d *Decoder) error { d.Dict(); d.Key(); return d.End() },
		"end with rest":      func(d *Decoder) error { d.Dict(); return d.End() },
		"finish inside":      func(d *Decoder) error { d.Dict(); return d.Finish() },
		"wrong kind":         func(d *Decoder) error { _, err := d.Int(); return err },
		"key outside a dict": func(d *Decoder) error { _, err := d.Key(); return err },
		"error stays":        func(d *Decoder) error { d.Int(); return d.Dict() },
	} {
		t.Run(name, func(t *testing.T) {
			if err := use(NewDecoder([]byte("d1:ai1ee"))); !errors.Is(err, ErrMalformed) {
				t.Errorf("err = %v", err)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"i0e", "3:abc", "d1:ai1e1:bl2:xyee", "lllleeee", "d0:0:e"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		v, err := Decode(in)
		raw, rawErr := func() ([]byte, error) {
			d := NewDecoder(in)
			raw, err := d.Raw()
			if err == nil {
				err = d.Finish()
			}
			return raw, err
		}()
		if (err == nil) != (rawErr == nil) {
			t.Fatalf("Decode: %v, Raw: %v", err, rawErr)
		}
		if err != nil {
			return
		}
		if !bytes.Equal(raw, in) {
			t.Fatalf("Raw = %q of %q", raw, in)
		}
		if out := Append(nil, v); !bytes.Equal(out, in) {
			t.Fatalf("encoded again: %q, was %q", out, in)
		}
	})
}
