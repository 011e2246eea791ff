package network

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"

	"seance/network/netfile"
	"seance/network/snode"
)

const (
	// maxAnswer bounds an answer: 7.8 MB of messages, or a file of 10.2 MB, in
	// base64 where it is.
	maxAnswer = 24 << 20
	// maxHead bounds what is around the body in a server's answer.
	maxHead      = 16 << 10
	maxSeed      = 16 << 20
	connectLimit = 5 * time.Second
)

var errTooLarge = errors.New("answer too large")

// linkError says that no TLS connection to a guard could be had, or that it
// broke: the guard is gone, or the machine has no network.
type linkError struct{ err error }

func (e *linkError) Error() string { return "guard: " + e.err.Error() }
func (e *linkError) Unwrap() error { return e.err }

// guardTransport keeps TLS connections to guards. Their certificates are
// self-signed and nothing says which one a node has, so they are not checked:
// what protects a request is the onion encryption to the keys that the seed
// listed. TLS hides from others on the way that it is one.
func (c *Client) guardTransport() *http.Transport {
	return &http.Transport{
		DialContext:            c.dialGuard,
		TLSClientConfig:        &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    connectLimit,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 16 << 10,
	}
}

// dialSoon gives up after a while: the HTTP transport goes on dialling when
// the request that needed it is long over.
func (c *Client) dialSoon(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	return c.dial(ctx, network, address)
}

// dialGuard measures how long it takes to connect.
func (c *Client) dialGuard(ctx context.Context, network, address string) (net.Conn, error) {
	started := time.Now()
	conn, err := c.dialSoon(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.connects[address] = time.Since(started)
	c.mu.Unlock()
	return conn, nil
}

// header is what the desktop app sends, and nothing else.
func header() http.Header {
	return http.Header{"User-Agent": {"WhatsApp"}, "Accept-Language": {"en-us"}}
}

// post sends an onion request to a guard. again says that it does no harm if
// the guard gets it twice, which happens when a kept connection turns out to be
// broken. The answer has most bytes at most. The error is a *linkError,
// errTooLarge, or the one of ctx.
func (c *Client) post(ctx context.Context, guard snode.Node, body []byte, again bool, most int64, m *meter) (status int, answer []byte, err error) {
	var connected bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected = true },
	})
	req, err := http.NewRequestWithContext(traced, http.MethodPost, "https://"+guard.Address()+"/onion_req/v2", http.NoBody)
	if err != nil {
		return 0, nil, fmt.Errorf("onion request: %w", err)
	}
	req.ContentLength = int64(len(body))
	req.GetBody = func() (io.ReadCloser, error) { return m.upload(body), nil }
	req.Body = m.upload(body)
	req.Header = header()
	if again {
		req.Header["Idempotency-Key"] = nil // told to the transport, not sent
	}
	res, err := c.guard.RoundTrip(req)
	if err == nil {
		defer res.Body.Close()
		m.begin()
		answer, err = readAll(m.download(res.Body), res.ContentLength, most)
		if errors.Is(err, errTooLarge) {
			return 0, nil, err
		}
	}
	if err != nil {
		if ctx.Err() != nil && connected {
			return 0, nil, ctx.Err()
		}
		return 0, nil, &linkError{err}
	}
	return res.StatusCode, answer, nil
}

// readAll reads at most so many bytes. length is how many there are to be, as
// the sender says: -1 if it does not. A large answer then needs no more memory
// than it has bytes.
func readAll(r io.Reader, length, most int64) ([]byte, error) {
	if length > most {
		return nil, errTooLarge
	}
	var b bytes.Buffer
	if length > 0 {
		b.Grow(int(length) + bytes.MinRead)
	}
	if n, err := b.ReadFrom(io.LimitReader(r, most+1)); err != nil {
		return nil, err
	} else if n > most {
		return nil, errTooLarge
	}
	return b.Bytes(), nil
}

// postSeed sends a JSON-RPC request to a seed, whose certificate must be the
// pinned one, byte for byte.
func (c *Client) postSeed(ctx context.Context, seed netfile.Seed, body []byte) ([]byte, error) {
	transport := &http.Transport{
		DialContext:            c.dialSoon,
		TLSHandshakeTimeout:    connectLimit,
		DisableCompression:     true,
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: 16 << 10,
	}
	if seed.Certificate != "" {
		der, err := seed.DER()
		if err != nil {
			return nil, err
		}
		transport.TLSClientConfig = &tls.Config{
			InsecureSkipVerify: true, // replaced by VerifyPeerCertificate, which is stricter
			MinVersion:         tls.VersionTLS12,
			VerifyPeerCertificate: func(shown [][]byte, _ [][]*x509.Certificate) error {
				if len(shown) == 0 || !bytes.Equal(shown[0], der) {
					return errors.New("the certificate is not the pinned one")
				}
				return nil
			},
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, seed.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = header()
	res, err := transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", res.StatusCode)
	}
	return readAll(res.Body, -1, maxSeed)
}
