package process

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// child, in the environment, makes the test program protect itself and tell
// how it is then.
const child = "SEANCE_TEST_PROTECT"

func TestProtect(t *testing.T) {
	if os.Getenv(child) != "" {
		Protect()
		dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
		var core unix.Rlimit
		if err == nil {
			err = unix.Getrlimit(unix.RLIMIT_CORE, &core)
		}
		// What is in one's own /dev/fd must still be read: so do shells hand files over.
		in, opened := os.ReadFile("/dev/stdin")
		t.Log("RESULT", dumpable, core.Cur, core.Max, err, string(in), opened)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestProtect$", "-test.v")
	cmd.Env = append(os.Environ(), child+"=1")
	cmd.Stdin = strings.NewReader("hello")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "RESULT 0 0 0 <nil> hello <nil>") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestDescriptor(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString("secret"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if _, err := Descriptor(int(r.Fd())); err == nil {
		t.Error("a descriptor that this process opened itself was taken for one that it was started with")
	}
	fd, err := unix.Dup(int(r.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	in, err := Descriptor(fd)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(in); err != nil || string(text) != "secret" {
		t.Errorf("read %q, %v", text, err)
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Descriptor(fd); err == nil {
		t.Errorf("descriptor %d was opened twice", fd)
	}
}
