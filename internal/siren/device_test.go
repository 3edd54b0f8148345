// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
)

func testConfig() DeviceConfig {
	return DeviceConfig{
		Number: 4711, ARS: "12054", Signer: NewSigner(deviceKey), Signals: GermanSignals(),
		Keyset: Keyset{Issuers: []Issuer{{PublicKey: public(issuerKey), Epoch: 1, Territory: []geo.ARS{"12"}, Actions: AllActions}}},
	}
}

// bench is one device, its storage and its horn, at a time of its own.
type bench struct {
	t      *testing.T
	device *Device
	stored Memory
	now    time.Time
	sounds []FrameID
	on     bool
	heard  []Answer
	broken bool // the storage
	// skew is the device's clock minus the world's. The authority answers every
	// hello, unless it is gone.
	skew time.Duration
	gone bool
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, device: NewDevice(testConfig(), Memory{}), now: epochTime}
	b.step(Connected{})
	b.heard = nil
	return b
}

// step carries out the effects as a device's shell must.
func (b *bench) step(in Input) Effects {
	b.t.Helper()
	e := b.device.Step(in, b.now)
	if e.Silence {
		b.on = false
	}
	if e.Store != nil {
		if b.broken {
			failed := b.device.Step(NotStored{}, b.now)
			b.hear(failed)
			return e
		}
		b.stored = *e.Store
	}
	if e.Sound != nil {
		b.sounds, b.on = append(b.sounds, e.Sound.Frame), true
	}
	b.hear(e)
	for _, a := range b.heard[len(b.heard)-len(e.Send):] {
		if a.Challenge != (Challenge{}) && !b.gone {
			b.receive(b.answering(a.Challenge))
		}
	}
	return e
}

// answering is the beacon with which the authority answers a hello.
func (b *bench) answering(c Challenge) Frame {
	f := beacon(0, b.now.Add(-b.skew))
	f.Target = Answering(c)
	return f
}

func (b *bench) hear(e Effects) {
	b.t.Helper()
	for _, saying := range e.Send {
		a, err := OpenAnswer(saying.Bytes, public(deviceKey))
		if err != nil {
			b.t.Fatalf("the device says what cannot be read: %v", err)
		}
		b.heard = append(b.heard, a)
	}
}

// pass lets time go by, waking the device whenever it asked for it.
func (b *bench) pass(d time.Duration) {
	b.t.Helper()
	end := b.now.Add(d)
	wake := b.step(Tick{}).Wake
	for !wake.IsZero() && wake.Before(end) {
		b.now = wake
		wake = b.step(Tick{}).Wake
	}
	b.now = end
	b.step(Tick{})
}

func (b *bench) receive(f Frame) { b.t.Helper(); b.step(FrameReceived{b.sign(f)}) }

func (b *bench) sign(f Frame) []byte {
	b.t.Helper()
	raw, err := f.Sign(NewSigner(issuerKey))
	if err != nil {
		b.t.Fatal(err)
	}
	return raw
}

func (b *bench) restart() {
	b.device, b.on = NewDevice(testConfig(), b.stored), false
	b.step(Connected{})
}

// lastAck is the outcome and reason of the newest acknowledgement.
func (b *bench) lastAck() (Outcome, Reason) {
	for _, a := range slices.Backward(b.heard) {
		if a.Kind == AnswerAck {
			return a.Outcome, a.Reason
		}
	}
	return OutcomeNone, ReasonNone
}

func (b *bench) wantAck(outcome Outcome, reason Reason) {
	b.t.Helper()
	if o, r := b.lastAck(); o != outcome || r != reason {
		b.t.Errorf("answered %v %q, want %v %q", o, r.Key(), outcome, reason.Key())
	}
}

func sound(counter uint64, at time.Time) Frame {
	return Frame{Epoch: 1, Counter: counter, NotBefore: at.Truncate(time.Second), TTL: 10 * time.Minute, Action: ActionSound, Signal: 1, Target: All()}
}

func stop(counter uint64, at time.Time) Frame {
	return Frame{Epoch: 1, Counter: counter, NotBefore: at.Truncate(time.Second), TTL: 10 * time.Minute, Action: ActionStop, Target: All()}
}

func beacon(counter uint64, at time.Time) Frame {
	return Frame{Epoch: 1, Counter: counter, NotBefore: at.Truncate(time.Second), TTL: time.Minute, Action: ActionBeacon, Target: All()}
}

