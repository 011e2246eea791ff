package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"seance/messaging/secret"
)

// person is somebody with a profile who types commands.
type person struct {
	t       *testing.T
	dir     string // the working directory, with the profile below it
	environ []string
	stdin   string // for the next command
	// Who sits at the terminal, and what other descriptors hold.
	ask         func(ctx context.Context, question string) (secret.Bytes, error)
	descriptors map[int]string
}

func newPerson(t *testing.T, environ ...string) *person {
	dir := t.TempDir()
	return &person{t: t, dir: dir, environ: append([]string{"HOME=" + dir}, environ...)}
}

// result is what a command left behind.
type result struct {
	t           *testing.T
	args        []string
	status      int
	out, errors string
	warning     string // what the command wanted not to be missed
}

// run carries out one command.
func (p *person) run(args ...string) result {
	p.t.Helper()
	var out, errors bytes.Buffer
	status := Run(p.t.Context(), Env{
		Args: args, Stdin: strings.NewReader(p.stdin), Stdout: &out, Stderr: &errors, Dir: p.dir, Environ: p.environ,
		Ask: p.ask, Descriptor: p.descriptor,
	})
	p.stdin = ""
	r := result{t: p.t, args: args, status: status, out: out.String()}
	r.errors = errors.String()
	for _, warning := range []string{unprotected, laidBare, bare, inUse} {
		if before, ok := strings.CutSuffix(r.errors, "seance: "+warning+"\n"); ok {
			r.errors, r.warning = before, warning
		}
	}
	if before, why, ok := strings.Cut(r.errors, "seance: "+withoutPreview); ok {
		r.errors, r.warning = before, withoutPreview+why
	}
	switch lines := strings.Count(r.errors, "\n"); {
	case status == 0 && lines != 0:
		p.t.Errorf("%q succeeded, with an error line: %s", args, r.errors)
	case status != 0 && (lines != 1 || !strings.HasPrefix(r.errors, "seance: ")):
		p.t.Errorf("%q failed, and not with one line of its own: %q", args, r.errors)
	}
	return r
}

// descriptor opens one of the descriptors, once.
func (p *person) descriptor(fd int) (io.ReadCloser, error) {
	text, ok := p.descriptors[fd]
	if !ok {
		return nil, fmt.Errorf("descriptor %d: %w", fd, os.ErrInvalid)
	}
	delete(p.descriptors, fd)
	return io.NopCloser(strings.NewReader(text)), nil
}

// ok carries out a command that must succeed.
func (p *person) ok(args ...string) result {
	p.t.Helper()
	return p.run(args...).is(0)
}

// is demands an exit status.
func (r result) is(status int) result {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("%.200q exited with %d, want %d; stderr: %s", r.args, r.status, status, r.errors)
	}
	return r
}

// says demands that the line on standard error holds a text.
func (r result) says(text string) result {
	r.t.Helper()
	if !strings.Contains(r.errors, text) {
		r.t.Errorf("%q said %q, without %q", r.args, r.errors, text)
	}
	return r
}

// object is one JSON object of an answer.
type object map[string]any

// objects are the answer's lines.
func (r result) objects() []object {
	r.t.Helper()
	var list []object
	for line := range strings.Lines(r.out) {
		var o object
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&o); err != nil {
			r.t.Fatalf("%q printed %q: %v", r.args, line, err)
		}
		list = append(list, o)
	}
	return list
}

// object is the answer's only line.
func (r result) object() object {
	r.t.Helper()
	list := r.objects()
	if len(list) != 1 {
		r.t.Fatalf("%q printed %d objects, want one: %s", r.args, len(list), r.out)
	}
	return list[0]
}

func (o object) text(field string) string { s, _ := o[field].(string); return s }

// texts are the texts of messages.
func texts(list []object) []string {
	said := []string{}
	for _, m := range list {
		if m["kind"] == "message" {
			said = append(said, m.text("text"))
		}
	}
	return said
}

// create makes the person's account and returns its ID.
func (p *person) create(name string) string {
	p.t.Helper()
	return p.ok("account", "create", "--name", name, "--json").object().text("account_id")
}

// privateNet is a devnet that the devnet command runs.
type privateNet struct {
	t       *testing.T
	file    string // its network file
	control io.WriteCloser
	answers *bufio.Scanner
	cancel  context.CancelFunc
	ended   chan int
}

// newNetwork starts the devnet of a directory.
func newNetwork(t *testing.T, dir string, flags ...string) *privateNet {
	t.Helper()
	n := &privateNet{t: t, ended: make(chan int, 1)}
	var ctx context.Context
	ctx, n.cancel = context.WithCancel(context.Background())
	in, control := io.Pipe()
	answers, out := io.Pipe()
	n.control, n.answers = control, bufio.NewScanner(answers)
	errors := &syncBuffer{}
	go func() {
		n.ended <- Run(ctx, Env{Args: append([]string{"devnet", "--dir", dir}, flags...), Stdin: in, Stdout: out, Stderr: errors, Dir: dir})
		out.Close()
	}()
	t.Cleanup(n.stop)
	ready := n.answer()
	if ready["ready"] != true {
		t.Fatalf("the network is not ready: %v %s", ready, errors)
	}
	n.file = ready.text("network")
	return n
}

// answer reads one line of the devnet.
func (n *privateNet) answer() object {
	n.t.Helper()
	if !n.answers.Scan() {
		n.t.Fatal("the devnet said nothing")
	}
	var o object
	if err := json.Unmarshal(n.answers.Bytes(), &o); err != nil {
		n.t.Fatal(err)
	}
	return o
}

// tell writes a control line and reads the answer.
func (n *privateNet) tell(line string) object {
	n.t.Helper()
	if _, err := fmt.Fprintln(n.control, line); err != nil {
		n.t.Fatal(err)
	}
	return n.answer()
}

// stop interrupts the devnet. It may be called twice.
func (n *privateNet) stop() {
	n.cancel()
	if status := <-n.ended; status != 0 {
		n.t.Errorf("the devnet exited with %d", status)
	}
	n.ended <- 0
}

// syncBuffer is a buffer for several goroutines.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// on is the environment of people on a network.
func (n *privateNet) on() string { return "SEANCE_NETWORK=" + n.file }

// write makes a file in the person's directory.
func (p *person) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}
