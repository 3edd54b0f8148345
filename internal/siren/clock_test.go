// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"slices"
	"testing"
	"time"
)

// deaf is a bench whose authority has not been heard for longer than a device bears.
func deaf(t *testing.T) *bench {
	b := newBench(t)
	b.gone = true
	b.pass(BeaconLimit + time.Second)
	return b
}

// challenge is what the device asked with last.
func (b *bench) challenge() Challenge {
	b.t.Helper()
	for _, a := range slices.Backward(b.heard) {
		if a.Kind == AnswerHello && a.Challenge != (Challenge{}) {
			return a.Challenge
		}
	}
	b.t.Fatal("the device asked for no beacon")
	return Challenge{}
}

func TestDeviceReportsThatBeaconsStayAway(t *testing.T) {
	b := deaf(t)
	last := b.heard[len(b.heard)-1]
	if last.Kind != AnswerHello || !last.Contacts.NoBeacon || last.Condition != ConditionFault || last.Contacts.Detail() != DetailNoBeacon {
		t.Fatalf("it says %+v", last)
	}
	hellos := func() (n int) {
		for _, a := range b.heard {
			if a.Kind == AnswerHello {
				n++
			}
		}
		return n
	}
	before := hellos()
	b.pass(10 * time.Minute)
	if n := hellos() - before; n < 9 || n > 11 {
		t.Errorf("it asked %d times in 10 minutes", n)
	}
	b.gone = false
	b.pass(askInterval)
	if last := b.heard[len(b.heard)-1]; last.Contacts.NoBeacon || last.Condition != ConditionReady {
		t.Errorf("with beacons again it says %+v", last)
	}
}

// A warning gets through to a device that heard no beacons, over a way on which
// it can ask, and a frame that was held back does not.
func TestDeviceThatIsCutOffAsks(t *testing.T) {
	b := deaf(t)
	b.heard = nil
	f := b.sign(sound(16, b.now))
	b.step(FrameReceived{f})
	if o, _ := b.lastAck(); b.on || o != OutcomeNone {
		t.Fatalf("on %v, answered %v", b.on, o)
	}
	b.step(FrameReceived{b.sign(b.answering(b.challenge()))})
	b.step(FrameReceived{f})
	b.wantAck(OutcomeAccepted, ReasonNone)
	if !b.on {
		t.Error("the warning does not get through")
	}
}

func TestStopWorksWithoutBeacons(t *testing.T) {
	b := newBench(t)
	b.receive(sound(16, b.now))
	b.gone, b.device.clock.fresh = true, time.Time{}
	b.receive(stop(32, b.now))
	if b.wantAck(OutcomeDone, ReasonNone); b.on {
		t.Error("still on")
	}
}

// What an attacker can play back to a device that it has cut off.
func TestBeaconsThatAreNotFresh(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(b *bench, kept []byte) []byte
	}{
		{"a beacon of the time before", func(b *bench, _ []byte) []byte { return b.sign(beacon(0, b.now.Add(-BeaconLimit))) }},
		{"the answer to another challenge", func(b *bench, _ []byte) []byte { return b.sign(b.answering(Challenge{9})) }},
		{"an answer that was used", func(_ *bench, kept []byte) []byte { return kept }},
		{"an answer that was held back", func(b *bench, _ []byte) []byte {
			answer := b.sign(b.answering(b.challenge()))
			b.now = b.now.Add(challengeLife + time.Second)
			return answer
		}},
		{"a beacon of another key", func(b *bench, _ []byte) []byte {
			raw, err := b.answering(b.challenge()).Sign(NewSigner(deviceKey))
			if err != nil {
				b.t.Fatal(err)
			}
			return raw
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.gone = true
			b.step(Connected{})
			kept := b.sign(b.answering(b.challenge()))
			b.step(FrameReceived{kept})
			held := b.sign(sound(16, b.now.Add(BeaconLimit)))
			b.pass(BeaconLimit + time.Minute)
			b.step(FrameReceived{c.play(b, kept)})
			b.step(FrameReceived{held})
			if b.on || !b.device.clock.cutOff(b.now) {
				t.Errorf("on %v, cut off %v", b.on, b.device.clock.cutOff(b.now))
			}
		})
	}
}

// A device that was switched off and on again by the attacker, without a clock
// of its own, does not act on what it missed.
func TestRestartWithoutAClock(t *testing.T) {
	b := newBench(t)
	b.receive(sound(16, b.now))
	b.pass(2 * time.Minute)
	missed := b.sign(sound(32, b.now))
	old := b.sign(beacon(16, b.now))
	b.pass(time.Minute)
	b.receive(beacon(32, b.now)) // heard; the frame before was not
	b.pass(time.Minute)
	later, held := b.sign(beacon(32, b.now)), b.sign(sound(48, b.now)) // neither was heard

	b.gone, b.sounds = true, nil
	b.now = time.Unix(0, 0)
	b.restart()
	if got := b.device.Time(b.now); got.Before(epochTime) {
		t.Errorf("after the restart it is %v", got)
	}
	for range 3 {
		b.step(FrameReceived{old})
		b.step(FrameReceived{missed})
		b.step(FrameReceived{later})
		b.step(FrameReceived{held})
		b.pass(10 * time.Second)
	}
	if len(b.sounds) > 0 {
		t.Error("it sounds a frame that was held back")
	}
}

