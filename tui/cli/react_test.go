package cli

import (
	"fmt"
	"strings"
	"testing"
)

func TestRepliesReactionsAndDeletions(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, t.TempDir())
	alice, bob, aliceID, bobID := two(t, n)
	alice.ok("send", bobID, "did it pass?")
	question := bob.ok("receive", "--json").object()
	bob.run("send", aliceID, "it did", "--reply-to", "m999").is(4).says("'seance messages CONV --ids' prints their IDs")
	bob.run("react", "me", "last", "🎉").is(4) // nothing was written there
	bob.ok("send", aliceID, "it did", "--reply-to", "last")
	if out := bob.ok("messages", aliceID, "--ids").out; !strings.Contains(out, "["+question.text("id")+"] Alice: did it pass?") {
		t.Errorf("without IDs: %q", out)
	}
	bob.ok("react", aliceID, question.text("id"), ":tada:")
	bob.run("react", aliceID, question.text("id"), "hooray").is(2)
	bob.run("react", aliceID, question.text("id"), ":no_such_emoji:").is(2)
	bob.run("react", aliceID, "m999", "🎉").is(4)
	alice.ok("receive")

	list := alice.ok("messages", bobID, "--json").objects()
	answer := list[len(list)-1]
	if quote := fmt.Sprint(answer["quote"]); answer.text("text") != "it did" || !strings.Contains(quote, "did it pass?") || !strings.Contains(quote, aliceID) {
		t.Errorf("the answer is %v", answer)
	}
	if got, want := fmt.Sprint(list[0]["reactions"]), fmt.Sprintf("[map[author:%s emoji:🎉]]", bobID); got != want {
		t.Errorf("the reactions are %s, want %s", got, want)
	}
	if out := alice.ok("messages", bobID).out; !strings.Contains(out, "did it pass?  [🎉]\n") || !strings.Contains(out, "Bob: > did it pass?\n") || !strings.Contains(out, " it did\n") {
		t.Errorf("people are shown %q", out)
	}
	alice.ok("send", bobID, "soon gone", "--expire", "1d")
	alice.ok("send", bobID, "when it is read", "--expire", "1h:read")
	bob.ok("receive")
	if out := bob.ok("messages", aliceID).out; !strings.Contains(out, "soon gone  [disappears 20") || !strings.Contains(out, "when it is read  [disappears 1h after reading]\n") {
		t.Errorf("people are shown %q", out)
	}
	bob.ok("react", aliceID, question.text("id"), "🎉", "--remove")
	bob.run("unsend", aliceID, question.text("id")).is(2) // it is Alice's
	alice.run("unsend", bobID, list[0].text("id"), "--for-me", "--my-devices").is(2)
	alice.ok("unsend", bobID, list[0].text("id"))
	bob.ok("receive")
	o := bob.ok("messages", aliceID, "--json").objects()[0]
	if o["kind"] != "info" || o["deleted"] != true || o.text("text") != "This message was deleted." || fmt.Sprint(o["reactions"]) != "[]" {
		t.Errorf("after it was deleted it is %v", o)
	}
	if m := bob.ok("messages", aliceID, "--json", "--around", "last", "--limit", "1").object(); m.text("text") != "when it is read" {
		t.Errorf("the last message is %v", m)
	}
	bob.ok("unsend", aliceID, o.text("id"), "--for-me")
	if out := bob.ok("messages", aliceID).out; strings.Contains(out, "deleted") {
		t.Errorf("it is still there: %s", out)
	}
}
