package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// counter is the setting in which a writer counts its transactions.
const counter = "counter"

func increment(s *Store) (n int, err error) {
	err = s.Update(context.Background(), func(tx *Tx) error {
		b, err := tx.Setting(counter)
		if err != nil {
			return err
		}
		n, _ = strconv.Atoi(string(b)) // 0 before the first
		n++
		return tx.SetSetting(counter, []byte(strconv.Itoa(n)))
	})
	return n, err
}

// writeForever prints the number of every transaction after its commit.
func writeForever(dir string) error {
	s, err := Open(context.Background(), dir, Options{})
	for err == nil {
		var n int
		if n, err = increment(s); err == nil {
			fmt.Println(n)
		}
	}
	return err
}

// TestNothingCommittedIsLostInACrash kills a writing process again and again.
// Every transaction that it reported has to be there, for a reader of the next
// process, after its next commit, and after an orderly end.
func TestNothingCommittedIsLostInACrash(t *testing.T) {
	rounds := 30
	if testing.Short() {
		rounds = 5
	}
	dir := t.TempDir()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	expect := func(s *Store, when string, least int) int {
		t.Helper()
		b, err := s.Setting(t.Context(), counter)
		n, _ := strconv.Atoi(string(b))
		if err != nil || n < least || n > least+1 { // the last one may not have been reported
			t.Fatalf("%s: %d transactions, %d were reported; %v", when, n, least, err)
		}
		return n
	}
	last, reported := 0, 0
	for round := range rounds {
		cmd := exec.Command(binary)
		cmd.Env = append(os.Environ(), helperEnv+"=write:"+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		killSoon := func() *time.Timer {
			return time.AfterFunc(time.Duration(20+rand.IntN(150))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
		var kill *time.Timer
		if round%3 == 0 { // wherever it is, perhaps still opening; else once it writes
			kill = killSoon()
		}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if reported++; kill == nil {
				kill = killSoon()
			}
			if last, err = strconv.Atoi(strings.TrimSpace(lines.Text())); err != nil {
				t.Fatalf("the writer said %q", lines.Text())
			}
		}
		if kill != nil {
			kill.Stop()
		}
		_ = cmd.Wait() // it was killed

		s := openTest(t, dir)
		expect(s, "after the crash", last)
		if last, err = increment(s); err != nil {
			t.Fatal(err)
		}
		expect(s, "after a commit", last)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openTest(t, dir)
		last = expect(s, "after an orderly end", last)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if reported < rounds/2 {
		t.Errorf("%d transactions in %d rounds: the writer hardly wrote", reported, rounds)
	}
}