func TestDeviceSoundsOnce(t *testing.T) {
	b := newBench(t)
	f := sound(16, b.now)
	f.ReplyWindow = 2 * time.Second
	b.receive(f)
	if !b.on || b.stored.Counters[KeyIDOf(public(issuerKey))].Counter != 16 {
		t.Fatalf("on %v, stored %+v", b.on, b.stored)
	}
	if len(b.heard) != 0 {
		t.Error("answered before its place in the window")
	}
	b.pass(2 * time.Second)
	b.wantAck(OutcomeAccepted, ReasonNone)
	if a := b.heard[0]; a.Condition != ConditionTriggered || a.Signal != 1 || a.Remaining < 57*time.Second || a.Frame.Counter != 16 {
		t.Errorf("answered %+v", a)
	}
	b.receive(f)
	b.pass(2 * time.Second)
	b.wantAck(OutcomeAccepted, ReasonNone)
	b.pass(59 * time.Second)
	b.wantAck(OutcomeDone, ReasonNone)
	if b.on {
		t.Error("still on after the signal")
	}
	b.receive(f)
	b.pass(2 * time.Second)
	b.wantAck(OutcomeDone, ReasonNone)
	b.pass(time.Hour)
	b.receive(f)
	b.pass(2 * time.Second)
	b.wantAck(OutcomeDone, ReasonNone)
	if len(b.sounds) != 1 {
		t.Errorf("sounded %d times", len(b.sounds))
	}
}

func TestDeviceRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		spoil  func(*bench, *Frame)
		reason Reason
	}{
		{"an unknown epoch", func(_ *bench, f *Frame) { f.Epoch = 2 }, ReasonEpoch},
		{"one that has expired", func(_ *bench, f *Frame) { f.NotBefore = f.NotBefore.Add(-f.TTL) }, ReasonExpired},
		{"one whose time has not come", func(_ *bench, f *Frame) { f.NotBefore = f.NotBefore.Add(time.Second) }, ReasonEarly},
		{"one older than the last", func(b *bench, f *Frame) { b.receive(stop(99, b.now)) }, ReasonOlder},
		{"one that a beacon has given up", func(b *bench, f *Frame) { b.receive(beacon(16, b.now)) }, ReasonOlder},
		{"an unknown signal", func(_ *bench, f *Frame) { f.Signal = 99 }, ReasonSignal},
		{"an alarm as a test", func(_ *bench, f *Frame) { f.Action = ActionTest }, ReasonSignal},
		{"a test as an alarm", func(_ *bench, f *Frame) { f.Signal = 16 }, ReasonSignal},
		{"a signal of more than six minutes", func(b *bench, f *Frame) {
			b.device.config.Signals = Signals{{Number: 1, Name: "long", Segments: []Segment{{ToneSteady, 361}}}}
		}, ReasonTooLong},
		{"with the horn broken", func(b *bench, _ *Frame) { b.step(ContactsChanged{Contacts{HornFault: true}}) }, ReasonFault},
		{"without any power", func(b *bench, _ *Frame) {
			b.step(ContactsChanged{Contacts{MainsFailed: true, BatteryFailed: true}})
		}, ReasonPower},
		{"when switched off", func(b *bench, _ *Frame) { b.step(ContactsChanged{Contacts{Off: true}}) }, ReasonOff},
		{"when it cannot store", func(b *bench, _ *Frame) { b.broken = true }, ReasonStorage},
		{"an action that the key may not command", func(b *bench, _ *Frame) {
			b.device.trust.Keyset.Issuers[0].Actions = []Action{ActionStop}
		}, ReasonNotAllowed},
		{"a key without this territory", func(b *bench, _ *Frame) {
			b.device.trust.Keyset.Issuers[0].Territory = []geo.ARS{"11", "12052"}
		}, ReasonNotAllowed},
		{"an unknown key", func(b *bench, _ *Frame) {
			b.device.trust.Keyset.Issuers[0].PublicKey = public(deviceKey)
		}, ReasonUnknownKey},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			f := sound(16, b.now)
			c.spoil(b, &f)
			b.receive(f)
			b.wantAck(OutcomeRefused, c.reason)
			if b.on || len(b.sounds) > 0 {
				t.Error("it sounds")
			}
			if c.reason.Key() == "" {
				t.Error("the reason has no words")
			}
		})
	}
}

func TestDeviceSoundsDespite(t *testing.T) {
	for name, c := range map[string]Contacts{
		"an open cabinet":   {Tamper: true},
		"a mains failure":   {MainsFailed: true},
		"a battery failure": {BatteryFailed: true},
		"heat":              {Overheated: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.step(ContactsChanged{c})
			if len(b.heard) != 1 || b.heard[0].Kind != AnswerState || b.heard[0].Contacts != c {
				t.Errorf("the change was not reported: %+v", b.heard)
			}
			b.receive(sound(16, b.now))
			b.wantAck(OutcomeAccepted, ReasonNone)
			if !b.on {
				t.Error("it stays silent")
			}
		})
	}
}

