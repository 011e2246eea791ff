package cli

import (
	"context"
	"errors"
	"sync"

	"seance/messaging"
)

// engines are what runs behind a screen. The first screen of all starts with
// none: the account is made, or the demo begins, while it is shown.
type engines struct {
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex // guards what follows
	running sync.WaitGroup
	errs    []error
	closers []func() error
}

func newEngines(ctx context.Context) *engines {
	e := &engines{}
	e.ctx, e.cancel = context.WithCancel(ctx)
	return e
}

// start runs something until stop, which then closes it.
func (e *engines) start(run func(context.Context) error, close func() error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closers = append(e.closers, close)
	e.running.Go(func() {
		err := run(e.ctx)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.errs = append(e.errs, err)
	})
}

// client starts a profile's engine.
func (e *engines) client(c *messaging.Client, err error) (*messaging.Client, error) {
	if err != nil {
		return nil, err
	}
	e.start(c.Run, c.Close)
	return c, nil
}

// stop ends all of it, the last first, and returns when it is gone.
func (e *engines) stop() error {
	e.cancel()
	e.running.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := len(e.closers) - 1; i >= 0; i-- {
		e.errs = append(e.errs, e.closers[i]())
	}
	return errors.Join(e.errs...)
}
