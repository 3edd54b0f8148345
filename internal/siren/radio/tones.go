// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package radio

import (
	"cmp"
	"context"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
	"github.com/tocsin-alert/tocsin/radio/selcall"
	"github.com/tocsin-alert/tocsin/radio/wav"
)

// TonesOptions is a transmitter of tone calls.
type TonesOptions struct {
	// Name is unique among transmitters.
	Name string
	Area Area
	// System is that of the call, ZVEI1 when empty; Table the country of the double
	// tones, de when empty.
	System, Table string
	// Signals names double tones of the table for signals that are called otherwise
	// there; other signals are looked up by their own names. A signal that is not
	// in the table is never called.
	Signals map[string]string
	// Rate is that of the samples, wav.DefaultRate when zero.
	Rate   int
	Output Output
}

// repeatRest is how long receivers take a second call for part of the first (TR
// BOS Funkalarmierung, C 5.2.4).
const repeatRest = 2 * time.Minute

// Tones implements route.Caller.
type Tones struct {
	o      TonesOptions
	system selcall.System
	table  selcall.Table
	queue  queue

	mu       sync.Mutex
	airtimes map[int]time.Duration // by the number of digits
}

// NewTones is a transmitter with the options. Its error says what in them cannot be.
func NewTones(o TonesOptions) (*Tones, error) {
	if o.Rate == 0 {
		o.Rate = wav.DefaultRate
	}
	t := &Tones{o: o, airtimes: map[int]time.Duration{}}
	var err error
	if t.system, err = selcall.Named(cmp.Or(o.System, "ZVEI1")); err != nil {
		return nil, wrap(o.Name, err)
	}
	if t.table, err = selcall.TableNamed(cmp.Or(o.Table, "de")); err != nil {
		return nil, wrap(o.Name, err)
	}
	for _, name := range o.Signals {
		if _, err := t.table.Signal(name); err != nil {
			return nil, wrap(o.Name, err)
		}
	}
	return t, wrap(o.Name, wav.CheckRate(o.Rate))
}

// Name implements route.Caller.
func (t *Tones) Name() string { return t.o.Name }

// Kind implements route.Caller.
func (t *Tones) Kind() siren.PathKind { return siren.PathTones }

// Serves implements route.Caller.
func (t *Tones) Serves(s siren.Siren) bool { return t.o.Area.Holds(s) }

// Rest implements route.Caller.
func (t *Tones) Rest() time.Duration { return repeatRest }

// Prepare implements route.Caller.
func (t *Tones) Prepare(address, signal string) (siren.Call, bool) {
	double, err := t.table.Signal(cmp.Or(t.o.Signals[signal], signal))
	if err != nil {
		return siren.Call{}, false
	}
	call := siren.Call{Address: address, Command: double.Name}
	t.mu.Lock()
	defer t.mu.Unlock()
	airtime, known := t.airtimes[len(address)]
	if !known || strings.Trim(address, "0123456789") != "" {
		samples, err := t.samples(call, wav.MinRate)
		if err != nil {
			return siren.Call{}, false
		}
		airtime = wav.Sound{Rate: wav.MinRate, Samples: samples}.Duration().Round(time.Millisecond)
		t.airtimes[len(address)] = airtime
	}
	call.Airtime = airtime
	return call, true
}

func (t *Tones) samples(call siren.Call, rate int) ([]int16, error) {
	double, err := t.table.Signal(call.Command)
	if err != nil {
		return nil, err
	}
	return selcall.Alert{System: t.system, Call: call.Address, Signal: &double}.Samples(rate)
}

// Transmit implements route.Caller: one call at a time, because the double tone
// belongs to the receivers that heard theirs.
func (t *Tones) Transmit(ctx context.Context, priority route.Priority, next func(most int) []siren.Call) []error {
	return t.queue.single(ctx, priority, next, func(call siren.Call) error {
		samples, err := t.samples(call, t.o.Rate)
		if err == nil {
			err = t.o.Output.Play(ctx, t.o.Name, wav.Sound{Rate: t.o.Rate, Samples: samples})
		}
		return wrap(t.o.Name, err)
	})
}
