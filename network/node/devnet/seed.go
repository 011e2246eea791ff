package devnet

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// certificate is a self-signed certificate.
type certificate struct {
	tls tls.Certificate
	pem string // without the key
}

// loadCertificate reads the certificate of a server, or makes one. Its key is
// one that every TLS library knows.
func loadCertificate(dir, name string) (c certificate, err error) {
	path := filepath.Join(dir, "certificate.pem")
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if raw, err = newCertificate(name); err == nil {
			err = writeFile(path, raw)
		}
	}
	if err != nil {
		return c, fmt.Errorf("devnet: certificate of %s: %w", name, err)
	}
	if c.tls, err = tls.X509KeyPair(raw, raw); err != nil {
		return c, fmt.Errorf("devnet: %s: %w", path, err)
	}
	c.pem = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.tls.Certificate[0]}))
	return c, nil
}

func newCertificate(name string) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:              time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		IPAddresses:           []net.IP{net.ParseIP(host)},
		DNSNames:              []string{"localhost"},
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA:                  true, // so that it can be pinned as a root
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...), nil
}

// seed is the server that lists the nodes.
type seed struct {
	server *http.Server
	ended  chan struct{}
	url    string
	pem    string
}

func startSeed(d *Devnet) (*seed, error) {
	dir := filepath.Join(d.o.Dir, "seed")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("devnet: %w", err)
	}
	c, err := loadCertificate(dir, "seed")
	if err != nil {
		return nil, err
	}
	l, err := d.listen(d.state.SeedPort, "the seed")
	if err != nil {
		return nil, err
	}
	d.state.SeedPort = l.Addr().(*net.TCPAddr).Port
	s := &seed{
		ended: make(chan struct{}), pem: c.pem,
		url: "https://" + l.Addr().String() + "/json_rpc",
		server: &http.Server{
			Handler: d.SeedHandler(), ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute,
			MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(d.o.Log.Handler(), slog.LevelDebug),
		},
	}
	go func() {
		defer close(s.ended)
		config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{c.tls}}
		if err := s.server.Serve(tls.NewListener(l, config)); err != nil && !errors.Is(err, http.ErrServerClosed) {
			d.o.Log.Error("seed ended", "err", err)
		}
	}()
	return s, nil
}

func (s *seed) close() error {
	err := s.server.Close()
	<-s.ended
	return err
}
