// Package fileserver is the file server of a private network: it keeps what
// clients have encrypted, for two weeks, under names derived from the content.
// It answers as the server of the Session Network does, over onion requests of
// version 4 and over plain HTTP.
//
// It knows nothing of clients, of nodes, or of what is in the files, and shares
// no code with the client side. Files are kept in a directory, so that they
// survive a restart. A Server has the goroutines of its HTTP server and one that
// removes expired files, all ended by Close.
//
// Wire reference: session-foundation/session-file-server: fileserver/routes.py,
// fileserver/onion_req.py, fileserver/subrequest.py, quic/put.cpp.
package fileserver

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"seance/network/node/peel"
)

// MaxSize is the size of the largest file, in bytes.
const MaxSize = 10_223_616

// Lifetime is how long a file is kept unless its uploader asks for less.
const Lifetime = 14 * 24 * time.Hour

const (
	maxBody    = 11 << 20         // of a request: a little more than nodes pass on
	maxWorking = 32               // requests that are worked on at a time
	sweepEvery = 10 * time.Minute // how often expired files are removed
)

// Options is what a file server is made of. Dir, Key and Listener must be given.
type Options struct {
	Dir      string       // for the files; made if it does not exist
	Key      *peel.Key    // what clients encrypt to
	Listener net.Listener // for HTTP without TLS; closed by Close

	Rand io.Reader    // nil: crypto/rand
	Log  *slog.Logger // nil: discards

	// NumericIDs names files by numbers up to 2^53, as servers did before 2025.
	// Such files cannot be extended, and the same content twice is two files.
	NumericIDs bool
	// Untold leaves out until when files are kept, when somebody asks about one.
	Untold bool
	// Releases are the versions that session_version tells, by platform
	// (desktop, android, ios). A platform that is missing is answered with 502,
	// as by a server that could not find out.
	Releases map[string]string
}

// Server is a running file server.
type Server struct {
	o      Options
	shelf  *shelf
	server *http.Server
	slots  chan struct{}

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// Start makes a file server and serves on its listener. On error the listener
// is closed.
func Start(o Options) (*Server, error) {
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	shelf, err := openShelf(o.Dir, time.Now())
	if err != nil {
		return nil, errors.Join(err, o.Listener.Close())
	}
	s := &Server{o: o, shelf: shelf, slots: make(chan struct{}, maxWorking)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.server = &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	s.done.Go(func() {
		if err := s.server.Serve(o.Listener); err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			o.Log.Error("file server ended", "err", err)
		}
	})
	s.done.Go(s.sweep)
	return s, nil
}

// Close ends the server. When it returns nothing touches the directory any more.
func (s *Server) Close() error {
	s.cancel()
	err := s.server.Close()
	s.done.Wait()
	for range maxWorking { // requests that are still worked on hold the rest
		s.slots <- struct{}{}
	}
	return err
}

func (s *Server) sweep() {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := s.shelf.sweep(time.Now()); err != nil {
				s.o.Log.Error("expired files stay on the disk", "err", err)
			}
		case <-s.ctx.Done():
			return
		}
	}
}

// ServeHTTP answers plain requests, and onion requests at /oxen/v4/lsrpc.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-r.Context().Done():
		return
	case <-s.ctx.Done():
		return
	}
	body, err := readBody(w, r)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		s.write(w, status(http.StatusRequestEntityTooLarge))
		return
	case err != nil:
		return // the client has gone
	}
	if r.URL.Path == onionPath {
		if r.Method != http.MethodPost {
			s.write(w, notAllowed(http.MethodPost))
			return
		}
		s.write(w, s.onion(body))
		return
	}
	headers := make(map[string]string, len(r.Header))
	for name := range r.Header {
		headers[name] = r.Header.Get(name)
	}
	s.write(w, s.answer(newRequest(r.Method, r.URL.Path, r.URL.RawQuery, headers, body)))
}

// readBody reads what comes into one buffer of the right size.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limited := http.MaxBytesReader(w, r.Body, maxBody)
	if r.ContentLength < 0 || r.ContentLength > maxBody {
		return io.ReadAll(limited)
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(limited, body)
	return body, err
}

func (s *Server) write(w http.ResponseWriter, r response) {
	for name, value := range r.headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(r.code)
	if _, err := w.Write(r.body); err != nil {
		s.o.Log.Debug("answer not delivered", "err", err)
	}
}
