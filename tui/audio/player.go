package audio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Phase is what a Player is doing.
type Phase int

// A Player that is Ended can be played again: from the beginning, or from where
// it is sought to.
const (
	Playing Phase = iota
	Paused
	Ended
)

// State is where a Player is.
type State struct {
	Phase    Phase
	Position time.Duration // of the sound, whatever the speed
	Duration time.Duration
	Speed    float64
	// Err is why the sound ended: ErrNoSound with what to do, ErrDamaged. nil: at
	// its end.
	Err error
}

// Speeds are those that make sense for speech.
var speeds = [...]float64{1, 1.5, 2}

// NextSpeed is the speed after one: 1, 1.5, 2, and 1 again.
func NextSpeed(speed float64) float64 {
	for _, s := range speeds {
		if s > speed {
			return s
		}
	}
	return speeds[0]
}

// Player plays one sound. Its methods return at once, and what they ask for
// happens soon after; they may be called by any goroutine.
type Player struct {
	device *Device
	clip   *Clip
	cancel context.CancelFunc
	wake   chan struct{} // something was asked for
	told   chan struct{}
	done   chan struct{}

	mu    sync.Mutex
	turn  int // counts what was asked for, so that news of what was before are known as old
	phase Phase
	base  time.Duration // the position at since, or without since
	since time.Time     // since when it is heard; zero: not yet
	speed float64
	err   error
}

// Play begins to play. The Player must be closed.
func Play(device *Device, clip *Clip) *Player {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Player{
		device: device, clip: clip, cancel: cancel, speed: 1,
		wake: make(chan struct{}, 1), told: make(chan struct{}, 1), done: make(chan struct{}),
	}
	go p.run(ctx)
	return p
}

// State is where the Player is now. Position moves on without a word.
func (p *Player) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return State{p.phase, p.position(), p.clip.Duration(), p.speed, p.err}
}

// Changed receives when the Phase has changed by itself: the sound has begun to
// be heard, or has ended. It is never closed.
func (p *Player) Changed() <-chan struct{} { return p.told }

// Pause stops at the position where it is.
func (p *Player) Pause() {
	p.change(func() {
		if p.phase == Playing {
			p.phase = Paused
		}
	})
}

// Resume plays on, from the beginning if the sound has ended.
func (p *Player) Resume() {
	p.change(func() {
		if p.phase == Ended && p.base >= p.clip.Duration() {
			p.base = 0
		}
		p.phase, p.err = Playing, nil
	})
}

// Seek goes to a position, and plays on if it was playing. One outside of the
// sound is its beginning or its end. A sound that has ended is paused there.
func (p *Player) Seek(position time.Duration) {
	p.change(func() {
		p.base = min(max(position, 0), p.clip.Duration())
		if p.phase == Ended {
			p.phase, p.err = Paused, nil
		}
	})
}

// SetSpeed plays on faster or slower, from half to three times the speed. Voices
// keep their pitch.
func (p *Player) SetSpeed(speed float64) {
	p.change(func() { p.speed = min(max(speed, 0.5), 3) })
}

// Close ends the Player and waits until nothing is heard any more: at most two
// seconds, as a rule not at all.
func (p *Player) Close() {
	p.cancel()
	<-p.done
}

// position needs the lock.
func (p *Player) position() time.Duration {
	if p.phase != Playing || p.since.IsZero() {
		return p.base
	}
	return min(p.base+time.Duration(float64(time.Since(p.since))*p.speed), p.clip.Duration())
}

func (p *Player) change(do func()) {
	p.mu.Lock()
	p.base, p.since = p.position(), time.Time{}
	p.turn++
	do()
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// tell needs no lock.
func (p *Player) tell() {
	select {
	case p.told <- struct{}{}:
	default:
	}
}

func (p *Player) run(ctx context.Context) {
	defer close(p.done)
	for ctx.Err() == nil {
		p.mu.Lock()
		turn, phase, from, speed := p.turn, p.phase, p.base, p.speed
		p.mu.Unlock()
		if phase == Playing {
			p.once(ctx, turn, from, speed)
			continue
		}
		select {
		case <-ctx.Done():
		case <-p.wake:
		}
	}
}

// once plays until the end of the sound, or until something else is asked for.
func (p *Player) once(ctx context.Context, turn int, from time.Duration, speed float64) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		defer func() {
			if cause := recover(); cause != nil {
				ended <- fmt.Errorf("internal error: %v", cause)
			}
		}()
		ended <- p.device.play(ctx, p.clip.format, func() io.Reader {
			return stretched(p.clip.PCM(from), p.clip.format, speed)
		}, func() { p.heard(turn) })
	}()
	select {
	case err := <-ended:
		p.ended(turn, err)
	case <-p.wake:
		stop()
		<-ended
	case <-ctx.Done():
		<-ended
	}
}

// heard starts the clock.
func (p *Player) heard(turn int) {
	p.mu.Lock()
	if current := p.turn == turn; current {
		p.since = time.Now()
	}
	p.mu.Unlock()
	p.tell()
}

func (p *Player) ended(turn int, err error) {
	p.mu.Lock()
	if p.turn == turn && !errors.Is(err, context.Canceled) {
		p.base, p.err = p.position(), err
		if err == nil {
			p.base = p.clip.Duration()
		}
		p.phase, p.since = Ended, time.Time{}
		p.turn++
	}
	p.mu.Unlock()
	p.tell()
}
