// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package radio

import (
	"context"
	"strconv"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
	"github.com/tocsin-alert/tocsin/radio/pocsag"
	"github.com/tocsin-alert/tocsin/radio/wav"
)

// POCSAGOptions is a transmitter of POCSAG calls.
type POCSAGOptions struct {
	// Name is unique among transmitters.
	Name string
	Area Area
	// Baud is 1200 when zero.
	Baud pocsag.Baud
	// Functions are the letters that ask for the signals, by the signals' names;
	// DefaultFunctions when nil. A signal without letter is never called.
	Functions map[string]pocsag.Function
	// Rate is that of the samples, wav.DefaultRate when zero; Inverted as in
	// pocsag.Modulation.
	Rate     int
	Inverted bool
	Output   Output
}

// DefaultFunctions are the commonest meanings: A trial, B fire, C warning, D all-clear.
func DefaultFunctions() map[string]pocsag.Function {
	return map[string]pocsag.Function{"trial": pocsag.A, "fire": pocsag.B, "warning": pocsag.C, "all-clear": pocsag.D}
}

// POCSAG implements route.Caller.
type POCSAG struct {
	o     POCSAGOptions
	queue queue
}

// NewPOCSAG is a transmitter with the options. Its error says what in them cannot be.
func NewPOCSAG(o POCSAGOptions) (*POCSAG, error) {
	if o.Baud == 0 {
		o.Baud = pocsag.Baud1200
	}
	if o.Rate == 0 {
		o.Rate = wav.DefaultRate
	}
	if o.Functions == nil {
		o.Functions = DefaultFunctions()
	}
	p := &POCSAG{o: o}
	_, err := p.sound([]siren.Call{{Address: "8", Command: "A"}})
	return p, wrap(o.Name, err)
}

// Name implements route.Caller.
func (p *POCSAG) Name() string { return p.o.Name }

// Kind implements route.Caller.
func (p *POCSAG) Kind() siren.PathKind { return siren.PathPOCSAG }

// Serves implements route.Caller.
func (p *POCSAG) Serves(s siren.Siren) bool { return p.o.Area.Holds(s) }

// Rest implements route.Caller: a receiver takes a repeated call at any time.
func (p *POCSAG) Rest() time.Duration { return 0 }

// Prepare implements route.Caller.
func (p *POCSAG) Prepare(address, signal string) (siren.Call, bool) {
	function, set := p.o.Functions[signal]
	call := siren.Call{Address: address, Command: function.String()}
	t, err := transmission([]siren.Call{call})
	if !set || err != nil {
		return siren.Call{}, false
	}
	call.Airtime = t.Airtime(p.o.Baud).Round(time.Millisecond)
	return call, true
}

// transmission encodes calls without message: a siren needs none.
func transmission(calls []siren.Call) (*pocsag.Transmission, error) {
	encoded := make([]pocsag.Call, len(calls))
	for i, c := range calls {
		ric, err := strconv.ParseUint(c.Address, 10, 32)
		if err != nil {
			return nil, err
		}
		function, err := pocsag.ParseFunction(c.Command)
		if err != nil {
			return nil, err
		}
		encoded[i] = pocsag.Call{Address: uint32(ric), Function: function, Group: c.Group}
	}
	return pocsag.Encode(encoded, pocsag.Options{})
}

func (p *POCSAG) sound(calls []siren.Call) (wav.Sound, error) {
	t, err := transmission(calls)
	if err != nil {
		return wav.Sound{}, err
	}
	samples, err := pocsag.Modulation{Baud: p.o.Baud, Rate: p.o.Rate, Inverted: p.o.Inverted}.Samples(t.Bits())
	return wav.Sound{Rate: p.o.Rate, Samples: samples}, err
}

// most is how many calls fit one transmission even if all of them want the same
// of the eight frames, so that each takes a batch.
func (p *POCSAG) most() int {
	one, err := transmission([]siren.Call{{Address: "8", Command: "A"}})
	if err != nil {
		return 1
	}
	batch := time.Duration(544) * time.Second / time.Duration(p.o.Baud)
	return int((transmissionLimit-one.Airtime(p.o.Baud))/batch) + 1
}

// Transmit implements route.Caller: all calls of a transmission go out in one.
func (p *POCSAG) Transmit(ctx context.Context, priority route.Priority, next func(most int) []siren.Call) []error {
	release, err := p.queue.acquire(ctx, priority)
	if err != nil {
		return nil
	}
	defer release()
	calls := next(p.most())
	if len(calls) == 0 {
		return nil
	}
	sound, err := p.sound(calls)
	if err == nil {
		err = p.o.Output.Play(ctx, p.o.Name, sound)
	}
	return all(len(calls), wrap(p.o.Name, err))
}
