// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// driver makes a signal audible.
type driver interface {
	// play gives the signal. It returns when the signal is over or the context
	// ends, and then the horn is off; its error says that the signal was not given.
	play(ctx context.Context, s siren.Sounding) error
	// cut switches off what can be switched off at once, without waiting.
	cut()
	// rest makes sure that the horn is off, whatever set it off.
	rest() error
	// close lets go of the horn.
	close() error
}

// horn gives one signal at a time.
type horn struct {
	driver driver
	log    *slog.Logger

	mu      sync.Mutex
	jobs    []*job // in their order; the first one is at work
	barred  bool   // by the switch at the site
	closed  bool
	current *job  // the signal that sounds or is about to; nil for none
	last    *job  // the last signal that ended
	failure error // why the last signal was not given
}

// job is a signal, or the order to be silent.
type job struct {
	sounding *siren.Sounding // nil for silence
	begin    time.Time
	// end is when the job was, or is to be, over.
	end    time.Time
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}
}

// patience is how much longer than its time a job may take before the horn counts as stuck.
const patience = 12 * time.Second

func newHorn(d driver, log *slog.Logger) *horn { return &horn{driver: d, log: log} }

// sound starts a signal. It does not wait.
func (h *horn) sound(s siren.Sounding) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.barred || h.closed {
		return
	}
	h.endCurrent()
	h.current = h.add(&s, s.Signal.Duration())
}

// silence ends whatever sounds. It does not wait.
func (h *horn) silence() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.endCurrent()
	h.driver.cut()
	if n := len(h.jobs); n == 0 || h.jobs[n-1].sounding != nil {
		h.add(nil, 0)
	}
}

// bar keeps the horn from sounding until it is lifted.
func (h *horn) bar(barred bool) {
	h.mu.Lock()
	was := h.barred
	h.barred = barred
	h.mu.Unlock()
	if barred && !was {
		h.silence()
	}
}

func (h *horn) endCurrent() {
	if h.current != nil {
		h.current.cancel()
		h.current.end = earlier(h.current.end, time.Now())
		h.last, h.current = h.current, nil
	}
}

// add queues a job behind the one before it; the caller holds the lock.
func (h *horn) add(s *siren.Sounding, length time.Duration) *job {
	now := time.Now()
	j := &job{sounding: s, begin: now, end: now.Add(length), done: make(chan struct{})}
	// The rules end a signal in time. This is for the day on which they are stuck.
	j.ctx, j.cancel = context.WithTimeout(context.Background(), length+time.Second)
	var before <-chan struct{}
	if n := len(h.jobs); n > 0 {
		before = h.jobs[n-1].done
	}
	h.jobs = append(h.jobs, j)
	go func() {
		if before != nil {
			<-before
		}
		h.work(j)
	}()
	return j
}

func (h *horn) work(j *job) {
	defer j.cancel()
	var err error
	if j.sounding == nil {
		err = h.driver.rest()
	} else if j.ctx.Err() == nil {
		err = h.driver.play(j.ctx, *j.sounding)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	close(j.done)
	h.jobs = slices.DeleteFunc(h.jobs, func(other *job) bool { return other == j })
	if h.current == j {
		j.end = earlier(j.end, time.Now())
		h.last, h.current = j, nil
	}
	if j.sounding != nil || err != nil {
		h.failure = err
	}
	if err != nil {
		h.log.Error("the horn failed", "error", err)
	}
}

// hornState is what the horn was told, for those who compare it with what is heard.
type hornState struct {
	// Audible is set while a tone is to be heard, Since when that began.
	Audible bool
	Since   time.Time
	// Off is when a tone or a growl was last to be heard; now while it is.
	Off time.Time
	// Failure is why the last signal was not given.
	Failure error
	// Stuck says that the horn does not do what it is told in its time.
	Stuck bool
}

// state says what the horn does now.
func (h *horn) state(now time.Time) hornState {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := hornState{Failure: h.failure}
	for _, j := range h.jobs {
		if now.After(j.end.Add(patience)) {
			s.Stuck = true
		}
	}
	for _, j := range []*job{h.last, h.current} {
		if j == nil {
			continue
		}
		at := j.begin
		for _, segment := range j.sounding.Signal.Segments {
			length := time.Duration(segment.Seconds * float64(time.Second))
			end := earlier(at.Add(length), j.end)
			if segment.Tone != siren.ToneOff && !now.Before(at) && end.After(at) {
				s.Off = earlier(now, end)
				if j == h.current && now.Before(end) && segment.Tone != siren.ToneGrowl {
					s.Audible, s.Since = true, at
				}
			}
			at = at.Add(length)
		}
	}
	return s
}

// close silences the horn for good.
func (h *horn) close() error {
	h.silence()
	h.mu.Lock()
	h.closed = true
	done := make(chan struct{})
	if n := len(h.jobs); n > 0 {
		done = h.jobs[n-1].done
	} else {
		close(done)
	}
	h.mu.Unlock()
	select {
	case <-done:
		return h.driver.close()
	case <-time.After(patience):
		return errors.Join(fmt.Errorf("the horn did not fall silent within %v", patience), h.driver.close())
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
