package devnet

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds a control line.
const maxLine = 4096

// Ready is the line that tells that the network runs.
type Ready struct {
	Ready   bool   `json:"ready"`
	Network string `json:"network"` // the path of the network file
	Seed    string `json:"seed"`    // its URL
	Nodes   int    `json:"nodes"`
	Swarms  int    `json:"swarms"`
}

// Ready describes the running network.
func (d *Devnet) Ready() Ready {
	v := d.registry.View()
	return Ready{Ready: true, Network: d.Path(), Seed: d.seed.url, Nodes: len(v.Nodes), Swarms: len(v.Swarms)}
}

// command is a control line: exactly one of its members.
type command struct {
	Stop  *int `json:"stop"`
	Start *int `json:"start"`
	Add   *int `json:"add"` // how many, 1 at a time
}

// Control carries out the lines it reads, {"stop":I}, {"start":I} or {"add":1},
// until they end. Each is answered by one line: {"stopped":I}, {"started":I},
// {"added":I}, or {"error":"..."}.
func (d *Devnet) Control(in io.Reader, out io.Writer) error {
	r := bufio.NewReaderSize(in, maxLine)
	for {
		line, err := r.ReadSlice('\n')
		var answer any
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = r.ReadSlice('\n')
			}
			answer = map[string]string{"error": "line too long"}
		case len(line) == 0 && err != nil:
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		default:
			answer = d.obey(line)
		}
		b, _ := json.Marshal(answer) // maps of strings and numbers
		if _, err := out.Write(append(b, '\n')); err != nil {
			return err
		}
	}
}

func (d *Devnet) obey(line []byte) any {
	var c command
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	given := 0
	err := decoder.Decode(&c)
	for _, p := range []*int{c.Stop, c.Start, c.Add} {
		if p != nil {
			given++
		}
	}
	if err != nil || given != 1 || decoder.More() || (c.Add != nil && *c.Add != 1) {
		return map[string]string{"error": `a line is {"stop":I}, {"start":I} or {"add":1}`}
	}
	what, i := "added", 0
	switch {
	case c.Stop != nil:
		what, i = "stopped", *c.Stop
		err = d.Stop(i)
	case c.Start != nil:
		what, i = "started", *c.Start
		err = d.Start(i)
	default:
		i, err = d.Add()
	}
	if err != nil {
		return map[string]string{"error": fmt.Sprint(err)}
	}
	return map[string]int{what: i}
}
