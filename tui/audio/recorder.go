package audio

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Recording is how far a Recorder is.
type Recording struct {
	Elapsed time.Duration // of sound
	Level   float32       // the loudest sample of late, from 0 to 1
	// Ended is true when nothing more is recorded: after MaxDuration, or since Err.
	Ended bool
	Err   error // ErrNoSound with what to do
}

// Recorder records one voice message. Its methods may be called by any
// goroutine.
type Recorder struct {
	cancel context.CancelFunc
	done   chan struct{}

	mu    sync.Mutex
	taken int64 // samples
	now   Recording
	file  []byte // after done
	ended error  // instead of file
}

// Record begins to record. The Recorder must be stopped or closed; both may be
// done to one that has ended by itself.
func Record(device *Device) *Recorder {
	ctx, cancel := context.WithCancel(context.Background())
	r := &Recorder{cancel: cancel, done: make(chan struct{})}
	go r.run(ctx, device)
	return r
}

// State is how far the recording is.
func (r *Recorder) State() Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// Done is closed when nothing more is recorded.
func (r *Recorder) Done() <-chan struct{} { return r.done }

// Stop ends the recording and gives the file, an m4a as phones make it, and how
// long the sound is. It waits for the end of the last second, at most for two
// seconds. A recording that broke off gives what there is. The error is
// ErrNothingRecorded, or why there is nothing.
func (r *Recorder) Stop() (file []byte, length time.Duration, err error) {
	r.cancel()
	<-r.done
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.file, r.now.Elapsed, r.ended
}

// Close ends the recording; what was recorded is lost, unless Stop was called.
func (r *Recorder) Close() {
	r.cancel()
	<-r.done
}

func (r *Recorder) run(ctx context.Context, device *Device) {
	defer close(r.done)
	var failure error
	file, err := func() (file []byte, err error) {
		defer func() {
			if cause := recover(); cause != nil {
				file, err = nil, fmt.Errorf("internal error: %v", cause)
			}
		}()
		encoder, err := NewEncoder()
		if err != nil {
			return nil, err
		}
		failure = device.record(ctx, encoder, r.level)
		return encoder.File()
	}()
	if errors.Is(err, ErrNothingRecorded) && failure != nil {
		err = failure
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.file, r.ended = file, err
	r.now.Ended, r.now.Err, r.now.Level = true, failure, 0
	if err != nil && !errors.Is(err, ErrNothingRecorded) {
		r.now.Err = err
	}
}

// level is told what was recorded. The level falls slowly, so that it can be
// read.
func (r *Recorder) level(pcm []byte) {
	loudest := float32(0)
	for i := 0; i+1 < len(pcm); i += 2 {
		loudest = max(loudest, loudness(int16(binary.LittleEndian.Uint16(pcm[i:]))))
	}
	length := recordFormat.duration(int64(len(pcm) / 2))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken += int64(len(pcm) / 2)
	r.now.Elapsed = recordFormat.duration(r.taken)
	r.now.Level = max(loudest, r.now.Level*max(0, 1-float32(length)/float32(300*time.Millisecond)))
}
