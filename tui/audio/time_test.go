package audio

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// room is a loudspeaker and a microphone in a bubble of made-up time: samples
// take as long as they would.
type room struct {
	latency time.Duration // until the first sample is heard
	heard   int           // samples of one channel, of all sounds
	said    []int16       // is said over and over
	fail    error         // instead of playing
}

func (*room) name() string { return "room" }

func (r *room) play(ctx context.Context, f Format, pcm io.Reader, heard func()) error {
	if r.fail != nil {
		return r.fail
	}
	wait := func(d time.Duration) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(d):
			return nil
		}
	}
	if err := wait(r.latency); err != nil {
		return err
	}
	heard()
	for block := make([]byte, f.frame()*int64(f.Rate)/100); ; {
		n, err := io.ReadFull(pcm, block)
		samples := int64(n) / f.frame()
		if wait(f.duration(samples)) != nil {
			return ctx.Err()
		}
		r.heard += int(samples)
		if err != nil {
			return nil
		}
	}
}

func (r *room) record(ctx context.Context, pcm io.Writer) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
			if _, err := pcm.Write(bytesOf(r.said[:recordRate/10])); err != nil {
				return err
			}
		}
	}
}

// playing is a Player of four seconds in a room.
func playing(t *testing.T, r *room) *Player {
	file := encode(t, tone(recordRate, 440, 8000, 4*time.Second))
	return Play(&Device{outputs: []output{r}}, open(t, file))
}

func (p *Player) expect(t *testing.T, phase Phase, position time.Duration) {
	t.Helper()
	synctest.Wait()
	state := p.State()
	if difference := state.Position - position; state.Phase != phase || difference < -2*time.Millisecond || difference > 2*time.Millisecond {
		t.Fatalf("%+v, want phase %d at %v", state, phase, position)
	}
}

func TestPlayerKeepsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &room{latency: 100 * time.Millisecond}
		p := playing(t, r)
		defer p.Close()
		p.expect(t, Playing, 0)
		time.Sleep(100 * time.Millisecond)
		p.expect(t, Playing, 0) // it is heard only now
		time.Sleep(time.Second)
		p.expect(t, Playing, time.Second)

		p.Pause()
		time.Sleep(time.Hour)
		p.expect(t, Paused, time.Second)
		heard := r.heard
		time.Sleep(time.Second)
		if r.heard != heard {
			t.Error("heard while paused")
		}

		p.Resume()
		time.Sleep(600 * time.Millisecond)
		p.expect(t, Playing, 1500*time.Millisecond)

		p.SetSpeed(2)
		time.Sleep(600 * time.Millisecond)
		p.expect(t, Playing, 2500*time.Millisecond)
		if speed := p.State().Speed; speed != 2 {
			t.Errorf("speed %v", speed)
		}

		p.Seek(500 * time.Millisecond)
		time.Sleep(600 * time.Millisecond)
		p.expect(t, Playing, 1500*time.Millisecond)

		p.SetSpeed(1)
		time.Sleep(3 * time.Second)
		p.expect(t, Ended, 4*time.Second)
		if err := p.State().Err; err != nil {
			t.Error(err)
		}

		p.Resume()
		p.expect(t, Playing, 0) // from the beginning
		p.Seek(time.Hour)
		time.Sleep(time.Second)
		p.expect(t, Ended, 4*time.Second)
		p.Seek(-time.Hour)
		p.expect(t, Paused, 0)
	})
}

// TestTwiceAsFastIsHalfAsLong by what comes out of the loudspeaker.
func TestTwiceAsFastIsHalfAsLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &room{}
		p := playing(t, r)
		defer p.Close()
		p.Pause()
		p.Seek(0)
		synctest.Wait()
		r.heard = 0
		p.SetSpeed(2)
		began := time.Now()
		p.Resume()
		for p.State().Phase == Playing {
			<-p.Changed()
		}
		if took := time.Since(began).Seconds(); !near(took, 2, 0.05) || !near(float64(r.heard), 2*recordRate, recordRate/20) {
			t.Errorf("%v, %d samples", took, r.heard)
		}
	})
}

func TestPlayerTellsWhatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &room{fail: errors.New("unplugged")}
		p := playing(t, r)
		defer p.Close()
		<-p.Changed()
		p.expect(t, Ended, 0)
		if err := p.State().Err; !errors.Is(err, r.fail) || !errors.Is(err, ErrNoSound) {
			t.Errorf("%v", err)
		}
		r.fail = nil // plugged in
		p.Resume()
		time.Sleep(time.Second)
		p.expect(t, Playing, time.Second)
		if err := p.State().Err; err != nil {
			t.Error(err)
		}
	})
}

// panicking is a device whose driver has a mistake.
type panicking struct{ room }

func (*panicking) play(context.Context, Format, io.Reader, func()) error { panic("mistake") }
func (*panicking) record(context.Context, io.Writer) error               { panic("mistake") }

func TestPanicsEndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &Device{outputs: []output{&panicking{}}, inputs: []input{&panicking{}}}
		p := Play(d, open(t, fixture(t, "android.m4a")))
		defer p.Close()
		<-p.Changed()
		p.expect(t, Ended, 0)
		if p.State().Err == nil {
			t.Error("no error of the player")
		}
		r := Record(d)
		<-r.Done()
		if _, _, err := r.Stop(); err == nil || r.State().Err == nil {
			t.Error("no error of the recorder")
		}
	})
}

func TestRecorderKeepsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loud := &room{said: tone(recordRate, 440, 16384, 100*time.Millisecond)}
		r := Record(&Device{inputs: []input{loud}})
		time.Sleep(1050 * time.Millisecond)
		synctest.Wait()
		if state := r.State(); state.Elapsed != time.Second || !near(float64(state.Level), 0.5, 0.01) || state.Ended || state.Err != nil {
			t.Errorf("%+v", state)
		}
		file, length, err := r.Stop()
		if err != nil || length != time.Second || open(t, file).Duration() != time.Second {
			t.Errorf("%v, %v", length, err)
		}
		if again, _, err := r.Stop(); err != nil || len(again) != len(file) {
			t.Error("stopping twice gives something else")
		}
		r.Close()
		if state := r.State(); !state.Ended || state.Err != nil {
			t.Errorf("%+v", state)
		}
	})
}

func TestRecordingNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := Record(&Device{inputs: []input{&room{said: make([]int16, recordRate)}}})
		if _, _, err := r.Stop(); !errors.Is(err, ErrNothingRecorded) {
			t.Error(err)
		}
	})
}

func TestRecorderStopsAfterFiveMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := Record(&Device{inputs: []input{&room{said: make([]int16, recordRate)}}})
		time.Sleep(MaxDuration + time.Second)
		synctest.Wait()
		if state := r.State(); !state.Ended || state.Err != nil || state.Elapsed != MaxDuration {
			t.Fatalf("%+v", state)
		}
		file, length, err := r.Stop()
		if err != nil || length != MaxDuration || open(t, file).Duration() != MaxDuration || len(file) > MaxFile {
			t.Errorf("%v, %d bytes, %v", length, len(file), err)
		}
	})
}
