package store

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// lookForever does what another process may do to a profile that is in use,
// until the end of its input. It prints how often.
func lookForever(dir string) error {
	ended := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); close(ended) }()
	work, err := os.MkdirTemp("", "look")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	for n := 0; ; n++ {
		select {
		case <-ended:
			fmt.Print(n)
			return nil
		default:
		}
		if _, err := Backup(context.Background(), dir, filepath.Join(work, "backup"), BackupOptions{Replace: true}); err != nil {
			return fmt.Errorf("backup %d: %w", n, err)
		}
		r, err := Check(context.Background(), dir, CheckOptions{})
		if err != nil || len(r.Findings) > 0 {
			return fmt.Errorf("check %d: %v %w", n, r.Findings, err)
		}
	}
}

// TestACrowd has one process write and read with many goroutines while two
// others check the profile and make backups of it. Nobody ever has to hear that
// the database is locked, and nobody sees half a step.
func TestACrowd(t *testing.T) {
	steps := 2 * crashRounds()
	dir := t.TempDir()
	lock, err := LockProfile(dir, "seance")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	s := openTest(t, dir)
	if err := takeStep(s, 0); err != nil {
		t.Fatal(err)
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var looking [2]struct {
		cmd *exec.Cmd
		end io.Closer
		out strings.Builder
	}
	for i := range looking {
		l := &looking[i]
		l.cmd = exec.Command(binary)
		l.cmd.Env = append(os.Environ(), helperEnv+"=look:"+dir)
		l.cmd.Stdout = &l.out
		if l.end, err = l.cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		if err := l.cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	var done, reads atomic.Int64
	done.Store(1)
	stop := make(chan struct{})
	var readers, all sync.WaitGroup
	for range 8 { // more than there are connections
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := readOne(s, int(done.Load())); err != nil {
					t.Error(err)
					return
				}
				reads.Add(1)
			}
		})
	}
	all.Go(func() {
		for n := 1; n < steps; n++ {
			if err := takeStep(s, n); err != nil {
				t.Errorf("step %d: %v", n, err)
				return
			}
			done.Store(int64(n + 1))
		}
	})
	all.Go(func() { // somebody else's small writes
		for n := range steps {
			err := s.Update(t.Context(), func(tx *Tx) error { return tx.SetDraftText(contact(1).ID, fmt.Sprint(n)) })
			if err != nil {
				t.Errorf("draft %d: %v", n, err)
				return
			}
		}
	})
	all.Wait()
	for i := range looking {
		looking[i].end.Close()
		_ = looking[i].cmd.Wait()
		if out := strings.TrimSpace(looking[i].out.String()); strings.Trim(out, "0123456789") != "" || out == "" {
			t.Errorf("another process: %s", out)
		}
	}
	close(stop)
	readers.Wait()
	if n, err := stepsDone(s); err != nil || n != steps {
		t.Errorf("%d steps of %d, %v", n, steps, err)
	}
	t.Logf("%d steps, %d reads, other processes looked %s and %s times", steps, reads.Load(), strings.TrimSpace(looking[0].out.String()), strings.TrimSpace(looking[1].out.String()))
}

// readOne asks something of a store that has taken at least some steps.
func readOne(s *Store, least int) error {
	ctx := context.Background()
	switch rand.IntN(4) {
	case 0:
		v, err := s.Conversation(ctx, contact(1).ID)
		if err != nil || v.Unread%each != 0 || v.Unread < least/3*each {
			return fmt.Errorf("%d unread after %d steps, %w", v.Unread, least, err)
		}
	case 1:
		list, err := s.Messages(ctx, contact(1).ID, Page{Limit: 10 * each})
		if err != nil || len(list)%each != 0 || len(list) == 0 {
			return fmt.Errorf("%d messages, %w", len(list), err)
		}
	case 2:
		list, err := s.Events(ctx, int64(least*each-each), 10*each)
		if err != nil || len(list)%each != 0 || len(list) == 0 {
			return fmt.Errorf("%d events, %w", len(list), err)
		}
	case 3:
		hits, err := s.Search(ctx, Search{Terms: []Term{{"step", false}}, Limit: 9 * each})
		if err != nil || len(hits)%each != 0 || len(hits) == 0 {
			return fmt.Errorf("%d hits, %w", len(hits), err)
		}
	}
	return nil
}
