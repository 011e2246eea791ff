// Package link is how the nodes of a private network talk to each other: calls
// with one answer each, many at a time over one TLS connection, on the same
// port as HTTPS.
//
// Both sides prove the Ed25519 key that names them: the certificate of a link
// holds just that key, and TLS proves its possession. A connection asks for a
// link with the application protocol Protocol; everybody else gets HTTPS.
// (The nodes of the Session Network use OxenMQ here, which clients never see.)
//
// A frame is a 32-bit length of what follows, a 64-bit number that an answer
// repeats, 16 bits that are the kind of a call or the status of an answer, and
// the payload; numbers are big-endian. The package knows no kinds. A Pool has
// two goroutines for each connection; Serve has two, and one for each call.
package link

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"seance/network/node/registry"
)

// Protocol is the name of links in the application-layer negotiation of TLS.
const Protocol = "seance-node/1"

// MaxPayload is the largest payload, in bytes.
const MaxPayload = 12 << 20

const headerSize = 4 + 8 + 2

var errFrame = errors.New("malformed frame")

// frame is a call or an answer.
type frame struct {
	id      uint64
	code    uint16
	payload []byte
}

func readFrame(r *bufio.Reader) (f frame, err error) {
	var h [headerSize]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return f, err
	}
	n := binary.BigEndian.Uint32(h[:])
	if n < headerSize-4 || n > headerSize-4+MaxPayload {
		return f, errFrame
	}
	f.id, f.code = binary.BigEndian.Uint64(h[4:]), binary.BigEndian.Uint16(h[12:])
	f.payload = make([]byte, n-(headerSize-4))
	_, err = io.ReadFull(r, f.payload)
	return f, err
}

// writeFrames writes what comes until done is closed or a write fails. It
// flushes whenever nothing more is waiting.
func writeFrames(w io.Writer, frames <-chan frame, done <-chan struct{}) error {
	b := bufio.NewWriterSize(w, 16<<10)
	for {
		select {
		case f := <-frames:
			var h [headerSize]byte
			binary.BigEndian.PutUint32(h[:], uint32(headerSize-4+len(f.payload)))
			binary.BigEndian.PutUint64(h[4:], f.id)
			binary.BigEndian.PutUint16(h[12:], f.code)
			b.Write(h[:]) // an error stays with b until Flush
			b.Write(f.payload)
			if len(frames) > 0 {
				continue
			}
			if err := b.Flush(); err != nil {
				return err
			}
		case <-done:
			return nil
		}
	}
}

// Identity is the key of a node with a certificate for it.
type Identity struct {
	Key  registry.Key
	cert tls.Certificate
}

// NewIdentity makes a certificate for a key. It is the same whenever it is made.
func NewIdentity(key ed25519.PrivateKey) (*Identity, error) {
	template := x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "service node"},
		NotBefore:    time.Unix(0, 0),
		NotAfter:     time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), // RFC 5280: no end
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("certificate of a node: %w", err)
	}
	return &Identity{
		Key:  registry.Key(key.Public().(ed25519.PublicKey)),
		cert: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
	}, nil
}

// peerKey is the key that the other side has proved.
func peerKey(s tls.ConnectionState) (registry.Key, error) {
	if len(s.PeerCertificates) == 0 {
		return registry.Key{}, errors.New("peer has no certificate")
	}
	k, ok := s.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	if !ok || len(k) != ed25519.PublicKeySize {
		return registry.Key{}, errors.New("peer has no Ed25519 certificate")
	}
	return registry.Key(k), nil
}
