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
	issuer, known := d.trust.Keyset.Find(f.Key)
	switch {
	case !known:
		d.complain(f, ReasonUnknownKey, now, e)
		return
	case !VerifyFrame(b, issuer.PublicKey):
		d.complain(f, ReasonBadSignature, now, e)
		return
	}
	second, known := d.trust.Keyset.Find(f.Second)
	switch {
	case f.Second != KeyID{} && !known:
		d.complain(f, ReasonUnknownKey, now, e)
		return
	case f.Second != KeyID{} && !VerifySecond(b, second.PublicKey):
		d.complain(f, ReasonBadSignature, now, e)
		return
	case !f.Target.Holds(d.config.Number, d.config.ARS) && !d.clock.answered(f.Target.Challenge, now):
		e.Dropped = ErrNotAddressed
		return
	case f.Epoch != issuer.Epoch || f.Epoch < d.memory.Counters[f.Key].Epoch:
		d.refuse(f, ReasonEpoch, now, e)
		return
	case !issuer.May(f.Action, d.config.ARS):
		d.refuse(f, ReasonNotAllowed, now, e)
		return
	case d.trust.Keyset.NeedsSecond(f) && !(second.Seconds && second.Reaches(d.config.ARS)):
		d.refuse(f, ReasonSecond, now, e)
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
	if f.Action != ActionStop && d.clock.cutOff(now) && !d.config.OneWay {
		// The authority sends the frame again behind the beacon that is asked for.
		e.Dropped = fmt.Errorf("frame %s: %s", f.ID(), ReasonNoBeacon.Key())
		d.ask(askAgain, now, e)
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
	case f.Counter <= d.counter(f.Key, f.Epoch):
		return ReasonOlder
	case f.Action != ActionStop && d.clock.cutOff(now):
		return ReasonNoBeacon
	default:
		return ReasonNone
	}
}

// counter is the highest one of the key in an epoch that is not over.
func (d *Device) counter(key KeyID, epoch uint16) uint64 {
	if mark := d.memory.Counters[key]; mark.Epoch == epoch {
		return mark.Counter
	}
	return 0
}

// able finds the signal that a frame asks for, or why the device cannot give it.
func (d *Device) able(f Frame, now time.Time) (Signal, Reason) {
	signal, has := d.config.Signals.Numbered(f.Signal)
	switch {
	case !has || signal.Test != (f.Action == ActionTest):
		return Signal{}, ReasonSignal
	case signal.Duration() > MaxSound:
		return Signal{}, ReasonTooLong
	case d.contacts.Busy, signal.Test && d.sounding != nil:
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
	d.remember(acted, now, e)
	d.reply(acted, f.ReplyWindow, now)
}

// beacon moves the clock and gives up the frames that are over, so that a
// recording of one that this device missed is worth nothing.
func (d *Device) beacon(f Frame, now time.Time, e *Effects) {
	if f.Counter > d.counter(f.Key, f.Epoch) {
		d.memory.Counters[f.Key] = Mark{f.Epoch, f.Counter}
		d.store(now, e)
	}
	before := d.Time(now)
	behind := d.clock.hear(f, before, now, d.config.OneWay)
	known := d.contacts
	if d.know(now); known != d.contacts || d.Time(now).Sub(before).Abs() >= clockReport {
		d.say(AnswerState, Acted{}, now, e)
	}
	switch {
	case d.config.OneWay:
	case d.clock.cutOff(now):
		d.ask(askAgain, now, e) // the authority is there, and its answer was lost
	case behind:
		d.ask(askInterval, now, e) // one of the two clocks is wrong, or this is a recording
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
