// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"errors"
	"fmt"
	"time"
)

// ErrNotAddressed: the frame is genuine and meant for others.
var ErrNotAddressed = errors.New("siren: frame meant for other sirens")

// receive holds a frame to the rules, in this order: it can be read; the key is
// known and its signature good; the epoch is right; the key may command this
// here; this siren is meant; it was not acted on before; its time has come and
// not passed; no newer one was acted on; and for a signal, the device can give it now.
func (d *Device) receive(b []byte, now time.Time, e *Effects) {
	f, err := ParseFrame(b)
	if err != nil {
		e.Dropped = err
		return
	}
	issuer, known := d.config.Keyset.Find(f.Key)
	switch {
	case !known:
		d.complain(f, ReasonUnknownKey, now, e)
		return
	case !VerifyFrame(b, issuer.PublicKey):
		d.complain(f, ReasonBadSignature, now, e)
		return
	case !f.Target.Holds(d.config.Number, d.config.ARS):
		e.Dropped = ErrNotAddressed
		return
	case f.Epoch != issuer.Epoch:
		d.refuse(f, ReasonEpoch, now, e)
		return
	case !issuer.may(f.Action, d.config.ARS):
		d.refuse(f, ReasonNotAllowed, now, e)
		return
	}
	if f.Action == ActionBeacon {
		d.beacon(f, now, e)
		return
	}
	if acted, repeated := d.acted(f.ID()); repeated {
		d.reply(acted, f.ReplyWindow, now)
		return
	}
	if reason := d.fresh(f, now); reason != ReasonNone {
		d.refuse(f, reason, now, e)
		return
	}
	if f.Action == ActionStop {
		d.stop(f, now, e)
		return
	}
	signal, reason := d.able(f, now)
	if reason != ReasonNone {
		d.refuse(f, reason, now, e)
		return
	}
	d.begin(f, signal, now, e)
}

// fresh is why a frame is not to be acted on now, whatever it commands.
func (d *Device) fresh(f Frame, now time.Time) Reason {
	clock := d.Time(now)
	switch {
	case clock.Before(f.NotBefore):
		return ReasonEarly
	case !clock.Before(f.Expires()):
		return ReasonExpired
	case f.Counter <= d.memory.Counters[f.Key]:
		return ReasonOlder
	default:
		return ReasonNone
	}
}

// able finds the signal that a frame asks for, or why the device cannot give it.
func (d *Device) able(f Frame, now time.Time) (Signal, Reason) {
	signal, has := d.config.Signals.Numbered(f.Signal)
	switch {
	case !has || signal.Test != (f.Action == ActionTest):
		return Signal{}, ReasonSignal
	case signal.Duration() > MaxSound:
		return Signal{}, ReasonTooLong
	case signal.Test && d.sounding != nil:
		return Signal{}, ReasonBusy
	case !signal.Test && d.starts(now) >= MaxStarts:
		return Signal{}, ReasonTooOften
	}
	return signal, d.contacts.refusal()
}

// starts counts the signals of the last StartsWindow.
func (d *Device) starts(now time.Time) (n int) {
	since := d.Time(now).Add(-StartsWindow)
	for _, a := range d.memory.Acted {
		if a.Start && a.At.After(since) {
			n++
		}
	}
	return n
}

// stop ends what sounds. It has no limits but freshness: no fault of the device
// and no number of frames keeps it from falling silent.
func (d *Device) stop(f Frame, now time.Time, e *Effects) {
	if d.sounding != nil {
		d.finish(ReasonStopped, now, e)
	}
	e.Silence = true
	acted := Acted{Frame: f.ID(), Outcome: OutcomeDone, At: d.Time(now)}
	d.remember(acted, e)
	d.reply(acted, f.ReplyWindow, now)
}

// beacon moves the clock forward, never back, and gives up the frames that are
// over, so that a recording of one that this device missed is worth nothing.
func (d *Device) beacon(f Frame, now time.Time, e *Effects) {
	if f.Counter > d.memory.Counters[f.Key] {
		d.memory.Counters[f.Key] = f.Counter
		memory := d.memory.clone()
		e.Store = &memory
	}
	behind := f.NotBefore.Sub(d.Time(now))
	if behind <= 0 {
		return
	}
	d.beaconTime, d.beaconAt = f.NotBefore, now
	if behind >= clockReport {
		d.say(AnswerState, Acted{}, now, e)
	}
}

// refuse answers that a genuine frame is not acted on. Beacons are not answered.
func (d *Device) refuse(f Frame, reason Reason, now time.Time, e *Effects) {
	if f.Action == ActionBeacon {
		e.Dropped = fmt.Errorf("beacon %s: %s", f.ID(), reason.Key())
		return
	}
	d.reply(Acted{Frame: f.ID(), Outcome: OutcomeRefused, Reason: reason}, f.ReplyWindow, now)
}

// complain reports a frame that nobody has authenticated, now and then.
func (d *Device) complain(f Frame, reason Reason, now time.Time, e *Effects) {
	e.Dropped = fmt.Errorf("frame %s: %s", f.ID(), reason.Key())
	if !d.complained.IsZero() && now.Sub(d.complained) < complaintInterval {
		return
	}
	d.complained = now
	d.reply(Acted{Frame: f.ID(), Outcome: OutcomeRefused, Reason: reason}, 0, now)
}
