package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"seance/messaging"
	"seance/messaging/id"
	"seance/tui/cli/process"
)

// programEnv makes the test binary the program itself, which can be killed.
const programEnv = "SEANCE_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) == "" {
		os.Exit(m.Run())
	}
	process.Protect()
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	env := Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Dir: dir, Environ: os.Environ(),
		Terminal: term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd())),
		Ask:      process.Ask, Descriptor: process.Descriptor,
	}
	if slices.Contains(env.Args, "chatter") {
		p := &program{Env: env}
		root := p.root()
		root.AddCommand(p.chatter())
		root.SetArgs(env.Args)
		err := root.Execute()
		if err != nil {
			p.complain(err)
		}
		os.Exit(status(errors.Join(err, p.closeLog())))
	}
	os.Exit(Run(context.Background(), env))
}

// chatter is a command that does all that an engine does at once: it prints
// messages as they come, and writes as many as it can to somebody, whose texts
// begin with a prefix. What was accepted is printed, and what became of some.
func (p *program) chatter() *cobra.Command {
	cmd := &cobra.Command{Use: "chatter TO PREFIX", Args: takes(2, 2)}
	return p.command(cmd, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		return p.online(ctx, cmd, func(ctx context.Context, c *messaging.Client) error {
			account, err := id.ParseAccount(args[0])
			if err != nil {
				return err
			}
			var both sync.WaitGroup
			var errs [2]error
			both.Go(func() { errs[0] = p.followMessages(ctx, c) })
			both.Go(func() { errs[1] = p.speak(ctx, c, id.With(account), args[1]) })
			both.Wait()
			return errors.Join(errs[:]...)
		})
	})
}

func (p *program) speak(ctx context.Context, c *messaging.Client, to id.Conversation, prefix string) error {
	for n := 0; ; {
		var m messaging.Message
		for range 1 + rand.IntN(15) {
			var err error
			if m, err = c.Send(ctx, to, messaging.Draft{Text: fmt.Sprint(prefix, " ", n)}); err != nil {
				return err
			}
			if err := p.object(map[string]string{"accepted": m.ID(), "text": m.Text}); err != nil {
				return err
			}
			n++
		}
		m, err := c.Wait(ctx, m.ID())
		if err != nil {
			return err
		}
		if err := p.object(map[string]string{"accepted": m.ID(), "text": m.Text, "state": string(m.State)}); err != nil {
			return err
		}
	}
}

// child is a command in a process of its own.
type child struct {
	p      *person
	cmd    *exec.Cmd
	lines  chan object // what it prints, one object a line
	errors syncBuffer
}

// start runs a command in a process of its own, which takes nothing of the
// test's environment but where temporary files belong.
func (p *person) start(args ...string) *child {
	p.t.Helper()
	binary, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	c := &child{p: p, cmd: exec.Command(binary, args...), lines: make(chan object)}
	c.cmd.Dir, c.cmd.Stderr = p.dir, &c.errors
	c.cmd.Env = append([]string{programEnv + "=1", "TMPDIR=" + os.TempDir()}, p.environ...)
	if p.stdin != "" {
		c.cmd.Stdin, p.stdin = strings.NewReader(p.stdin), ""
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go c.read(out)
	return c
}

// read hands over whole lines. What stands behind the last one is what the
// process was writing when it was killed.
func (c *child) read(out io.Reader) {
	defer close(c.lines)
	for r := bufio.NewReader(out); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		var o object
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&o); err != nil {
			o = object{"not JSON": line}
		}
		c.lines <- o
	}
}

// killedAfter kills the process once it has printed some lines and then some
// time has passed, or after a second without them, and returns what it
// printed. A process that ends by itself before is fine.
func (c *child) killedAfter(lines int, later time.Duration) (printed []object) {
	kill := func() { _ = c.cmd.Process.Kill() }
	timer := time.AfterFunc(time.Second, kill)
	if lines == 0 {
		timer.Reset(later)
	}
	for o := range c.lines {
		printed = append(printed, o)
		if len(printed) == lines {
			timer.Reset(later)
		}
	}
	timer.Stop()
	_ = c.cmd.Wait()
	return printed
}
