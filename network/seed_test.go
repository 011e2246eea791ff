package network_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"seance/network"
	"seance/network/netfile"
	"seance/network/pipenet"
)

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{SerialNumber: big.NewInt(1)}, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func pemOf(c tls.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}))
}

// serve runs handler at an address until the returned function is called.
func serve(t *testing.T, pipes *pipenet.Net, address string, cert *tls.Certificate, handler http.HandlerFunc) func() {
	t.Helper()
	l, err := pipes.Listen(address)
	if err != nil {
		t.Fatal(err)
	}
	if cert != nil {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*cert}})
	}
	s := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)}
	go s.Serve(l)
	return func() { s.Close() }
}

func TestSeedCertificateIsPinned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipes := pipenet.New()
		right, wrong := selfSigned(t), selfSigned(t)
		var asked atomic.Int32
		defer serve(t, pipes, "10.0.0.1:443", &wrong, func(w http.ResponseWriter, r *http.Request) { asked.Add(1) })()
		c, err := network.Open(network.Options{
			File: netfile.File{Name: "x", Seeds: []netfile.Seed{{URL: "https://10.0.0.1:443/json_rpc", Certificate: pemOf(right)}}},
			Dial: pipes.Dial,
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- c.Run(ctx) }()
		if _, err := c.Oxend(ctx, 1, "x", nil); !errors.Is(err, network.ErrOffline) || !strings.Contains(err.Error(), "pinned") {
			t.Errorf("err = %v", err)
		}
		if asked.Load() != 0 {
			t.Error("a seed with another certificate got the request")
		}
		cancel()
		<-done
	})
}

// A seed or a guard may answer anything at all: it costs an error and little
// time, never a panic.
func TestNonsenseFromSeedsAndGuards(t *testing.T) {
	const key = "a3fafb8b59b55443b99d9236038622b702f6b15b9bf007e65c13b00cedbde713"
	good := `{"result":{"service_node_states":[`
	for i, k := range []string{"1", "2", "3", "4"} {
		if i > 0 {
			good += ","
		}
		good += `{"public_ip":"10.0.1.` + k + `","storage_port":1,"pubkey_ed25519":"` + key[:63] + k + `","pubkey_x25519":"9ee1c069ea1535dcac6998c7f67b1db7d623c02d0143d928a260c7b5f912b00` + k + `"}`
	}
	good += "]}}"
	for name, tt := range map[string]struct {
		seed   string
		status int
		guard  string
	}{
		"seed: nothing":         {seed: ""},
		"seed: HTML":            {seed: "<html>"},
		"seed: no result":       {seed: `{"error":{"code":-1}}`},
		"seed: wrong types":     {seed: `{"result":{"service_node_states":{"a":1}}}`},
		"seed: two nodes":       {seed: `{"result":{"service_node_states":[{},{}]}}`},
		"guard: nothing":        {seed: good, status: 200},
		"guard: base64":         {seed: good, status: 200, guard: strings.Repeat("QUJD", 100)},
		"guard: result":         {seed: good, status: 200, guard: `{"result":1}`},
		"guard: status":         {seed: good, status: 599, guard: "\x1b[2J"},
		"guard: names everyone": {seed: good, status: 502, guard: "Next node not found: " + key[:63] + "2"},
		"guard: redirect":       {seed: good, status: 302, guard: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pipes := pipenet.New()
				cert := selfSigned(t)
				defer serve(t, pipes, "10.0.0.1:80", nil, func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(tt.seed)) })()
				for _, ip := range []string{"10.0.1.1", "10.0.1.2", "10.0.1.3", "10.0.1.4"} {
					defer serve(t, pipes, net.JoinHostPort(ip, "1"), &cert, func(w http.ResponseWriter, r *http.Request) {
						if r.Header.Get("User-Agent") != "WhatsApp" || r.Header.Get("Accept-Language") != "en-us" || r.Header.Get("Content-Type") != "" ||
							len(r.Header) != 3 /* and Content-Length */ || r.URL.Path != "/onion_req/v2" {
							t.Errorf("%s %v", r.URL, r.Header)
						}
						w.Header().Set("Location", "http://10.0.0.1/")
						w.WriteHeader(tt.status)
						w.Write([]byte(tt.guard))
					})()
				}
				c, err := network.Open(network.Options{
					File: netfile.File{Name: "x", Seeds: []netfile.Seed{{URL: "http://10.0.0.1/json_rpc"}}},
					Dial: pipes.Dial,
				})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error)
				go func() { done <- c.Run(ctx) }()
				began := time.Now()
				if _, err := c.Oxend(ctx, 1, "x", nil); !errors.Is(err, network.ErrOffline) && !errors.Is(err, network.ErrNoAnswer) {
					t.Errorf("err = %v", err)
				}
				if took := time.Since(began); took > time.Minute {
					t.Errorf("it took %v", took)
				}
				if text := c.Status().LastError; text == "" || strings.ContainsRune(text, '\x1b') {
					t.Errorf("last error %q", text)
				}
				cancel()
				<-done
			})
		})
	}
}
