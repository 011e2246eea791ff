package group

import (
	"fmt"

	"seance/messaging/bencode"
)

// dict is a bencoded dictionary of one message. What is of another type than is asked
// for counts as absent.
type dict map[string]any

func parseDict(b []byte) (dict, error) {
	v, err := bencode.Decode(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	d, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: no dictionary", ErrMalformed)
	}
	return d, nil
}

// bytes is nil if there are none.
func (d dict) bytes(key string) []byte {
	s, ok := d[key].(string)
	if !ok {
		return nil
	}
	return []byte(s)
}

func (d dict) number(key string) (int64, bool) {
	n, ok := d[key].(int64)
	return n, ok
}

// list is a list of byte strings; nil if it is none, or one that is too long.
func (d dict) list(key string) [][]byte {
	values, ok := d[key].([]any)
	if !ok || len(values) > maxRecipients {
		return nil
	}
	list := make([][]byte, len(values))
	for i, v := range values {
		s, ok := v.(string)
		if !ok {
			return nil
		}
		list[i] = []byte(s)
	}
	return list
}
