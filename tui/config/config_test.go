package config

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// write makes a file in a new directory.
func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), Name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestLaterFilesOverride(t *testing.T) {
	missing := filepath.Join(t.TempDir(), Name)
	user := write(t, "passphrase_command = ['pass', 'show', 'seance']\n")
	for name, c := range map[string]struct {
		files []string
		want  []string
	}{
		"none":               {nil, nil},
		"not there":          {[]string{missing, missing}, nil},
		"the user's":         {[]string{user, missing}, []string{"pass", "show", "seance"}},
		"the profile's":      {[]string{user, write(t, "passphrase_command = ['/bin/cat', 'f']")}, []string{"/bin/cat", "f"}},
		"says nothing":       {[]string{user, write(t, "# nothing\n")}, []string{"pass", "show", "seance"}},
		"takes it back":      {[]string{user, write(t, "passphrase_command = []\n")}, []string{}},
		"only the profile's": {[]string{missing, user}, []string{"pass", "show", "seance"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Load(c.files...)
			if err != nil || !slices.Equal([]string(got.PassphraseCommand), c.want) {
				t.Errorf("got %q, %v, want %q", got.PassphraseCommand, err, c.want)
			}
		})
	}
}

func TestMistakesAreTold(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown entry":    {"\n\npasphrase_command = ['x']\n", `, line 3: unknown entry "pasphrase_command"`},
		"unknown table":    {"# a\n[colours]\nred = 1\n", `, line 2: unknown entry "colours"`},
		"a text":           {"\npassphrase_command = 'pass show seance'\n", ", line 2: passphrase_command must be a list of a program"},
		"a number in it":   {"passphrase_command = ['x',\n 1]\n", "line 2: passphrase_command must be a list"},
		"a table":          {"\n[passphrase_command]\nx = 1\n", ", line 2: passphrase_command must be"},
		"a dotted key":     {"passphrase_command.x = 1\n", ", line 1: passphrase_command must be"},
		"twice":            {"passphrase_command = []\npassphrase_command = []\n", ", line 2: "},
		"no TOML":          {"passphrase_command\n", ", line 1: "},
		"no UTF-8":         {"# \xff\n", ", line 1: "},
		"open":             {"\n\npassphrase_command = ['x'", ", line 3: "},
		"no way to read":   {"\nmark_read = 'seen'\n", `, line 2: mark_read: "seen" is none of`},
		"long undo":        {"undo_send = 61\n", ", line 1: undo_send: 61 is not from 0 to 60"},
		"an undo of words": {"undo_send = 'long'\n", ", line 1: undo_send must be a number of seconds"},
		"no name":          {"\npassphrase_command = ['', 'x']\n", ", line 2: passphrase_command: the program has no name"},
		"a relative path":  {"passphrase_command = ['bin/pass']\n", ", line 1: passphrase_command: the program is named by its whole path"},
		"a home directory": {"\n\n\"passphrase_command\" = ['~/bin/pass']\n", ", line 3: passphrase_command: the program is named"},
		"a zero byte":      {"passphrase_command = [\"x\", \"\\u0000\"]\n", ", line 1: passphrase_command: "},
		"a viewer as text": {"\nviewer = 'feh -F'\n", ", line 2: viewer must be a list of a program"},
		"a viewer nowhere": {"viewer = ['./feh']\n", ", line 1: viewer: the program is named by its whole path"},
		"other images":     {"# a\nimages = 'on'\n", `, line 2: images: "on" is neither "auto" nor "off"`},
		"images as a flag": {"images = false\n", `, line 1: images must be "auto" or "off"`},
		"a proxy of words": {"\nproxy = 'tor'\n", ", line 2: proxy: it begins with http://, https:// or socks5://"},
		"a proxy nowhere":  {"proxy = 'socks5://'\n", ", line 1: proxy: it begins with"},
		"another proxy":    {"proxy = 'ftp://user:secret@host'\n", ", line 1: proxy: it begins with"},
		"too large":        {"#" + strings.Repeat("x", maxSize), "larger than"},
	} {
		t.Run(name, func(t *testing.T) {
			file := write(t, c.text)
			_, err := Load(file)
			if err == nil || !strings.HasPrefix(err.Error(), file) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("err = %v, want %q", err, c.want)
			}
			if strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "secret") {
				t.Errorf("more than one line, or too much: %q", err)
			}
		})
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("a directory was read")
	}
}

