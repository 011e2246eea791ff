package node

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"seance/network/node/link"
	"seance/network/node/peel"
)

// serverTimeout is a little less than onionTimeout, so that the answer still
// gets back: oxenss/rpc/request_handler.cpp.
const serverTimeout = 25 * time.Second

var (
	errTarget   = errors.New("not the URL of a server")
	errRedirect = errors.New("redirects are not followed")
)

func newTargets(dial link.Dial) *http.Client {
	return &http.Client{
		Timeout: serverTimeout,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				// To dial no host is to dial this machine. The URL has been
				// looked at, but its host was put into ASCII since.
				if host, _, err := net.SplitHostPort(address); err != nil || strings.TrimSpace(host) == "" {
					return nil, errTarget
				}
				return dial(ctx, network, address)
			},
			TLSClientConfig:   &tls.Config{MinVersion: tls.VersionTLS12},
			DisableKeepAlives: true, // nothing connects one request with the next
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirect },
	}
}

// targetURL is where a layer wants to be posted. Its host must be a name or an
// address and nothing else, so that none of it becomes part of the path, which
// has been checked, and its path must not hold what URLs cannot.
func targetURL(l *peel.ToServer) (*url.URL, error) {
	if strings.TrimSpace(l.Host) == "" || strings.ContainsFunc(l.Target, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return nil, errTarget
	}
	host := l.Host
	if strings.Contains(host, ":") && host[0] != '[' {
		host = "[" + host + "]"
	}
	if usual := map[string]uint16{"http": 80, "https": 443}; l.Port != usual[l.Protocol] {
		host += ":" + strconv.Itoa(int(l.Port))
	}
	u, err := url.Parse(l.Protocol + "://" + host + l.Target)
	if err != nil || u.Host != host || u.User != nil {
		return nil, errTarget
	}
	return u, nil
}

// toServer posts the layer to a server outside the network. Its answer goes
// back as it came: it is encrypted for the client.
func (n *Node) toServer(ctx context.Context, l *peel.ToServer) (int, []byte) {
	u, err := targetURL(l)
	if err != nil {
		return targetFailed(l, err, 0)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(l.Payload))
	if err != nil {
		return targetFailed(l, errTarget, 0)
	}
	request.Header.Set("User-Agent", "Oxen Storage Server/"+versionText(Version()))
	request.Header.Set("Content-Type", "application/octet-stream")
	began := time.Now()
	response, err := n.targets.Do(request)
	if err != nil {
		return targetFailed(l, err, time.Since(began))
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, link.MaxPayload+1))
	if err != nil || len(body) > link.MaxPayload {
		return http.StatusBadGateway, []byte("Failure when receiving data from the peer")
	}
	return response.StatusCode, body
}

// targetFailed says why a server gave no answer, in the words of libcurl.
func targetFailed(l *peel.ToServer, err error, took time.Duration) (int, []byte) {
	var timeout interface{ Timeout() bool }
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, errTarget):
		return http.StatusBadGateway, nil
	case errors.As(err, &timeout) && timeout.Timeout():
		return http.StatusGatewayTimeout, []byte("Timeout was reached")
	case errors.As(err, &dns):
		return http.StatusBadGateway, fmt.Appendf(nil, "Could not resolve host: %s", l.Host)
	case errors.As(err, &op) && op.Op == "dial":
		return http.StatusBadGateway, fmt.Appendf(nil, "Failed to connect to %s port %d after %d ms: Couldn't connect to server", l.Host, l.Port, took.Milliseconds())
	case errors.Is(err, errRedirect):
		return http.StatusBadGateway, []byte("Maximum (0) redirects followed")
	}
	return http.StatusBadGateway, []byte("Could not connect to server")
}
