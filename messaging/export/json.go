package export

import (
	"bufio"
	"encoding/json"

	"seance/messaging"
)

// jsonForm is one object a line, exact.
type jsonForm struct {
	encoder *json.Encoder
	object  func(messaging.Message, []string) any
}

func newJSONForm(out *bufio.Writer, o Options) jsonForm {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return jsonForm{e, o.Object}
}

func (jsonForm) begin(Conversation) error { return nil }

func (f jsonForm) message(e entry) error {
	return f.encoder.Encode(f.object(e.Message, e.files))
}

func (jsonForm) end() error { return nil }
