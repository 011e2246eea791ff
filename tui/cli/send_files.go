package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"seance/messaging"
	"seance/tui/audio"
)

// filesToSend reads the files of a message, all before anything is sent.
func (p *program) filesToSend(files []string, voice string) ([]messaging.File, error) {
	if n := len(files); n > messaging.MaxFiles {
		return nil, usagef("a message has at most %d files, not %d", messaging.MaxFiles, n)
	}
	var list []messaging.File
	for _, name := range files {
		f, err := p.fileToSend(name)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	if voice != "" {
		f, err := p.voiceToSend(voice)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
}

// voiceToSend reads a voice message, which others have to be able to play.
func (p *program) voiceToSend(name string) (messaging.File, error) {
	f, err := p.fileToSend(name)
	if err != nil {
		return f, err
	}
	data, err := io.ReadAll(f.Content)
	if err != nil {
		return f, fmt.Errorf("the file cannot be read: %w", err)
	}
	f.Content, f.Voice = bytes.NewReader(data), true
	clip, err := audio.Open(data)
	switch {
	case errors.Is(err, audio.ErrFormat):
		return f, fmt.Errorf("%s cannot be sent as a voice message: use AAC in m4a, or mp3; --file sends it as a file", name)
	case err != nil:
		return f, err
	case !clip.Whole():
		return f, fmt.Errorf("%s is longer than 5 minutes, which is the most that a voice message has; --file sends it as a file", name)
	}
	return f, nil
}

// fileToSend reads a file, so that it is known to be whole when the message is.
func (p *program) fileToSend(name string) (messaging.File, error) {
	f, err := os.Open(p.path(name))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return messaging.File{}, fmt.Errorf("there is no file %s", name)
		}
		return messaging.File{}, fmt.Errorf("the file cannot be read: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return messaging.File{}, fmt.Errorf("the file cannot be read: %w", err)
	case info.IsDir():
		return messaging.File{}, fmt.Errorf("%s is a directory, and only files can be sent", name)
	case info.Size() > messaging.MaxFile:
		return messaging.File{}, fmt.Errorf("%s has %d bytes, and a file that is sent has at most %d", name, info.Size(), messaging.MaxFile)
	}
	var data bytes.Buffer
	data.Grow(int(info.Size()) + bytes.MinRead)
	_, err = data.ReadFrom(io.LimitReader(f, messaging.MaxFile+1))
	switch {
	case err != nil:
		return messaging.File{}, fmt.Errorf("the file cannot be read: %w", err)
	case data.Len() == 0:
		return messaging.File{}, fmt.Errorf("%s is empty, and the apps cannot receive an empty file", name)
	}
	return messaging.File{Name: filepath.Base(name), Content: &data}, nil
}