func TestDeviceIgnores(t *testing.T) {
	for _, c := range []struct {
		name  string
		bytes func(*bench) []byte
		want  error
	}{
		{"noise", func(*bench) []byte { return []byte("STOP") }, ErrFrameVersion},
		{"nothing", func(*bench) []byte { return nil }, ErrFrameLength},
		{"a frame for others", func(b *bench) []byte {
			f := sound(16, b.now)
			f.Target = Numbers(4710, 4712)
			return b.sign(f)
		}, ErrNotAddressed},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			e := b.step(FrameReceived{c.bytes(b)})
			if !errors.Is(e.Dropped, c.want) || e.Store != nil || e.Sound != nil || len(b.heard) > 0 {
				t.Errorf("effects %+v, heard %v; want only %v", e, b.heard, c.want)
			}
		})
	}
}

func TestDeviceReportsForgeriesSparingly(t *testing.T) {
	b := newBench(t)
	for i := range 100 {
		forged := b.sign(sound(uint64(16+i), b.now))
		forged[20] = 2
		b.step(FrameReceived{forged})
		b.now = b.now.Add(100 * time.Millisecond)
	}
	if b.wantAck(OutcomeRefused, ReasonBadSignature); len(b.heard) != 1 || b.on {
		t.Errorf("answered %d times to forgeries within 10 s, on %v", len(b.heard), b.on)
	}
	var s State
	if s = s.Hear(b.heard[0], GermanSignals(), b.now); s.Detail != DetailForged {
		t.Errorf("the state does not tell of the forgery: %+v", s)
	}
}

