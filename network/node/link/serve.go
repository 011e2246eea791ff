package link

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"

	"seance/network/node/registry"
)

// maxCalls is how many calls of one connection are worked on at a time.
const maxCalls = 256

// ServerConfig is the TLS configuration for connections that ask for a link:
// only nodes for which known reports true get one.
func (id *Identity) ServerConfig(known func(registry.Key) bool) *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{id.cert},
		NextProtos:             []string{Protocol},
		ClientAuth:             tls.RequireAnyClientCert,
		SessionTicketsDisabled: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			k, err := peerKey(s)
			if err != nil {
				return err
			}
			if !known(k) {
				return errors.New("peer is not in the list of nodes")
			}
			return nil
		},
	}
}

// Handler answers a call of a peer. The context ends with the connection.
type Handler func(ctx context.Context, peer registry.Key, kind uint16, payload []byte) (status uint16, answer []byte)

// Serve answers the calls on a connection, whose handshake is done, until it
// ends or ctx does. A panic of the handler is answered with status 500.
func Serve(ctx context.Context, conn *tls.Conn, handle Handler, log *slog.Logger) {
	peer, err := peerKey(conn.ConnectionState())
	if err != nil {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { conn.NetConn().Close() })
	defer stop()
	answers := make(chan frame, 64)
	go func() {
		defer cancel()
		if err := writeFrames(conn, answers, ctx.Done()); err != nil {
			log.Debug("link lost", "peer", peer, "err", err)
		}
	}()
	slots := make(chan struct{}, maxCalls)
	r := bufio.NewReaderSize(conn, 16<<10)
	for {
		call, err := readFrame(r)
		if err != nil {
			return
		}
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			answer := frame{id: call.id, code: 500}
			defer func() {
				if p := recover(); p != nil {
					log.Error("internal error in a call", "peer", peer, "panic", p)
				}
				select {
				case answers <- answer:
				case <-ctx.Done():
				}
			}()
			answer.code, answer.payload = handle(ctx, peer, call.code, call.payload)
		}()
	}
}