func TestOwnClockIsAHint(t *testing.T) {
	for _, jump := range []time.Duration{time.Hour, -time.Hour, 20 * 365 * 24 * time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			config := testConfig()
			config.Wall = func(now time.Time) time.Time { return now.Add(jump) }
			b := &bench{t: t, device: NewDevice(config, Memory{}), now: epochTime}
			b.step(Connected{}) // the authority answers
			if got := b.device.Time(b.now); !got.Equal(epochTime) {
				t.Errorf("it is %v", got)
			}
			b.receive(sound(16, b.now))
			b.wantAck(OutcomeAccepted, ReasonNone)
			b.pass(time.Minute)
			b.receive(sound(32, b.now.Add(-time.Hour)))
			b.wantAck(OutcomeRefused, ReasonExpired)
		})
	}
}

// The authority's own clock was an hour fast for a while.
func TestClockComesBack(t *testing.T) {
	b := newBench(t)
	b.receive(beacon(0, b.now.Add(time.Hour)))
	if got := b.device.Time(b.now); !got.Equal(b.now.Add(time.Hour)) {
		t.Fatalf("it is %v", got)
	}
	b.pass(askInterval)
	b.receive(beacon(0, b.now)) // right again; the device asks, and is told
	if got := b.device.Time(b.now); !got.Equal(b.now) {
		t.Errorf("it is %v, want %v", got, b.now)
	}
	b.receive(sound(16, b.now))
	b.wantAck(OutcomeAccepted, ReasonNone)
}

func TestOneWayDevice(t *testing.T) {
	config := testConfig()
	config.OneWay = true
	b := &bench{t: t, device: NewDevice(config, Memory{}), now: epochTime}
	b.step(Connected{})
	b.receive(sound(16, b.now))
	b.wantAck(OutcomeRefused, ReasonNoBeacon)
	b.receive(beacon(0, b.now))
	b.receive(sound(16, b.now))
	b.wantAck(OutcomeAccepted, ReasonNone)
	b.pass(BeaconLimit + time.Minute)
	b.receive(sound(32, b.now))
	b.wantAck(OutcomeRefused, ReasonNoBeacon)
	b.receive(beacon(0, b.now.Add(-beaconLag-time.Second)))
	b.receive(sound(32, b.now))
	b.wantAck(OutcomeRefused, ReasonNoBeacon)
	b.receive(beacon(0, b.now))
	b.receive(sound(32, b.now))
	b.wantAck(OutcomeAccepted, ReasonNone)
	for _, a := range b.heard {
		if a.Challenge != (Challenge{}) {
			t.Error("it asks")
		}
	}
}

func TestAllStopAtTheSite(t *testing.T) {
	b := newBench(t)
	b.receive(sound(16, b.now))
	b.heard = nil
	if e := b.step(ContactsChanged{Contacts{AllStop: true}}); !e.Silence || b.on {
		t.Fatal("it sounds on")
	}
	b.wantAck(OutcomeDone, ReasonAllStop)
	if last := b.heard[0]; last.Condition != ConditionOff || last.Contacts.Detail() != DetailAllStop {
		t.Errorf("it says %+v", last)
	}
	b.receive(sound(32, b.now))
	b.wantAck(OutcomeRefused, ReasonAllStop)
	b.step(ContactsChanged{})
	b.receive(sound(48, b.now))
	b.wantAck(OutcomeAccepted, ReasonNone)
	if b = newBench(t); !b.step(ContactsChanged{Contacts{AllStop: true, Rogue: true}}).Silence {
		t.Error("it does not end what no frame began")
	}
}

func TestBusyDevice(t *testing.T) {
	b := newBench(t)
	b.step(ContactsChanged{Contacts{Busy: true}})
	if last := b.heard[0]; last.Condition != ConditionBusy || last.Contacts.Detail() != DetailBusy {
		t.Errorf("it says %+v", last)
	}
	b.receive(sound(16, b.now))
	b.wantAck(OutcomeRefused, ReasonBusy)
}

// Whatever was ever sent, played back at once and an hour later to the device
// that heard it, to one that missed all of it and to one that was cut off then,
// sounds nothing.
func TestReplayOfEverythingSoundsNothing(t *testing.T) {
	var sent [][]byte
	heard, missed := newBench(t), newBench(t)
	for i := range 40 {
		f := sound(uint64(16*(i+1)), heard.now)
		if i%5 == 1 {
			f.Action, f.Signal = ActionTest, 16
		}
		if i%5 == 2 {
			f = stop(f.Counter, heard.now)
		}
		f.TTL = 3 * time.Minute
		for _, raw := range [][]byte{heard.sign(f), heard.sign(beacon(f.Counter, heard.now)), heard.sign(heard.answering(Challenge{byte(i + 1)}))} {
			sent = append(sent, raw)
			heard.step(FrameReceived{raw})
		}
		heard.pass(4 * time.Minute)
		missed.now = heard.now
	}
	if len(heard.sounds) < 20 {
		t.Fatalf("only %d of 40 frames sounded", len(heard.sounds))
	}
	missed.pass(0)
	for name, b := range map[string]*bench{"heard": heard, "missed": missed} {
		b.gone, b.sounds = true, nil
		for _, wait := range []time.Duration{0, time.Hour} {
			b.pass(wait)
			for _, order := range [][][]byte{sent, slices.Collect(func(yield func([]byte) bool) {
				for _, raw := range slices.Backward(sent) {
					if !yield(raw) {
						return
					}
				}
			})} {
				for _, raw := range order {
					b.step(FrameReceived{raw})
				}
			}
		}
		b.restart()
		for _, raw := range sent {
			b.step(FrameReceived{raw})
		}
		if len(b.sounds) > 0 || b.on {
			t.Errorf("the device that %s it sounds %v", name, b.sounds)
		}
	}
}
