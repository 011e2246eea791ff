package config

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math"

	"seance/messaging/bencode"
	"seance/messaging/digest"
	"seance/messaging/identity"
)

// lag is how many versions back a message tells what was changed. What is
// older cannot be merged any more.
const lag = 5

// maxSeqno bounds the number of a version, so that counting never wraps round.
const maxSeqno = math.MaxInt64 - 1<<32

// The keys of a message. Keys before the first mean a format that this
// program must not touch, and nothing may follow the last.
const (
	keySeqno     = "#"
	keyData      = "&"
	keyLags      = "<"
	keyDiff      = "="
	keySignature = "~"
)

// version names a message: by the number of its version and, as several
// devices may write the same number, the hash of its bytes. The order of
// versions decides which message wins.
type version struct {
	seqno int64
	hash  [32]byte
}

func (v version) compare(o version) int {
	return cmp.Or(cmp.Compare(v.seqno, o.seqno), bytes.Compare(v.hash[:], o.hash[:]))
}

// lagRow is what an earlier version changed.
type lagRow struct {
	version
	diff string
}

// message is one version of a config. It does not change.
type message struct {
	version
	data *dict
	lags []lagRow // ascending, each of a lower seqno
	diff string   // what this version changed
	// unknown are entries of other formats, as they were written, behind each
	// of the keys but the last.
	unknown   [4][]byte
	signature []byte // verified, or nil
	// size is about how many bytes it takes.
	size int
}

// signer makes and checks signatures.
type signer struct {
	// author is the key that messages must be signed with, nil for messages
	// that bear no signature.
	author *[ed25519.PublicKeySize]byte
	// sign signs as the author; nil if that is somebody else.
	sign func(text []byte) []byte
}

func hashOf(b []byte) [32]byte { return [32]byte(digest.Sum(32, nil, b)) }

// emptyMessage is what a config is before anything was ever written.
func emptyMessage() *message {
	m := &message{data: &dict{}, diff: emptyDiff}
	m.hash = hashOf(m.bytes())
	return m
}

// bytes are the message as it is stored.
func (m *message) bytes() []byte {
	b := make([]byte, 0, m.size+m.size/8+512)
	b = append(b, 'd')
	b = bencode.AppendString(b, keySeqno)
	b = bencode.AppendInt(b, m.seqno)
	b = append(b, m.unknown[0]...)
	b = bencode.AppendString(b, keyData)
	b = m.data.append(b)
	b = append(b, m.unknown[1]...)
	b = bencode.AppendString(b, keyLags)
	b = append(b, 'l')
	for _, row := range m.lags {
		if row.seqno > m.seqno-lag {
			b = append(b, 'l')
			b = bencode.AppendInt(b, row.seqno)
			b = bencode.AppendString(b, row.hash[:])
			b = append(b, row.diff...)
			b = append(b, 'e')
		}
	}
	b = append(b, 'e')
	b = append(b, m.unknown[2]...)
	b = bencode.AppendString(b, keyDiff)
	b = append(b, m.diff...)
	b = append(b, m.unknown[3]...)
	if m.signature != nil {
		b = bencode.AppendString(b, keySignature)
		b = bencode.AppendString(b, m.signature)
	}
	return append(b, 'e')
}

// seal completes a message that was made here: it is signed, if that is
// possible, and gets its hash. The result is its bytes.
func (m *message) seal(s signer) []byte {
	m.signature = nil
	b := m.bytes()
	if s.sign != nil {
		m.signature = s.sign(b[:len(b)-1])
		b = m.bytes()
	}
	m.hash, m.size = hashOf(b), len(b)
	return b
}

// next is the version after m, with other data. It has neither diff nor hash
// yet.
func (m *message) next(data *dict) *message {
	n := &message{version: version{seqno: m.seqno + 1}, data: data, unknown: m.unknown, size: m.size}
	n.lags = append(append(n.lags, m.lags...), lagRow{m.version, m.diff})
	return n
}

// parseMessage reads a message and checks its signature. The error is
// ErrMalformed or ErrSignature.
func parseMessage(input []byte, s signer) (*message, error) {
	m, signed, err := newParser(input).message()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	m.hash, m.size = hashOf(input), len(input)
	switch {
	case s.author == nil:
		m.signature = nil
	case m.signature == nil:
		return nil, fmt.Errorf("%w: there is none", ErrSignature)
	case !identity.Verify(*s.author, input[:signed], m.signature):
		return nil, ErrSignature
	}
	return m, nil
}

// message reads a message; signed is how many bytes a signature covers.
func (p parser) message() (m *message, signed int, err error) {
	if err := p.Dict(); err != nil {
		return nil, 0, err
	}
	m = &message{}
	const none = ""
	last := none
	for p.More() {
		begin := p.Offset()
		key, err := p.key()
		if err != nil {
			return nil, 0, err
		}
		switch {
		case last == none && key != keySeqno:
			return nil, 0, errors.New("a newer format, or none")
		case last == keySignature:
			return nil, 0, errors.New("something behind the signature")
		case key > keyData && m.data == nil:
			return nil, 0, errors.New("no data")
		}
		switch key {
		case keySeqno:
			m.seqno, err = p.Int()
			if m.seqno < 0 || m.seqno > maxSeqno {
				err = fmt.Errorf("version %d", m.seqno)
			}
		case keyData:
			m.data, err = p.dict(true)
		case keyLags:
			m.lags, err = p.lags(m.seqno)
		case keyDiff:
			m.diff, err = p.checkDiff()
		case keySignature:
			signed = begin
			m.signature, err = p.Bytes()
			if err == nil && len(m.signature) != ed25519.SignatureSize {
				err = fmt.Errorf("a signature of %d bytes", len(m.signature))
			}
		default:
			_, err = p.Raw()
			gap := gapOf(key)
			m.unknown[gap] = append(m.unknown[gap], p.input[begin:p.Offset()]...)
		}
		if err != nil {
			return nil, 0, err
		}
		last = key
	}
	if err := p.End(); err != nil {
		return nil, 0, err
	}
	if err := p.Finish(); err != nil {
		return nil, 0, err
	}
	if m.data == nil || m.diff == "" {
		return nil, 0, errors.New("no data, or no diff")
	}
	return m, signed, nil
}

// gapOf is the index in message.unknown where an entry of another format goes.
func gapOf(key string) (gap int) {
	for _, next := range []string{keyData, keyLags, keyDiff} {
		if key > next {
			gap++
		}
	}
	return gap
}

// lags reads the rows of earlier versions and leaves out those too old to
// count.
func (p parser) lags(seqno int64) (rows []lagRow, err error) {
	if err := p.List(); err != nil {
		return nil, err
	}
	for p.More() {
		if err := p.List(); err != nil {
			return nil, err
		}
		var row lagRow
		if row.seqno, err = p.Int(); err != nil {
			return nil, err
		}
		hash, err := p.Bytes()
		if err != nil {
			return nil, err
		}
		if len(hash) != len(row.hash) || row.seqno >= seqno {
			return nil, fmt.Errorf("version %d with a hash of %d bytes before version %d", row.seqno, len(hash), seqno)
		}
		row.hash = [32]byte(hash)
		if row.diff, err = p.checkDiff(); err != nil {
			return nil, err
		}
		if err := p.End(); err != nil {
			return nil, err
		}
		if row.seqno <= seqno-lag {
			continue
		}
		if n := len(rows); n > 0 && rows[n-1].compare(row.version) >= 0 {
			return nil, errors.New("earlier versions out of order")
		}
		rows = append(rows, row)
	}
	return rows, p.End()
}
