// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"slices"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
)

// keyedConfig is a device with a root and a keyset, which it obeys from its set-up.
func keyedConfig() DeviceConfig {
	config := testConfig()
	config.Root, config.Keyset = testRoot(), testKeyset()
	return config
}

func newKeyedBench(t *testing.T) *bench {
	b := &bench{t: t, device: NewDevice(keyedConfig(), Memory{}), now: epochTime.Add(time.Minute)}
	b.step(Connected{})
	b.heard = nil
	return b
}

// later is the test keyset with a higher version, changed and signed by three.
func later(t testing.TB, version uint32, change func(*Keyset)) Envelope {
	k := testKeyset()
	k.Version = version
	if change != nil {
		change(&k)
	}
	return signed(t, envelope(t, k), 1, 2, 3)
}

func TestDeviceTakesKeysets(t *testing.T) {
	nextRoot := testRoot()
	nextRoot.Version = 2
	root2 := signed(t, envelope(t, nextRoot), 1, 2, 3)
	under2 := later(t, 9, func(k *Keyset) { k.Root = 2 })
	for _, c := range []struct {
		name    string
		send    [][]byte
		version uint32
		reason  Reason
	}{
		{"a newer one", [][]byte{later(t, 8, nil).Encode()}, 8, ReasonNone},
		{"two newer ones", [][]byte{later(t, 8, nil).Encode(), later(t, 12, nil).Encode()}, 12, ReasonNone},
		{"the same one again", [][]byte{later(t, 7, nil).Encode()}, 7, ReasonNone},
		{"an older one", [][]byte{later(t, 6, nil).Encode()}, 7, ReasonKeysetOlder},
		{"the one before the last", [][]byte{later(t, 9, nil).Encode(), later(t, 8, nil).Encode()}, 9, ReasonKeysetOlder},
		{"two signatures", [][]byte{signed(t, Envelope{Body: later(t, 8, nil).Body}, 1, 2).Encode()}, 7, ReasonKeysetSignatures},
		{"three strangers", [][]byte{signed(t, Envelope{Body: later(t, 8, nil).Body}, 6, 7, 8).Encode()}, 7, ReasonKeysetSignatures},
		{"one of a root that is not held", [][]byte{under2.Encode()}, 7, ReasonKeysetRoot},
		{"one behind its root", [][]byte{slices.Concat(root2.Encode(), under2.Encode())}, 9, ReasonNone},
		{"its root, then itself", [][]byte{root2.Encode(), under2.Encode()}, 9, ReasonNone},
		{"one of the root before", [][]byte{slices.Concat(root2.Encode(), under2.Encode()), later(t, 10, nil).Encode()}, 9, ReasonKeysetRoot},
		{"one for tomorrow", [][]byte{later(t, 8, func(k *Keyset) { k.NotBefore = epochTime.Add(24 * time.Hour) }).Encode()}, 7, ReasonEarly},
		{"one that has run out", [][]byte{later(t, 8, func(k *Keyset) { k.NotBefore, k.NotAfter = epochTime.Add(-2*time.Hour), epochTime.Add(-time.Hour) }).Encode()}, 8, ReasonNone},
		{"noise", [][]byte{[]byte("Keys!")}, 7, ReasonNone},
		{"a root of noise", [][]byte{[]byte("Root of it")}, 7, ReasonNone},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newKeyedBench(t)
			for _, message := range c.send {
				b.step(FrameReceived{message})
			}
			b.pass(complaintInterval)
			var refused Reason
			version := uint32(7)
			for _, a := range b.heard {
				if version = a.Keyset; a.Kind == AnswerKeyset {
					refused = a.Reason
				}
			}
			if refused != c.reason || version != c.version {
				t.Errorf("it obeys keyset %d and refuses for %q, want %d and %q", version, refused.Key(), c.version, c.reason.Key())
			}
			if s := (State{}).Hear(Answer{Kind: AnswerKeyset, Outcome: OutcomeRefused, Reason: refused}, nil, b.now); s.Detail != refused.Key() {
				t.Errorf("the state says %q", s.Detail)
			}
			// What it took it still has after a restart, whatever its set-up says.
			restarted := NewDevice(keyedConfig(), b.stored)
			if got := restarted.trust.Keyset.Version; got != c.version {
				t.Errorf("after a restart it obeys keyset %d, want %d", got, c.version)
			}
		})
	}
}

