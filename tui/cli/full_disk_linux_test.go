package cli

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// ownMountsEnv tells the test that it may mount what it wants.
const ownMountsEnv = "SEANCE_TEST_OWN_MOUNTS"

// inOwnMounts runs a test in a process with a view of its own of the file
// system, where the system allows that.
func inOwnMounts(t *testing.T, test func(*testing.T)) {
	if os.Getenv(ownMountsEnv) != "" {
		if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
			t.Skip("nothing can be mounted here:", err)
		}
		test(t)
		return
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), ownMountsEnv+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	var exited *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &exited):
		t.Skip("nothing can be mounted here:", err)
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("%s", out)
	}
}

// TestAFullDisk uses a profile on a disk with less and less room. Every command
// succeeds or says that the disk is full, what succeeded is kept, and once there
// is room nothing is missing.
func TestAFullDisk(t *testing.T) {
	inOwnMounts(t, func(t *testing.T) {
		n := newNetwork(t, t.TempDir())
		alice, bob, aliceID, bobID := two(t, n)
		disk := t.TempDir()
		if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size=4m"); err != nil {
			t.Skip("nothing can be mounted here:", err)
		}
		t.Cleanup(func() { _ = unix.Unmount(disk, unix.MNT_DETACH) })
		if err := os.CopyFS(disk, os.DirFS(alice.dir)); err != nil {
			t.Fatal(err)
		}
		alice.dir, alice.environ = disk, append(alice.environ, "HOME="+disk)
		alice.ok("send", bobID, "hello")

		var byBob, printed []string
		full, done := 0, 0
		try := func(args ...string) result {
			r := alice.run(args...)
			switch {
			case r.status == statusDone:
				done++
			case r.status == statusFailed && strings.Contains(r.errors, "the disk is full"):
				full++
			case r.status == statusOffline && args[0] == "send": // kept, and not known to be sent
			default:
				t.Errorf("%q exited with %d: %s", args, r.status, r.errors)
			}
			return r
		}
		long := strings.Repeat(" and so on", 150)
		for i, room := range []int{0, 24, 36, 48, 64, 100, 160, 300} {
			byBob = append(byBob, fmt.Sprint("bob ", i, long))
			bob.ok("send", aliceID, byBob[i])
			ballast := fillDisk(t, disk, room<<10)
			printed = append(printed, texts(try("receive", "--json").objects())...)
			try("send", bobID, fmt.Sprint("alice ", i, long), "--timeout", "2s")
			try("messages", bobID)
			try("conversations")
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			printed = append(printed, texts(alice.ok("receive", "--json").objects())...)
		}
		if full < 5 || done < 5 {
			t.Errorf("%d commands found the disk full, %d did not", full, done)
		}
		// That something was printed can't be kept either, so it may be again.
		if printed = slices.Compact(printed); !slices.Equal(printed, byBob) {
			t.Errorf("%d messages were printed of %d that arrived", len(printed), len(byBob))
		}
		sound(t, alice.profile())
		bob.ok("receive")
		out, in, _ := alice.history(bobID)
		_, arrived, _ := bob.history(aliceID)
		if len(in) != len(byBob) || len(out) != len(arrived) {
			t.Errorf("%d messages of %d are there; of %d written there arrived %d", len(in), len(byBob), len(out), len(arrived))
		}
		for text, m := range out {
			if m["state"] != "sent" || arrived[text] == nil {
				t.Errorf("%.20q is %v", text, m["state"])
			}
		}
		t.Logf("%d commands found the disk full, %d did not", full, done)
	})
}

// fillDisk leaves so many bytes free.
func fillDisk(t *testing.T, dir string, room int) (ballast string) {
	t.Helper()
	ballast = filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(page)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err == nil {
		err = f.Truncate(info.Size() - int64(room))
	}
	if err != nil {
		t.Fatal(err)
	}
	return ballast
}
