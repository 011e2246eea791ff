package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"seance/messaging/secret"
)

// Ask asks for something secret on the controlling terminal, which is there
// also if the standard streams are something else. What is typed is not shown.
// An interrupt from the keyboard is context.Canceled, the end of input io.EOF.
func Ask(ctx context.Context, question string) (secret.Bytes, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return secret.Bytes{}, fmt.Errorf("the terminal cannot be opened: %w", err)
	}
	defer tty.Close() // ends the reading too, if ctx has ended
	return ask(ctx, tty, question)
}

// ask asks on a terminal, and leaves it as it was.
func ask(ctx context.Context, tty *os.File, question string) (secret.Bytes, error) {
	if err := ctx.Err(); err != nil {
		return secret.Bytes{}, err
	}
	cooked, err := raw(tty)
	if err != nil {
		return secret.Bytes{}, fmt.Errorf("the terminal: %w", err)
	}
	defer cooked()
	if _, err := io.WriteString(tty, question); err != nil {
		return secret.Bytes{}, err
	}
	defer func() { _, _ = io.WriteString(tty, "\r\n") }()
	type result struct {
		text secret.Bytes
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := readLine(tty)
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-ctx.Done():
		return secret.Bytes{}, ctx.Err()
	}
}

// raw has every key come through as it is typed, and none shown: a terminal
// that only does not echo could be stopped by Ctrl-Z, to echo when it goes on.
// It does not use Fd, which may make reading impossible to end.
func raw(tty *os.File) (cooked func(), err error) {
	conn, err := tty.SyscallConn()
	if err != nil {
		return nil, err
	}
	var state *term.State
	var failed error
	if err := conn.Control(func(fd uintptr) { state, failed = term.MakeRaw(int(fd)) }); err != nil {
		return nil, err
	}
	return func() {
		_ = conn.Control(func(fd uintptr) { _ = term.Restore(int(fd), state) })
	}, failed
}

// maxLine is the longest line that a terminal hands out otherwise.
const maxLine = 4096

// What is no character of the line.
const (
	interrupt = 0x03 // Ctrl-C
	endOfText = 0x04 // Ctrl-D
	backspace = 0x08
	killLine  = 0x15 // Ctrl-U
	rubout    = 0x7f
)

// readLine reads a line key by key: what was typed ahead stays for whoever
// reads next. The buffer never moves, so that no copy of it is left behind.
func readLine(in io.Reader) (secret.Bytes, error) {
	buf := make([]byte, 0, maxLine)
	failed := func(err error) (secret.Bytes, error) {
		clear(buf[:cap(buf)])
		return secret.Bytes{}, err
	}
	var key [1]byte
	for {
		if _, err := io.ReadFull(in, key[:]); err != nil {
			return failed(err)
		}
		switch key[0] {
		case '\r', '\n':
			return secret.New(buf), nil
		case interrupt:
			return failed(context.Canceled)
		case endOfText:
			if len(buf) == 0 {
				return failed(io.EOF)
			}
		case backspace, rubout:
			_, size := utf8.DecodeLastRune(buf)
			buf = buf[:len(buf)-size]
		case killLine:
			buf = buf[:0]
		default:
			if len(buf) == cap(buf) {
				return failed(errors.New("the line is too long"))
			}
			buf = append(buf, key[0])
		}
	}
}
