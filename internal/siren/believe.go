// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"errors"
	"fmt"
	"time"
)

// trust is what a device believes that remembers m: the newer ones of its
// set-up and its memory. What it stored itself was verified before.
func (c DeviceConfig) trust(m Memory) Trust {
	t := Trust{c.Root, c.Keyset}
	if root, err := ReadRoot(Envelope{Body: m.Root}); err == nil && root.Version > t.Root.Version {
		t.Root = root
	}
	if keyset, err := ReadKeyset(Envelope{Body: m.Keyset}); err == nil && keyset.Version > t.Keyset.Version {
		t.Keyset = keyset
	}
	return t
}

// believe takes roots and keysets that the root signed, each stored before the
// next, and answers one that it does not take, now and then.
func (d *Device) believe(b []byte, now time.Time, e *Effects) {
	envelopes, err := ParseEnvelopes(b)
	if err != nil {
		e.Dropped = err
		return
	}
	before := d.trust
	for _, envelope := range envelopes {
		next, err := d.trust.take(envelope)
		if err == nil && next.Keyset.Version > d.trust.Keyset.Version && d.Time(now).Before(next.Keyset.NotBefore) {
			err = fmt.Errorf("%w: keyset %d begins %v", ErrDocumentEarly, next.Keyset.Version, next.Keyset.NotBefore)
		}
		if err != nil {
			d.disbelieve(envelope, err, now, e)
			break
		}
		if next.Root.Version > d.trust.Root.Version {
			d.memory.Root = envelope.Body
		}
		if next.Keyset.Version > d.trust.Keyset.Version {
			d.memory.Keyset = envelope.Body
		}
		d.trust = next
	}
	if d.trust.Root.Version == before.Root.Version && d.trust.Keyset.Version == before.Keyset.Version {
		return
	}
	d.store(now, e)
	d.know(now)
	d.say(AnswerState, Acted{}, now, e)
}

// documentReasons are why a root or keyset is not taken.
var documentReasons = []struct {
	err    error
	reason Reason
}{
	{ErrDocumentOlder, ReasonKeysetOlder},
	{ErrDocumentSignatures, ReasonKeysetSignatures},
	{ErrDocumentRoot, ReasonKeysetRoot},
	{ErrDocumentEarly, ReasonEarly},
}

func (d *Device) disbelieve(envelope Envelope, err error, now time.Time, e *Effects) {
	e.Dropped = err
	if !d.complained.IsZero() && now.Sub(d.complained) < complaintInterval {
		return
	}
	version := uint64(0)
	if keyset, err := ReadKeyset(envelope); err == nil {
		version = uint64(keyset.Version)
	} else if root, err := ReadRoot(envelope); err == nil {
		version = uint64(root.Version)
	}
	for _, r := range documentReasons {
		if errors.Is(err, r.err) && version > 0 {
			d.complained = now
			id := FrameID{Counter: version}
			refused := Acted{Frame: id, Outcome: OutcomeRefused, Reason: r.reason}
			d.replies = append(d.replies, reply{now.Add(d.place(id, complaintInterval)), refused, AnswerKeyset})
			return
		}
	}
}
