// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"context"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/agent/gpio"
)

// switches are the lines of a horn.
type switches interface {
	// Set switches all lines: bit 0 is the steady tone, bit 1 the wailing one.
	Set(bits uint64) error
	Close() error
}

const (
	steadyBit = 1 << 0
	wailBit   = 1 << 1
)

// lineDriver sounds by switching lines.
type lineDriver struct {
	// ownWail says that there is a line for the rising and falling tone; otherwise
	// a motor is switched on and off for it.
	ownWail bool
	wail    CycleConfig

	mu    sync.Mutex
	lines switches
}

// openLines takes the lines; they are off from then on.
func openLines(c HornConfig) (*lineDriver, error) {
	offsets := []uint32{*c.Lines.Steady}
	if c.Lines.Wail != nil {
		offsets = append(offsets, *c.Lines.Wail)
	}
	lines, err := gpio.Request(gpio.Options{
		Chip: c.Lines.Chip, Lines: offsets, Direction: gpio.Output, ActiveLow: c.Lines.ActiveLow, Consumer: "tocsin horn",
	})
	if err != nil {
		return nil, err
	}
	return &lineDriver{ownWail: len(offsets) > 1, wail: c.Wail, lines: lines}, nil
}

// step is a level of the lines for some time.
type step struct {
	bits   uint64
	length time.Duration
}

// steps are what the lines do for one segment.
func (d *lineDriver) steps(g siren.Segment) []step {
	length := time.Duration(g.Seconds * float64(time.Second))
	switch {
	case g.Tone == siren.ToneOff:
		return []step{{0, length}}
	case g.Tone != siren.ToneWail:
		return []step{{steadyBit, length}}
	case d.ownWail:
		return []step{{wailBit, length}}
	}
	var steps []step
	for on := true; length > 0; on = !on {
		next := step{0, min(d.wail.Off, length)}
		if on {
			next = step{steadyBit, min(d.wail.On, length)}
		}
		steps = append(steps, next)
		length -= next.length
	}
	return steps
}

// play implements driver. Times are counted from the beginning, so that delays
// do not add up.
func (d *lineDriver) play(ctx context.Context, s siren.Sounding) (err error) {
	defer func() {
		if off := d.rest(); err == nil {
			err = off
		}
	}()
	until := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for _, g := range s.Signal.Segments {
		for _, next := range d.steps(g) {
			if err := d.set(ctx, next.bits); err != nil {
				return err
			}
			until = until.Add(next.length)
			timer.Reset(time.Until(until))
			select {
			case <-timer.C:
			case <-ctx.Done():
				return nil
			}
		}
	}
	return nil
}

// set switches the lines unless the signal has been ended meanwhile.
func (d *lineDriver) set(ctx context.Context, bits uint64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if ctx.Err() != nil {
		return nil
	}
	return d.lines.Set(bits)
}

// cut implements driver.
func (d *lineDriver) cut() { _ = d.rest() } // rest is called again, and its error told then

// rest implements driver.
func (d *lineDriver) rest() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lines.Set(0)
}

// close implements driver.
func (d *lineDriver) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lines.Close()
}
