package export

import (
	"io"
	"strings"
	"testing"

	"seance/messaging"
)

// BenchmarkWrite is a message in each form.
func BenchmarkWrite(b *testing.B) {
	for _, f := range []Format{JSON, Text, HTML} {
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			text := strings.Repeat("as long as people make theirs, ", 4)
			c := Conversation{Title: "Alice", Messages: func(yield func(messaging.Message, error) bool) {
				for i := int64(0); b.Loop(); i++ {
					if !yield(message(i, byte(i/3%2), "Alice", text), nil) {
						return
					}
				}
			}}
			if _, err := Write(io.Discard, c, options(f)); err != nil {
				b.Fatal(err)
			}
		})
	}
}
