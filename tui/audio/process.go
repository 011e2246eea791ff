package audio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"
)

// command is a program that plays or records.
type command struct {
	invocation
	path string
}

func (c command) name() string { return c.program }

// grace is how long the end of a program that was stopped is waited for.
const grace = 2 * time.Second

func (c command) start(ctx context.Context, f Format) (*exec.Cmd, *complaint) {
	cmd := exec.CommandContext(ctx, c.path, c.arguments(f)...)
	cmd.WaitDelay = grace
	said := &complaint{}
	cmd.Stderr = said
	return cmd, said
}

// play counts as heard from the start of the program on. What it has taken it
// need not have played yet, so stopping it means ending it.
func (c command) play(ctx context.Context, f Format, pcm io.Reader, heard func()) error {
	cmd, said := c.start(ctx, f)
	taken := &endReader{r: pcm}
	cmd.Stdin = taken
	if err := cmd.Start(); err != nil {
		return err
	}
	heard()
	err := cmd.Wait()
	switch failure := taken.failure.Load(); {
	case ctx.Err() != nil:
		return ctx.Err()
	case failure != nil && *failure != io.EOF:
		return *failure
	case err != nil:
		return said.explain(err)
	case failure == nil:
		return said.explain(errors.New("it ended before the sound did"))
	}
	return nil
}

func (c command) record(ctx context.Context, pcm io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd, said := c.start(ctx, recordFormat)
	var refused error
	cmd.Stdout = writerFunc(func(b []byte) (int, error) {
		if refused != nil {
			return 0, refused
		}
		n, err := pcm.Write(b)
		if err != nil {
			refused = err
			stop()
		}
		return n, err
	})
	err := cmd.Run()
	switch {
	case refused != nil:
		return refused
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return said.explain(err)
	}
	return nil
}

// endReader remembers how reading ended.
type endReader struct {
	r       io.Reader
	failure atomic.Pointer[error]
}

func (e *endReader) Read(b []byte) (int, error) {
	n, err := e.r.Read(b)
	if err != nil {
		e.failure.Store(&err)
	}
	return n, err
}

// complaint keeps the beginning of what a program says.
type complaint struct{ text []byte }

func (c *complaint) Write(b []byte) (int, error) {
	c.text = append(c.text, b[:min(len(b), 1024-len(c.text))]...)
	return len(b), nil
}

// explain adds the first line of what was said to an error.
func (c *complaint) explain(err error) error {
	line, _, _ := bytes.Cut(bytes.TrimSpace(c.text), []byte("\n"))
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, string(line))
	if text == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, text)
}
