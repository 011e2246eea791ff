package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"seance/messaging"
	"seance/tui/render"
)

func TestFilesOnTheCommandLine(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	alice, bob, aliceID, bobID := two(t, n)
	alice.write("empty", "")
	alice.write("notes.txt", "what I read")
	sound, err := os.ReadFile("../audio/testdata/ios.m4a")
	if err != nil {
		t.Fatal(err)
	}
	alice.write("hello.m4a", string(sound))
	alice.write("no.m4a", "no sound, but called one")
	if err := os.Truncate(filepath.Join(alice.dir, "notes.txt"), 11); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(alice.dir, "large")
	alice.write("large", "x")
	if err := os.Truncate(large, messaging.MaxFile+1); err != nil {
		t.Fatal(err)
	}
	for name, says := range map[string]string{
		"empty": "empty", "none": "no file none", "large": "10000001 bytes", ".": "directory",
	} {
		alice.run("send", bobID, "--file", name).is(1).says(says)
	}
	alice.run("send", bobID).is(2).says("nothing to send")
	alice.run("send", bobID, "--voice", "no.m4a").is(1).says("no.m4a cannot be sent as a voice message: use AAC in m4a, or mp3")
	alice.write("a.dng", "II*\x00N 52.5")
	alice.run("send", bobID, "--file", "a.dng").is(2).says("a.dng may tell where and when it was taken").says("--as-is")
	alice.run("messages", bobID).is(4) // nothing was sent

	alice.ok("send", bobID, "--file", "notes.txt", "--file", filepath.Join(alice.dir, "notes.txt"), "--voice", "hello.m4a")
	m := bob.ok("receive", "--json").object()
	files, _ := m["attachments"].([]any)
	if m["text"] != "" || len(files) != 3 {
		t.Fatalf("Bob received %v", m)
	}
	for i, want := range []object{
		{"name": "notes.txt", "size": json.Number("11"), "voice": false}, {"name": "notes.txt"}, {"name": "hello.m4a", "voice": true},
	} {
		got := files[i].(map[string]any)
		want["index"], want["state"] = json.Number(strconv.Itoa(i)), "remote"
		for field, value := range want {
			if got[field] != value {
				t.Errorf("file %d: %s is %v, want %v", i, field, got[field], value)
			}
		}
	}

	id := m.text("id")
	bob.run("download", aliceID, "m9999").is(4)
	saved := bob.ok("download", aliceID, id, "--out", "in/there", "--json").objects()
	for i, name := range []string{"notes.txt", "notes (2).txt", "hello.m4a"} {
		path := filepath.Join(bob.dir, "in", "there", name)
		if o := saved[i]; o["name"] != name || o["path"] != path {
			t.Errorf("file %d is %v", i, o)
		}
		if b, err := os.ReadFile(path); err != nil || i < 2 && string(b) != "what I read" {
			t.Errorf("%s holds %q, %v", name, b, err)
		}
	}
	if out := bob.ok("messages", aliceID).out; !strings.Contains(out, "[notes.txt  11 B] [notes.txt  11 B] [voice message hello.m4a  "+render.Bytes(int64(len(sound)))+"]") {
		t.Errorf("people are shown %q", out)
	}
	if out := bob.ok("download", aliceID, id).out; !strings.Contains(out, filepath.Join(bob.dir, "notes.txt")+"  11 B") {
		t.Errorf("people are told %q", out)
	}
	if got := bob.ok("messages", aliceID, "--json").object(); !strings.Contains(fmt.Sprint(got["attachments"]), "state:local") {
		t.Errorf("what was downloaded is %v", got["attachments"])
	}
	alice.ok("send", bobID, "--file", "a.dng", "--as-is")
	bob.ok("send", aliceID, "thanks")
	bob.run("download", aliceID, bob.ok("messages", aliceID, "--json", "--limit", "1").object().text("id")).is(2).says("no files")
}

// Files of 1 to 10,000,000 bytes arrive as they were, both ways; what is there
// for one is let go of before the next.
func TestManyFiles(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	alice, bob, aliceID, bobID := two(t, n)
	sizes := []int{1, 4096, 1_000_001}
	if os.Getenv("SEANCE_LONG") != "" {
		sizes = nil
		for i := range 50 { // a tenth more each time, from 1 to the most
			sizes = append(sizes, 1+int(float64(messaging.MaxFile-1)*float64(i*i*i)/(49*49*49)))
		}
	} else if !testing.Short() {
		sizes = append(sizes, messaging.MaxFile)
	}
	var least, most, peak uint64
	for i, size := range sizes {
		for _, way := range []struct {
			from, to   *person
			fromID, ID string
		}{{alice, bob, aliceID, bobID}, {bob, alice, bobID, aliceID}} {
			data := make([]byte, size)
			_, _ = rand.NewChaCha8([32]byte{byte(i)}).Read(data)
			way.from.write("file", string(data))
			way.from.ok("send", way.ID, "--file", "file", "--timeout", "2m")
			list := way.to.ok("receive", "--json", "--timeout", "1m").objects()
			m := list[len(list)-1]
			o := way.to.ok("download", way.fromID, m.text("id"), "--out", "in", "--json").object()
			if got, err := os.ReadFile(o.text("path")); err != nil || !bytes.Equal(got, data) {
				t.Fatalf("%d bytes became %d, %v", size, len(got), err)
			}
		}
		runtime.GC()
		var mem runtime.MemStats
		runtime.ReadMemStats(&mem)
		if least == 0 || mem.HeapAlloc < least {
			least = mem.HeapAlloc
		}
		most, peak = max(most, mem.HeapAlloc), max(peak, mem.HeapSys-mem.HeapReleased)
	}
	if sum := most - least; sum > 8*messaging.MaxFile {
		t.Errorf("%d MB are held on to", sum>>20)
	}
	t.Logf("%d files each way; heap between them %d to %d MB, at most %d MB were taken for it", len(sizes), least>>20, most>>20, peak>>20)
}