func TestDeviceWithoutRootTakesNoKeyset(t *testing.T) {
	b := newBench(t)
	b.step(FrameReceived{later(t, 8, nil).Encode()})
	b.pass(complaintInterval)
	if last := b.heard[len(b.heard)-1]; last.Kind != AnswerState || last.Keyset != 0 {
		for _, a := range b.heard {
			if a.Kind == AnswerKeyset && a.Reason == ReasonKeysetRoot {
				return
			}
		}
		t.Errorf("heard %+v", b.heard)
	}
}

func TestDeviceObeysTheNewKeysetAlone(t *testing.T) {
	b := newKeyedBench(t)
	b.receive(regional(sound(16, b.now)))
	b.wantAck(OutcomeAccepted, ReasonNone)
	b.pass(2 * time.Minute)

	// The key is gone.
	b.step(FrameReceived{later(t, 8, func(k *Keyset) { k.Issuers = k.Issuers[1:] }).Encode()})
	b.heard = nil
	b.gone = true // its beacons count no more either
	b.receive(regional(sound(32, b.now)))
	b.wantAck(OutcomeRefused, ReasonUnknownKey)

	// It is back in a new epoch: counters begin again, and the old epoch is over.
	b.step(FrameReceived{later(t, 9, func(k *Keyset) { k.Issuers[0].Epoch = 2 }).Encode()})
	f := regional(sound(3, b.now))
	f.Epoch = 2
	b.receive(f)
	b.wantAck(OutcomeAccepted, ReasonNone)
	b.receive(regional(sound(48, b.now)))
	b.wantAck(OutcomeRefused, ReasonEpoch)

	// Not even a keyset can bring frames of the old epoch back.
	b.step(FrameReceived{later(t, 10, nil).Encode()})
	b.receive(regional(sound(64, b.now)))
	b.wantAck(OutcomeRefused, ReasonEpoch)
	if len(b.sounds) != 2 {
		t.Errorf("sounded %v", b.sounds)
	}
}

// regional narrows a frame to a target for which one signature will do.
func regional(f Frame) Frame {
	f.Target = Regions("12054")
	return f
}

func TestDeviceGoesOnWithAKeysetThatRanOut(t *testing.T) {
	b := newKeyedBench(t)
	b.now = testKeyset().NotAfter.Add(-time.Minute)
	b.receive(beacon(0, b.now))
	b.pass(2 * time.Minute)
	last := b.heard[len(b.heard)-1]
	if !last.Contacts.KeysetExpired || last.Contacts.Detail() != DetailKeyset || last.Condition != ConditionReady {
		t.Fatalf("it says %+v", last)
	}
	b.receive(regional(sound(16, b.now)))
	b.wantAck(OutcomeAccepted, ReasonNone)
	if !b.on {
		t.Error("it stays silent")
	}
	b.step(FrameReceived{later(t, 8, func(k *Keyset) { k.NotAfter = b.now.Add(time.Hour).Truncate(time.Second) }).Encode()})
	if last := b.heard[len(b.heard)-1]; last.Contacts.KeysetExpired || last.Keyset != 8 {
		t.Errorf("with a new keyset it says %+v", last)
	}
}