// Every entry must say what it is, for whoever writes something else.
func TestEveryEntryIsDescribed(t *testing.T) {
	for field := range reflect.TypeFor[Config]().Fields() {
		entry := field.Tag.Get("toml")
		_, err := parse("F", []byte(entry+" = 1979-05-27T07:32:00\n"))
		if want := "F, line 1: " + entry + " must be " + field.Tag.Get("is"); err == nil || err.Error() != want || field.Tag.Get("is") == "" {
			t.Errorf("err = %v", err)
		}
	}
}

func TestCommandsOfOthersAreRefused(t *testing.T) {
	const command = "\npassphrase_command = ['x']\n"
	for name, c := range map[string]struct {
		text      string
		file, dir os.FileMode
		want      string
	}{
		"readable by all":             {command, 0o644, 0o755, ""},
		"writable by the group":       {command, 0o664, 0o755, "line 2: passphrase_command is not taken from here: the file can be written by others"},
		"writable by all":             {command, 0o646, 0o700, "the file can be written"},
		"a viewer":                    {"\n\nviewer = ['x']\n", 0o664, 0o755, "line 3: viewer is not taken from here: the file can be written by others"},
		"in a directory of the group": {command, 0o600, 0o770, "the directory"},
		"in a directory for all":      {command, 0o600, 0o777 | os.ModeSticky, "the directory"},
		"without a command":           {"passphrase_command = []\n", 0o666, 0o777, ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := write(t, c.text)
			link := filepath.Join(t.TempDir(), Name)
			if err := os.Symlink(file, link); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, c.file); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(filepath.Dir(file), c.dir); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{file, link} {
				_, err := Load(name)
				if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
					t.Errorf("err = %v, want %q", err, c.want)
				}
			}
		})
	}
}

func TestFilesOfSomebodyElseAreRefused(t *testing.T) {
	file := write(t, "passphrase_command = ['x']\n")
	if err := os.Chown(file, os.Geteuid()+12345, -1); err != nil {
		t.Skip("only root gives files away:", err)
	}
	if _, err := Load(file); err == nil || !strings.Contains(err.Error(), "belongs to somebody else") {
		t.Errorf("err = %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"passphrase_command = ['pass', \"show\"]\n", "[passphrase_command]\n[passphrase_command.x]\n", "[[passphrase_command]]",
		"viewer = ['x']\npassphrase_command = []\nimages = 'off'", "[viewer]\nimages = 1",
		"passphrase_command = ['x', 1, {a = []}]", "a.b.c = 1979-05-27T07:32:00Z", "\"\\u0000\" = '''\n'''", "passphrase_command.0 = 1", "Viewer = ['x']",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parse("F", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "F") || strings.ContainsAny(err.Error(), "\n") {
				t.Errorf("the error is %q", err)
			}
			return
		}
		commands := map[string]Command{"passphrase_command": c.PassphraseCommand, "viewer": c.Viewer}
		for entry, command := range commands {
			if len(command) > 0 && (lineOf(text, entry) == 0 || command[0] == "" || c.runs() == "") {
				t.Errorf("%s is %q, on line %d, and %q runs", entry, command, lineOf(text, entry), c.runs())
			}
		}
		if entry := c.runs(); entry != "" && len(commands[entry]) == 0 {
			t.Errorf("%s runs, and is empty", entry)
		}
		// Over others, it says the same.
		old := Command{"old", "one", "of", "many", "words"}
		over := Config{PassphraseCommand: slices.Clone(old), Viewer: slices.Clone(old)}
		err = decode(text, &over)
		for i, pair := range [][2]Command{{c.PassphraseCommand, over.PassphraseCommand}, {c.Viewer, over.Viewer}} {
			if err != nil || len(pair[0]) > 0 && !slices.Equal(pair[0], pair[1]) {
				t.Errorf("command %d: alone %q, over another %q, %v", i, pair[0], pair[1], err)
			}
		}
	})
}
