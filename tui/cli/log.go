package cli

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
)

// logLimit is the size at which a log file is set aside when it is next
// opened; one earlier file is kept.
const logLimit = 4 << 20

// logger is the log of this run, one file for all of it: the one that was
// asked for, else byDefault; nowhere if that is "" too.
func (p *program) logger(byDefault string) *slog.Logger {
	path := byDefault
	if p.logFile != "" {
		path = p.path(p.logFile)
	}
	level, err := parseLevel(p.logLevel)
	if err != nil || path == "" {
		return slog.New(slog.DiscardHandler)
	}
	if p.log == nil {
		p.log = &logFile{path: path}
	}
	return slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: level}))
}

func (p *program) closeLog() error {
	if p.log == nil {
		return nil
	}
	return p.log.Close()
}

// logFile is a file that comes into being with the first line, so that a
// command with nothing to log leaves nothing behind.
type logFile struct {
	path string

	mu   sync.Mutex // guards file
	file io.WriteCloser
}

// Write appends a line. A log that cannot be written fails no command.
func (l *logFile) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		if err := l.open(); err != nil {
			return 0, err
		}
	}
	return l.file.Write(line)
}

func (l *logFile) open() error {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return err
	}
	if info, err := os.Lstat(l.path); err == nil && info.Mode().IsRegular() && info.Size() > logLimit {
		if err := os.Rename(l.path, l.path+".1"); err != nil {
			return err
		}
	}
	file, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	l.file = file
	return nil
}

// Close ends the file, if there is one.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