func TestSecondSignature(t *testing.T) {
	second := NewSigner(secondKey)
	for _, c := range []struct {
		name    string
		target  Target
		action  Action
		signers []Signer
		change  func(*Keyset)
		spoil   func([]byte)
		outcome Outcome
		reason  Reason
	}{
		{name: "a Kreis by one", target: Regions("12054"), outcome: OutcomeAccepted},
		{name: "a Land by one", target: Regions("12"), outcome: OutcomeRefused, reason: ReasonSecond},
		{name: "a Land by two", target: Regions("12"), signers: []Signer{second}, outcome: OutcomeAccepted},
		{name: "a Kreis by two", target: Regions("12054"), signers: []Signer{second}, outcome: OutcomeAccepted},
		{name: "all by one", target: All(), outcome: OutcomeRefused, reason: ReasonSecond},
		{name: "all by two", target: All(), signers: []Signer{second}, outcome: OutcomeAccepted},
		{name: "a stop to all by one", target: All(), action: ActionStop, outcome: OutcomeDone},
		{name: "201 sirens by one", target: Target{Type: TargetRanges, Ranges: []Range{{4600, 4800}}}, outcome: OutcomeRefused, reason: ReasonSecond},
		{name: "a second without that right", target: All(), signers: []Signer{second}, change: func(k *Keyset) { k.Issuers[1].Seconds = false },
			outcome: OutcomeRefused, reason: ReasonSecond},
		{name: "a second of another Land", target: All(), signers: []Signer{second}, change: func(k *Keyset) { k.Issuers[1].Territory = []geo.ARS{"11"} },
			outcome: OutcomeRefused, reason: ReasonSecond},
		{name: "an unknown second", target: All(), signers: []Signer{NewSigner(deviceKey)}, outcome: OutcomeRefused, reason: ReasonUnknownKey},
		{name: "a spoilt second signature", target: All(), signers: []Signer{second}, spoil: func(b []byte) { b[len(b)-1] ^= 1 },
			outcome: OutcomeRefused, reason: ReasonBadSignature},
		{name: "a spoilt first signature", target: All(), signers: []Signer{second}, spoil: func(b []byte) { b[len(b)-65] ^= 1 },
			outcome: OutcomeRefused, reason: ReasonBadSignature},
		{name: "the first signature twice", target: All(), signers: []Signer{keyed{NewSigner(issuerKey), KeyIDOf(public(secondKey))}},
			outcome: OutcomeRefused, reason: ReasonBadSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newKeyedBench(t)
			if c.change != nil {
				k := testKeyset()
				c.change(&k)
				b.device.trust.Keyset = k
			}
			f := sound(16, b.now)
			if c.action == ActionStop {
				f = stop(16, b.now)
			}
			f.Target = c.target
			raw, err := f.Sign(NewSigner(issuerKey), c.signers...)
			if err != nil {
				t.Fatal(err)
			}
			if c.spoil != nil {
				c.spoil(raw)
			}
			b.step(FrameReceived{raw})
			b.wantAck(c.outcome, c.reason)
			if b.on != (c.outcome == OutcomeAccepted) {
				t.Errorf("on %v", b.on)
			}
		})
	}
	if _, err := sound(16, epochTime).Sign(NewSigner(issuerKey), NewSigner(issuerKey)); err == nil {
		t.Error("one key signs twice")
	}
}

// A frame with two signatures cannot be made into one with one, nor the other way round.
func TestSignaturesCannotBeMoved(t *testing.T) {
	b := newKeyedBench(t)
	f := regional(sound(16, b.now))
	twice, err := f.Sign(NewSigner(issuerKey), NewSigner(secondKey))
	if err != nil {
		t.Fatal(err)
	}
	end := len(twice) - 128 - 4
	alone := slices.Concat(twice[:end], twice[end+4:end+68])
	alone[0] = FrameVersion
	once := b.sign(f)
	id := KeyIDOf(public(secondKey))
	added := slices.Concat(once[:len(once)-64], id[:], once[len(once)-64:], twice[len(twice)-64:])
	added[0] = FrameVersionSecond
	for name, raw := range map[string][]byte{"stripped": alone, "added": added} {
		b.complainAgain()
		b.step(FrameReceived{raw})
		if b.wantAck(OutcomeRefused, ReasonBadSignature); b.on {
			t.Errorf("%s: it sounds", name)
		}
	}
}

// complainAgain lets time pass until the next forgery is answered.
func (b *bench) complainAgain() {
	b.pass(complaintInterval)
	b.heard = nil
}
