package secret

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestNothingPrintsIt(t *testing.T) {
	s := New([]byte("hunter2"))
	holder := struct {
		Name   string
		Key    Bytes
		hidden Bytes
		nested *struct{ key Bytes }
	}{"a", s, s, &struct{ key Bytes }{s}}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", s, "holder", holder)
	encoded, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	outputs := map[string]string{"log": log.String(), "json": string(encoded)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		outputs[verb] = fmt.Sprintf(verb+verb, holder, &holder)
	}
	for how, out := range outputs {
		for _, leak := range []string{"hunter2", "68756e7465723", "104 117", "aHVudGVyMg"} {
			if strings.Contains(out, leak) {
				t.Errorf("%s shows the secret: %s", how, out)
			}
		}
	}
}

func TestWipeAndEqual(t *testing.T) {
	a, b := Clone([]byte{1, 2, 3}), Clone([]byte{1, 2, 3})
	if !a.Equal(b) || a.Equal(Clone([]byte{1, 2})) || a.Equal(Clone([]byte{1, 2, 4})) {
		t.Error("Equal is wrong")
	}
	a.Wipe()
	if !bytes.Equal(a.Expose(), make([]byte, 3)) {
		t.Error("Wipe left the secret")
	}
	if a.Equal(b) {
		t.Error("Wipe reached the copy")
	}
	if zero := (Bytes{}); zero.Len() != 0 || zero.Expose() != nil || zero.Equal(b) {
		t.Error("the zero value is not empty")
	}
}
