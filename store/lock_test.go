package store

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// helperEnv makes the test binary a second process that does one thing with a
// profile, prints what came of it, and waits for the end of its input.
const helperEnv = "STORE_TEST_HELPER"

func TestMain(m *testing.M) {
	var err error
	action, dir, _ := strings.Cut(os.Getenv(helperEnv), ":")
	action, told := strings.CutPrefix(action, "+")
	if told { // that it begins
		os.Stdout.WriteString("\n")
	}
	switch action {
	case "lock":
		_, err = LockProfile(dir, "seance receive")
	case "write":
		err = writeForever(dir)
	case "look":
		err = lookForever(dir)
	case "rekey":
		err = rekeyForever(dir)
	case "restore":
		err = restoreForever(dir)
	case "open":
		_, err = Open(context.Background(), dir, Options{})
	default:
		os.Exit(m.Run())
	}
	if errors.Is(err, ErrDenied) {
		os.Stdout.WriteString("denied: ")
	}
	if err != nil {
		os.Stdout.WriteString(err.Error())
	}
	os.Stdout.WriteString("\n")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// helper starts the second process and reads its line. end ends it.
func helper(t *testing.T, binary, action, dir string, attr *syscall.SysProcAttr) (line string, end func()) {
	t.Helper()
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), helperEnv+"="+action+":"+dir)
	cmd.SysProcAttr = attr
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	end = func() {
		if !ended {
			ended = true
			in.Close()
			_ = cmd.Wait()
		}
	}
	t.Cleanup(end)
	line, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line), end
}

func TestALockNamesItsHolder(t *testing.T) {
	dir := t.TempDir()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	line, end := helper(t, binary, "lock", dir, nil)
	if line != "" {
		t.Fatal(line)
	}
	_, err = LockProfile(dir, "seance send")
	var locked *LockedError
	if !errors.As(err, &locked) || locked.What != "seance receive" || locked.PID == 0 || locked.PID == os.Getpid() {
		t.Fatalf("LockProfile: %v", err)
	}
	if !strings.Contains(err.Error(), "seance receive (process ") {
		t.Errorf("%v", err)
	}
	end()
	lock, err := LockProfile(dir, "seance send") // the process is gone, and its lock with it
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LockProfile(dir, "again"); !errors.As(err, &locked) || locked.PID != os.Getpid() || locked.What != "seance send" {
		t.Errorf("twice in one process: %v", err)
	}
	if line, _ := helper(t, binary, "lock", dir, nil); !strings.Contains(line, "seance send (process ") {
		t.Errorf("the other process got %q", line)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if lock, err = LockProfile(dir, "again"); err != nil {
		t.Fatal(err)
	}
	lock.Unlock()
}

// Between fork and exec a process has all files of its parent.
func TestALockEndsThoughAnotherProcessHasTheFile(t *testing.T) {
	dir := t.TempDir()
	lock, err := LockProfile(dir, "seance send")
	if err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Dup(int(lock.file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if lock, err = LockProfile(dir, "seance receive"); err != nil {
		t.Fatal(err)
	}
	if err := lock.Unlock(); err != nil {
		t.Error(err)
	}
}

// Root may write everywhere, so the second process is somebody else.
func TestAProfileThatCannotBeWritten(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become somebody else")
	}
	base, err := os.MkdirTemp("", "") // others can get here, unlike t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(base, "test")
	if err := errors.Join(os.Chmod(base, 0o755), os.WriteFile(binary, program, 0o755)); err != nil {
		t.Fatal(err)
	}
	nobody := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	profile := filepath.Join(base, "profile")
	openTest(t, profile).Close()
	for what, dir := range map[string]string{"unreadable": profile, "read-only": base} {
		if line, _ := helper(t, binary, "open", filepath.Join(dir, "x"), nobody); !strings.HasPrefix(line, "denied: ") {
			t.Errorf("%s: %q", what, line)
		}
		if line, _ := helper(t, binary, "lock", filepath.Join(dir, "x"), nobody); !strings.HasPrefix(line, "denied: ") {
			t.Errorf("%s, locked: %q", what, line)
		}
	}
	// A profile that can be read and not written.
	if err := errors.Join(os.Chmod(profile, 0o755), os.Chmod(filepath.Join(profile, fileName), 0o644)); err != nil {
		t.Fatal(err)
	}
	if line, _ := helper(t, binary, "open", profile, nobody); !strings.HasPrefix(line, "denied: ") {
		t.Errorf("read-only profile: %q", line)
	}
}
