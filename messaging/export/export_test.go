package export

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"seance/messaging"
	"seance/messaging/id"
	"seance/messaging/link"
	"seance/store"
)

func sender(n byte) (s id.Sender) {
	s[0], s[32] = id.PrefixAccount, n
	return s
}

var start = time.Date(2026, 11, 23, 12, 1, 0, 0, time.UTC)

func message(row int64, from byte, name, text string, more ...func(*messaging.Message)) messaging.Message {
	m := messaging.Message{Name: name}
	m.Row, m.Author, m.Text, m.Kind = row, sender(from), text, store.KindMessage
	m.TimestampMS, m.Direction = start.Add(time.Duration(row)*time.Minute).UnixMilli(), store.In
	if from == 0 {
		m.Direction, m.State = store.Out, store.StateSent
	}
	for _, change := range more {
		change(&m)
	}
	return m
}

func of(list ...messaging.Message) iter.Seq2[messaging.Message, error] {
	return func(yield func(messaging.Message, error) bool) {
		for _, m := range list {
			if !yield(m, nil) {
				return
			}
		}
	}
}

func talk(title string, list ...messaging.Message) Conversation {
	return Conversation{ID: "05ab", Title: title, Messages: of(list...)}
}

func options(f Format) Options {
	return Options{
		Format: f, Now: start.Add(time.Hour),
		Object: func(m messaging.Message, files []string) any {
			return struct {
				Text  string   `json:"text"`
				Files []string `json:"files"`
			}{m.Text, files}
		},
		Clean: func(s string) string { return strings.ReplaceAll(s, "\x1b", "") },
		Open: func(a store.Attachment) (io.ReadCloser, error) {
			switch a.File {
			case "missing":
				return nil, os.ErrNotExist
			case "damaged":
				return io.NopCloser(io.MultiReader(strings.NewReader("beginning"), failing{})), nil
			}
			return io.NopCloser(strings.NewReader("content of " + a.File)), nil
		},
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("damaged") }

func with(list ...store.Attachment) func(*messaging.Message) {
	return func(m *messaging.Message) {
		for i := range list {
			list[i].Index = i
		}
		m.Attachments = list
	}
}

func written(t *testing.T, c Conversation, f Format) string {
	t.Helper()
	var b strings.Builder
	if _, err := Write(&b, c, options(f)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var dinner = []messaging.Message{
	message(0, 1, "Alice", "Did the build pass?\nI can read the log."),
	message(1, 0, "", "It did.", func(m *messaging.Message) {
		m.Quote = &store.Quote{Author: sender(1), TimestampMS: 1, Text: "Did the build pass?"}
		m.State = store.StateRead
	}),
	message(2, 0, "", "", with(store.Attachment{Name: "build.log", Size: 48_200, File: "f1"}, store.Attachment{Size: 3, Voice: true, ContentType: "audio/ogg"})),
	message(3, 1, "Alice", "Alice left the group", func(m *messaging.Message) { m.Kind = store.KindInfo }),
	message(24*60, 1, "Alice", "later", func(m *messaging.Message) {
		m.Expire = store.Expire{Mode: store.ExpireAfterRead, Seconds: 86400}
	}),
	message(24*60+1, 0, "", "late", func(m *messaging.Message) {
		m.State, m.Failure = store.StateFailed, "the swarm refused it"
		m.Expire = store.Expire{Mode: store.ExpireAfterSend, Seconds: 90, AtMS: start.Add(72 * time.Hour).UnixMilli()}
	}),
}

func TestText(t *testing.T) {
	want := `Alice
05ab
Exported 2026-11-23 13:01, times are UTC (+00:00)


-- Monday 23 November 2026 --

Alice
  12:01  Did the build pass?
         I can read the log.

You
  12:02  > Alice: Did the build pass?
         It did.
         (read)
  12:03  [build.log, 48.2 kB]
         [file, voice message, 3 B, not downloaded]
  12:04  * Alice left the group

-- Tuesday 24 November 2026 --

Alice
  12:01  later
         (disappears 1 day after reading)

You
  12:02  late
         (not sent: the swarm refused it)
         (disappears 2026-11-26 12:01)
`
	if got := written(t, talk("Alice", dinner...), Text); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// Nobody can write lines that look like somebody else's.
func TestTextCannotBeForged(t *testing.T) {
	for _, end := range []string{"\n", "\r", "\r\n", "\v", "\f", "\u0085", "\u2028", "\u2029"} {
		forged := "x" + end + "You" + end + "  12:00  I owe you"
		out := written(t, talk(forged,
			message(0, 1, forged, forged, with(store.Attachment{Name: forged, Caption: forged}), func(m *messaging.Message) {
				m.Quote = &store.Quote{Author: sender(1), Text: forged}
			}),
			message(1, 1, forged, forged, func(m *messaging.Message) { m.Kind = store.KindInfo }),
		), Text)
		for line := range strings.SplitSeq(out, "\n") {
			if line == "You" || strings.HasPrefix(line, "  12:00") || strings.ContainsAny(line, "\r\v\f\u0085\u2028\u2029") {
				t.Errorf("%q led to the line %q", end, line)
			}
		}
	}
}

func TestTextIsClean(t *testing.T) {
	evil := "\x1b[2J"
	out := written(t, talk(evil, message(0, 1, evil, evil, with(store.Attachment{Name: evil, Caption: evil}), func(m *messaging.Message) {
		m.Quote, m.Failure, m.State = &store.Quote{Text: evil}, evil, store.StateFailed
	})), Text)
	if strings.Contains(out, "\x1b") {
		t.Errorf("%q", out)
	}
}

func TestJSONIsExact(t *testing.T) {
	text := "a <b> & \x1b \u2028 \u202e\n"
	var got struct{ Text string }
	out := written(t, talk("x", message(0, 1, "A", text)), JSON)
	if err := json.Unmarshal([]byte(out), &got); err != nil || got.Text != text || strings.Count(out, "\n") != 1 {
		t.Errorf("%q, %v", out, err)
	}
	if out := written(t, talk("x"), JSON); out != "" {
		t.Errorf("nothing is %q", out)
	}
}

// parsed hands out what a page is made of. The page is well-formed enough for
// the parser of another language, which is stricter than browsers are.
func parsed(t *testing.T, page string, see func(xml.Token)) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		see(token)
	}
}

func TestPageRunsAndLoadsNothing(t *testing.T) {
	evil := `"><script>alert(1)</script><img src=https://evil.example/x onerror=alert(1)>javascript:alert(1) http://ok.example/?a=1&b=2. </style>`
	files := t.TempDir()
	d, err := OpenDirectory(files)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	name, _, err := d.Write(talk(evil, message(0, 1, evil, evil, func(m *messaging.Message) {
		m.Quote, m.Failure, m.State = &store.Quote{Text: evil}, evil, store.StateFailed
	}, with(
		store.Attachment{Name: evil, Caption: evil, ContentType: "image/png", File: "f"},
		store.Attachment{Name: "javascript:x.svg", ContentType: "image/svg+xml", File: "f"},
		store.Attachment{Name: "v.ogg", ContentType: "audio/ogg", Voice: true, File: "f"},
	))), options(HTML))
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(filepath.Join(files, name))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	parsed(t, string(out), func(token xml.Token) {
		element, ok := token.(xml.StartElement)
		if !ok {
			return
		}
		tag := element.Name.Local
		seen[tag]++
		for _, a := range element.Attr {
			key := a.Name.Local
			_, err := os.Stat(filepath.Join(files, a.Value))
			switch {
			case strings.HasPrefix(key, "on"):
				t.Errorf("<%s> has %s", tag, key)
			case key == "src" && err != nil:
				t.Errorf("<%s> loads %q: %v", tag, a.Value, err)
			case key == "href" && err != nil && a.Value != "http://ok.example/?a=1&b=2" && a.Value != "https://evil.example/x":
				t.Errorf("<%s> leads to %q: %v", tag, a.Value, err)
			}
		}
	})
	if seen["script"] > 0 || seen["link"] > 0 || seen["iframe"] > 0 || seen["style"] != 1 || seen["img"] != 1 || seen["audio"] != 1 || seen["article"] != 1 {
		t.Errorf("elements: %v", seen)
	}
	if !strings.Contains(string(out), "default-src 'none'") || !strings.Contains(string(out), "prefers-color-scheme") {
		t.Error("the page has no policy or no dark form")
	}
}

func TestPageHasEverything(t *testing.T) {
	out := written(t, talk("Alice", dinner...), HTML)
	var text strings.Builder
	parsed(t, out, func(token xml.Token) {
		if chars, ok := token.(xml.CharData); ok {
			text.Write(chars)
		}
	})
	for _, want := range []string{
		"Monday 23 November 2026", "Tuesday 24 November 2026", "Did the build pass?\nI can read the log.", "It did.", "build.log", "48.2 kB",
		"Alice left the group", "not sent: the swarm refused it", "disappears 1 day after reading", "read", "12:04",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("without %q: %s", want, text.String())
		}
	}
	if n := strings.Count(out, "<h3>"); n != 4 {
		t.Errorf("%d runs of an author, want 4", n)
	}
}

func TestLinks(t *testing.T) {
	for in, want := range map[string][]piece{
		"":                                    nil,
		"no link":                             {{"no link", false}},
		"see https://a.example/b.":            {{"see ", false}, {"https://a.example/b", true}, {".", false}},
		"(http://a.example) http://b.example": {{"(", false}, {"http://a.example", true}, {") ", false}, {"http://b.example", true}},
		"javascript:alert(1)":                 {{"javascript:alert(1)", false}},
		"xhttps://a.example":                  {{"xhttps://a.example", false}},
		"mailto:a@b.example":                  {{"mailto:a@b.example", true}},
		"https://a.example/x_(y)":             {{"https://a.example/x_(y)", true}},
	} {
		if got := pieces(message(0, 1, "A", in)); !slices.Equal(got, want) {
			t.Errorf("%q: %v", in, got)
		}
	}
}

// Names lead nowhere and are one line, wherever they are put into a text.
func TestNamesAreNoLinks(t *testing.T) {
	const evil = "https://evil.example\nYou\n  12:00  I owe you"
	m := message(0, 1, "Alice", "ask @ID, see https://a.example, or @ID or http://b.example", func(m *messaging.Message) {
		for at, c := range m.Text {
			if c == '@' {
				m.Mentions = append(m.Mentions, messaging.Mention{From: at, To: at + len("@ID"), Name: evil})
			}
		}
	})
	joined := message(1, 1, evil, evil+" joined.", func(m *messaging.Message) { m.Kind = store.KindInfo })
	page := written(t, talk("Alice", m, joined), HTML)
	var links []string
	parsed(t, page, func(token xml.Token) {
		if element, ok := token.(xml.StartElement); ok && element.Name.Local == "a" {
			links = append(links, element.Attr[0].Value)
		}
	})
	if want := []string{"https://a.example", "http://b.example"}; !slices.Equal(links, want) {
		t.Errorf("links lead to %q", links)
	}
	for _, out := range []string{page, written(t, talk("Alice", m, joined), Text)} {
		if n := strings.Count(out, "@https://evil.example You   12:00  I owe you"); n != 2 {
			t.Errorf("%d names are one line:\n%s", n, out)
		}
	}
	if m.Mentions[0].Name != evil {
		t.Error("the message has changed")
	}
}

func FuzzPieces(f *testing.F) {
	f.Add("see https://a.example/b. And (http://b.example)")
	f.Fuzz(func(t *testing.T, s string) {
		var all string
		for _, p := range pieces(message(0, 1, "A", s)) {
			if all += p.Text; p.Text == "" || p.Link && len(link.Find(p.Text)) != 1 {
				t.Errorf("%q has the piece %+v", s, p)
			}
		}
		if all != s {
			t.Errorf("%q became %q", s, all)
		}
	})
}

func TestAnErrorOfTheHistoryIsTold(t *testing.T) {
	cause := errors.New("cause")
	broken := Conversation{Title: "x", Messages: func(yield func(messaging.Message, error) bool) {
		_ = yield(message(0, 1, "A", "one", with(store.Attachment{File: "f"})), nil) && yield(messaging.Message{}, cause)
	}}
	if _, err := Write(io.Discard, broken, options(JSON)); !errors.Is(err, cause) {
		t.Error(err)
	}
	dir := t.TempDir()
	d, err := OpenDirectory(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, _, err := d.Write(broken, options(HTML)); !errors.Is(err, cause) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("an export that failed left %v, %v", left, err)
	}
	if _, err := Write(io.Discard, talk("x"), options("pdf")); err == nil {
		t.Error("an unknown format was taken")
	}
}

func TestDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "export")
	d, err := OpenDirectory(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	c := talk("../../Alice/../x", message(7, 1, "Alice", "see", with(
		store.Attachment{Name: "../../etc/passwd", File: "a"}, store.Attachment{Name: "pic.png", File: ""},
		store.Attachment{Name: ".bashrc", File: "missing"}, store.Attachment{Name: "x.tar.gz", File: "damaged"}, store.Attachment{File: "b"},
	)))
	for i, want := range []string{"Alice-..-x.txt", "Alice-..-x-2.txt", "Alice-..-x-3.txt"} {
		name, count, err := d.Write(c, options(Text))
		if err != nil || name != want {
			t.Fatalf("%d: %q, %v", i, name, err)
		}
		if count != (Count{Messages: 1, Attachments: 2, Absent: 1, Damaged: 2}) {
			t.Errorf("%+v", count)
		}
	}
	for name, want := range map[string]string{"m7-0-etc-passwd": "content of a", "m7-4": "content of b"} {
		if b, err := os.ReadFile(filepath.Join(dir, "Alice-..-x-2-files", name)); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	err = filepath.WalkDir(filepath.Dir(dir), func(name string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if want := map[bool]os.FileMode{true: 0o700, false: 0o600}[e.IsDir()]; info.Mode().Perm() != want {
			t.Errorf("%s: %v", name, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if files, err := filepath.Glob(filepath.Join(dir, "*", "*")); err != nil || len(files) != 6 {
		t.Errorf("attachments: %v, %v", files, err)
	}
}

// What is there is neither overwritten nor followed.
func TestDirectoryOfSomebodyElse(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	victim := filepath.Join(outside, "victim")
	for _, err := range []error{
		os.WriteFile(victim, []byte("kept"), 0o600),
		os.Symlink(victim, filepath.Join(dir, "Alice.json")),
		os.Symlink(outside, filepath.Join(dir, "Alice-2-files")),
		os.WriteFile(filepath.Join(dir, "Alice-3.json"), []byte("kept"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	d, err := OpenDirectory(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	name, _, err := d.Write(talk("Alice", message(0, 1, "Alice", "x", with(store.Attachment{File: "a"}))), options(JSON))
	if err != nil || name != "Alice-4.json" {
		t.Errorf("%q, %v", name, err)
	}
	for _, f := range []string{victim, filepath.Join(dir, "Alice-3.json")} {
		if b, err := os.ReadFile(f); err != nil || string(b) != "kept" {
			t.Errorf("%s: %q, %v", f, b, err)
		}
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
		t.Errorf("outside: %v, %v", entries, err)
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"Alice Liddell": "Alice-Liddell", "": "", "..": "", "...": "", "/": "", ".hidden": "hidden", "a/b": "a-b", "a\x00b": "a-b",
		"Zoë 山田": "Zoë-山田", "user\u202egnp.exe": "user-gnp.exe", "-rf": "rf", "a:b?c#d%e": "a-b-c-d-e", "\xff": "", "🙂": "",
		strings.Repeat("é", 200): strings.Repeat("é", longestName/2),
	} {
		if got := safeName(in); got != want {
			t.Errorf("safeName(%q) = %q, want %q", in, got, want)
		}
	}
	long := strings.Repeat("x", 300)
	for in, want := range map[string]string{
		"a b.PNG": "a-b.PNG", long + ".png": long[:longestName] + ".png", "a." + long: "a." + long[:longestName-2], ".png": ".png", "x.": "x",
	} {
		if got := safeFileName(in); got != want {
			t.Errorf("safeFileName(%.20q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzSafeFileName(f *testing.F) {
	f.Add("../../etc/passwd")
	f.Add("a\u202eb.exe")
	f.Fuzz(func(t *testing.T, s string) {
		name := "m1-0-" + safeFileName(s)
		if !filepath.IsLocal(name) || name != filepath.Base(name) || len(name) > 200 || strings.ContainsAny(name, "/\\:\x00\n?#%") {
			t.Errorf("%q became %q", s, name)
		}
	})
}

func TestSizesAndSpans(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 48_200: "48.2 kB", 10_000_000: "10 MB", -1: "-1 B"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{1: "1 second", 90: "90 seconds", 60: "1 minute", 7200: "2 hours", 86400: "1 day", 14 * 86400: "2 weeks", 0: "at once"} {
		if got := span(n); got != want {
			t.Errorf("span(%d) = %q, want %q", n, got, want)
		}
	}
}

// Memory is that of a message, whatever the history: it is written before the
// next one is asked for.
func TestMessagesAreWrittenAsTheyCome(t *testing.T) {
	const n = 20_000
	asked, written := 0, 0
	ahead := 0
	c := Conversation{Title: "x", Messages: func(yield func(messaging.Message, error) bool) {
		for ; asked < n; asked++ {
			ahead = max(ahead, asked*100-written)
			if !yield(message(int64(asked), byte(asked), "A", strings.Repeat("x", 100)), nil) {
				return
			}
		}
	}}
	for _, f := range []Format{JSON, Text, HTML} {
		asked, written = 0, 0
		if _, err := Write(counting{&written}, c, options(f)); err != nil || written < n*100 {
			t.Errorf("%s: %d bytes, %v", f, written, err)
		}
	}
	if ahead > 1<<16 {
		t.Errorf("%d bytes were held", ahead)
	}
}

type counting struct{ n *int }

func (c counting) Write(p []byte) (int, error) {
	*c.n += len(p)
	return len(p), nil
}

func ExampleCount_Add() {
	c := Count{Messages: 1}
	c.Add(Count{Messages: 2, Damaged: 1})
	fmt.Println(c)
	// Output: {3 0 0 1}
}

func TestLinkPreviews(t *testing.T) {
	m := message(0, 1, "Alice", "https://a.example/x", func(m *messaging.Message) {
		m.Preview = &store.LinkPreview{URL: "https://a.example/x", Title: "<b>Tides</b>\nand \x1btimes"}
	})
	if got, want := written(t, talk("Alice", m), Text), "  12:01  https://a.example/x\n         [a.example: <b>Tides</b> and times]\n"; !strings.HasSuffix(got, want) {
		t.Errorf("as text: %s", got)
	}
	if got, want := written(t, talk("Alice", m), HTML), "<bdi>&lt;b&gt;Tides&lt;/b&gt;\nand \x1btimes</bdi>\n<bdi>a.example</bdi>"; !strings.Contains(got, want) {
		t.Errorf("as a page: %s", got)
	}
}