func TestDeviceStop(t *testing.T) {
	b := newBench(t)
	b.receive(sound(16, b.now))
	b.pass(10 * time.Second)
	b.heard = nil
	b.receive(stop(32, b.now))
	if b.on {
		t.Fatal("still on")
	}
	type ack struct {
		Counter uint64
		Outcome Outcome
		Reason  Reason
	}
	var got []ack
	for _, a := range b.heard {
		got = append(got, ack{a.Frame.Counter, a.Outcome, a.Reason})
	}
	if diff := cmp.Diff([]ack{{16, OutcomeDone, ReasonStopped}, {32, OutcomeDone, ReasonNone}}, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	b.receive(sound(31, b.now))
	b.wantAck(OutcomeRefused, ReasonOlder)
	b.receive(sound(48, b.now))
	if !b.on {
		t.Error("a newer frame does not sound after a stop")
	}
}

func TestDeviceStopsWhateverIsBroken(t *testing.T) {
	b := newBench(t)
	for i := range MaxStarts + 2 {
		b.receive(sound(uint64(16+i), b.now))
	}
	b.wantAck(OutcomeRefused, ReasonTooOften)
	b.broken = true
	b.receive(stop(99, b.now))
	if b.on {
		t.Error("a storage fault keeps it from falling silent")
	}
}

func TestDeviceStopsWhatItDidNotStart(t *testing.T) {
	b := newBench(t)
	b.step(ContactsChanged{Contacts{Local: true}})
	if a := b.heard[0]; a.Condition != ConditionTriggered || !a.Contacts.Local {
		t.Errorf("a siren sounded at the site reports %+v", a)
	}
	if e := b.step(FrameReceived{b.sign(stop(16, b.now))}); !e.Silence {
		t.Error("a stop does not reach the horn")
	}
}

// The monitor of a horn may be broken in the horn's place: what it does not hear
// goes on, and is told.
func TestDeviceUnheard(t *testing.T) {
	b := newBench(t)
	b.receive(sound(16, b.now))
	b.heard = nil
	b.step(ContactsChanged{Contacts{Unheard: true}})
	if !b.on || len(b.heard) != 1 || !b.heard[0].Contacts.HornFault || b.heard[0].Condition != ConditionTriggered {
		t.Errorf("on %t, says %+v", b.on, b.heard)
	}
	b.pass(time.Minute)
	b.wantAck(OutcomeDone, ReasonFault)
	if last := b.heard[len(b.heard)-1]; b.on || last.Condition != ConditionFault {
		t.Errorf("afterwards on %t, says %+v", b.on, last)
	}
	b.receive(sound(32, b.now))
	b.wantAck(OutcomeAccepted, ReasonNone)
}

func TestDeviceRogue(t *testing.T) {
	b := newBench(t)
	b.step(ContactsChanged{Contacts{Rogue: true}})
	if a := b.heard[0]; a.Condition != ConditionTriggered || !a.Contacts.Rogue || a.Contacts.Detail() != DetailRogue {
		t.Errorf("a horn that nobody commanded reports %+v", a)
	}
	b.heard = nil
	b.step(ContactsChanged{Contacts{Local: true}})
	if a := b.heard[0]; a.Contacts.Rogue {
		t.Errorf("a horn sounded by hand reports %+v", a)
	}
}

func TestDeviceTooOften(t *testing.T) {
	b := newBench(t)
	counter := uint64(16)
	next := func() { counter++; b.receive(sound(counter, b.now)) }
	for range MaxStarts {
		next()
		b.wantAck(OutcomeAccepted, ReasonNone)
	}
	next()
	b.wantAck(OutcomeRefused, ReasonTooOften)
	b.restart()
	next()
	b.wantAck(OutcomeRefused, ReasonTooOften)
	b.pass(StartsWindow)
	next()
	b.wantAck(OutcomeAccepted, ReasonNone)
}

func TestDeviceNewerFrameReplaces(t *testing.T) {
	b := newBench(t)
	b.receive(sound(16, b.now))
	b.pass(10 * time.Second)
	clear := sound(32, b.now)
	clear.Signal = 2
	b.heard = nil
	b.receive(clear)
	if len(b.heard) != 2 || b.heard[0].Reason != ReasonSuperseded || b.heard[1].Outcome != OutcomeAccepted || b.heard[1].Signal != 2 {
		t.Errorf("heard %+v", b.heard)
	}
	b.pass(59 * time.Second)
	if !b.on {
		t.Error("the second signal ended with the first")
	}
	b.pass(time.Second)
	if b.on {
		t.Error("the second signal did not end")
	}
}

func TestDeviceTestDoesNotDisturbAnAlarm(t *testing.T) {
	b := newBench(t)
	b.receive(sound(16, b.now))
	f := sound(32, b.now)
	f.Action, f.Signal = ActionTest, 17
	b.receive(f)
	b.wantAck(OutcomeRefused, ReasonBusy)
	b.pass(time.Minute)
	b.receive(f)
	b.wantAck(OutcomeAccepted, ReasonNone)
	b.pass(2 * time.Second)
	b.wantAck(OutcomeDone, ReasonNone)
}

func TestDeviceRestartedWhileItSounded(t *testing.T) {
	b := newBench(t)
	f := sound(16, b.now)
	b.receive(f)
	b.pass(10 * time.Second)
	b.restart()
	b.receive(f)
	b.wantAck(OutcomeDone, ReasonInterrupted)
	if len(b.sounds) != 1 || b.on {
		t.Errorf("sounded %d times, on %v", len(b.sounds), b.on)
	}
}

func TestDeviceStorageRecovers(t *testing.T) {
	b := newBench(t)
	b.broken = true
	b.receive(sound(16, b.now))
	b.wantAck(OutcomeRefused, ReasonStorage)
	if last := b.heard[len(b.heard)-1]; !last.Contacts.StorageFault || last.Condition != ConditionFault {
		t.Errorf("the fault is not reported: %+v", last)
	}
	b.broken = false
	b.receive(sound(32, b.now))
	b.step(Tick{})
	b.wantAck(OutcomeAccepted, ReasonNone)
	if !b.on {
		t.Error("stays silent although it can store again")
	}
}

func TestDeviceClock(t *testing.T) {
	world := epochTime
	b := &bench{t: t, device: NewDevice(testConfig(), Memory{}), now: world.Add(-24 * time.Hour), skew: -24 * time.Hour}
	b.step(Connected{})
	if last := b.heard[len(b.heard)-1]; last.Kind != AnswerState || !last.Time.Equal(world) {
		t.Fatalf("a clock moved by a day is not reported: %+v", b.heard)
	}
	b.receive(sound(16, world))
	b.wantAck(OutcomeAccepted, ReasonNone)

	b.gone = true
	b.receive(beacon(0, world.Add(-time.Hour)))
	if got := b.device.Time(b.now); !got.Equal(world) {
		t.Errorf("an old beacon moved the clock to %v", got)
	}
}

func TestDeviceHeartbeat(t *testing.T) {
	b := newBench(t)
	for range 120 {
		b.pass(30 * time.Second)
		b.receive(beacon(0, b.now))
	}
	if n := len(b.heard); n != 12 {
		t.Errorf("%d reports in an hour, want one soon after connecting and then one every 5 minutes", n)
	}
	b.step(Disconnected{})
	b.heard = nil
	b.pass(time.Hour)
	if len(b.heard) != 0 {
		t.Error("speaks without a connection")
	}
}

func TestRepliesSpread(t *testing.T) {
	const sirens, slots = 2000, 10
	var counts [slots]int
	for number := range uint32(sirens) {
		config := testConfig()
		config.Number = number + 1
		place := NewDevice(config, Memory{}).place(FrameID{Counter: 4096}, time.Second)
		counts[place*slots/time.Second]++
	}
	for i, n := range counts {
		if n < sirens/slots/2 || n > sirens/slots*2 {
			t.Errorf("slot %d holds %d of %d replies: %v", i, n, sirens, counts)
		}
	}
}
