// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// sent is a frame as the authority signed it.
type sent struct {
	frame Frame
	bytes []byte
}

// world drives one device through random weather and holds it to what must
// always be true.
type world struct {
	*rapid.T
	device  *Device
	stored  Memory
	now     time.Time
	skew    time.Duration // the device's even clock minus the world's
	jump    time.Duration // what the device's wall clock shows minus its even clock
	keyset  uint32        // the highest version that enough root keys signed and the device got
	counter uint64
	frames  []sent
	sounded map[FrameID]bool
	starts  []time.Time
	horn    *Sounding
	wake    time.Time
}

func (w *world) local() time.Time { return w.now.Add(w.skew) }

func (w *world) config() DeviceConfig {
	config := keyedConfig()
	config.Wall = func(now time.Time) time.Time { return now.Add(w.jump) }
	return config
}

// lateness bounds how wrong the time is of a device that heard a fresh beacon.
const lateness = challengeLife + beaconLag + clockGrain

func (w *world) step(in Input) {
	e := w.device.Step(in, w.local())
	w.wake = e.Wake
	w.listen(e)
	w.carry(e, in)
	w.held()
}

// listen has the authority answer a hello, now or never or late.
func (w *world) listen(e Effects) {
	for _, saying := range e.Send {
		a, err := OpenAnswer(saying.Bytes, public(deviceKey))
		if err != nil {
			w.Fatal(err)
		}
		if a.Challenge != (Challenge{}) {
			f := beacon(0, w.now)
			f.Target = Answering(a.Challenge)
			w.frames = append(w.frames, w.sign(f))
		}
	}
}

// held checks what is true of keysets whatever happens.
func (w *world) held() {
	stored := testKeyset()
	if k, err := ReadKeyset(Envelope{Body: w.stored.Keyset}); err == nil {
		stored = k
	}
	if got := w.device.trust.Keyset.Version; got < stored.Version || got > w.keyset {
		w.Fatalf("obeys keyset %d, stored is %d, and the newest that was signed is %d", got, stored.Version, w.keyset)
	}
}

func (w *world) carry(e Effects, in Input) {
	fault := rapid.SampledFrom([]string{"", "", "", "", "", "", "disk", "crash before store", "crash after store", "crash after sound"})
	weather := ""
	if e.Store != nil {
		weather = fault.Draw(w.T, "weather")
	}
	if weather == "crash before store" {
		w.crash()
		return
	}
	if e.Silence {
		w.horn = nil
	}
	if weather == "disk" {
		if e := w.device.Step(NotStored{}, w.local()); e.Sound != nil {
			w.Fatal("sounds although it could not store")
		}
		return
	}
	if e.Store != nil {
		w.stored = e.Store.clone()
	}
	if weather == "crash after store" {
		w.crash()
		return
	}
	if e.Sound != nil {
		w.begin(*e.Sound, in)
	}
	if weather == "crash after sound" {
		w.crash()
	}
}

func (w *world) crash() {
	w.horn = nil
	w.device = NewDevice(w.config(), w.stored)
	w.step(Connected{})
}

// begin checks everything that must be true when a horn starts.
func (w *world) begin(s Sounding, in Input) {
	received, ok := in.(FrameReceived)
	if !ok {
		w.Fatalf("sounds on %T", in)
	}
	if !VerifyFrame(received.Bytes, public(issuerKey)) {
		w.Fatal("sounds on a forged frame")
	}
	f, err := ParseFrame(received.Bytes)
	if err != nil {
		w.Fatal(err)
	}
	switch {
	case w.sounded[f.ID()]:
		w.Fatalf("frame %s sounds a second time", f.ID())
	case w.stored.Counters[f.Key].Counter < f.Counter:
		w.Fatal("sounds before its counter is stored")
	case !w.now.Before(f.Expires().Add(lateness)):
		w.Fatalf("sounds %v after its time", w.now.Sub(f.Expires()))
	case w.now.Before(f.NotBefore.Add(-lateness)):
		w.Fatalf("sounds %v before its time", f.NotBefore.Sub(w.now))
	case w.device.trust.Keyset.NeedsSecond(f) && !VerifySecond(received.Bytes, public(secondKey)):
		w.Fatal("sounds for a wide target without a second signature")
	case f.Action != ActionSound && f.Action != ActionTest:
		w.Fatalf("sounds on %s", f.Action)
	case s.Until.Sub(w.local()) > MaxSound:
		w.Fatal("sounds longer than allowed")
	case !f.Target.Holds(testConfig().Number, testConfig().ARS):
		w.Fatal("sounds although not meant")
	}
	if f.Action == ActionTest {
		for _, segment := range s.Signal.Segments {
			if segment.Tone.Alarming() {
				w.Fatalf("a test sounds %s", segment.Tone)
			}
		}
	} else {
		w.starts = append(w.starts, w.device.Time(w.local()))
		if n := len(w.starts); n > MaxStarts && w.starts[n-1].Sub(w.starts[n-1-MaxStarts]) < StartsWindow {
			w.Fatalf("%d starts within %v", MaxStarts+1, StartsWindow)
		}
	}
	w.sounded[f.ID()] = true
	w.horn = &s
}

func (w *world) issue() sent {
	w.counter += uint64(rapid.IntRange(1, 3).Draw(w.T, "gap"))
	f := Frame{
		Epoch: 1, Counter: w.counter,
		NotBefore:   w.now.Truncate(time.Second).Add(-time.Duration(rapid.IntRange(-5, 60).Draw(w.T, "slack")) * time.Second),
		TTL:         time.Duration(rapid.IntRange(1, 700).Draw(w.T, "ttl")) * time.Second,
		Action:      rapid.SampledFrom(AllActions).Draw(w.T, "action"),
		Target:      rapid.SampledFrom([]Target{All(), Regions("12"), Regions("11"), Numbers(4711), Numbers(1)}).Draw(w.T, "target"),
		ReplyWindow: time.Duration(rapid.IntRange(0, 20).Draw(w.T, "window")) * replyUnit,
	}
	switch f.Action {
	case ActionSound, ActionTest:
		f.Signal = rapid.SampledFrom([]uint8{1, 2, 3, 4, 16, 17, 99}).Draw(w.T, "signal")
	case ActionBeacon:
		f.NotBefore, f.ReplyWindow = w.now.Truncate(time.Second), 0
		f.Counter = uint64(rapid.IntRange(0, int(w.counter)).Draw(w.T, "over"))
	}
	if f.Action != ActionBeacon && rapid.Bool().Draw(w.T, "twice") {
		f.Second = KeyIDOf(public(secondKey))
	}
	s := w.sign(f)
	w.frames = append(w.frames, s)
	return s
}

func (w *world) sign(f Frame) sent {
	raw, err := signVector(f)
	if err != nil {
		w.Fatal(err)
	}
	f.Key = KeyIDOf(public(issuerKey))
	return sent{f, raw}
}

// signedKeysets are keysets of several versions, each signed by two and by three root keys.
var signedKeysets = sync.OnceValue(func() map[uint32][2][]byte {
	all := map[uint32][2][]byte{}
	for version := uint32(5); version <= 12; version++ {
		k := testKeyset()
		k.Version, k.NotBefore = version, epochTime.Add(-24*time.Hour)
		if version%2 == 0 {
			k.Limit = Limit{}
		}
		d, err := k.Envelope()
		var pair [2][]byte
		for number := 1; number <= 3 && err == nil; number++ {
			if d, err = d.Sign(rootKey(number)); number >= 2 {
				pair[number-2] = testRoot().Trim(d).Encode()
			}
		}
		if err != nil {
			panic(err)
		}
		all[version] = pair
	}
	return all
})

func TestDeviceInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{
			T: t, now: epochTime.Add(time.Hour), sounded: map[FrameID]bool{}, keyset: testKeyset().Version,
			skew: time.Duration(rapid.SampledFrom([]int{0, 0, -1, -60, -1e6, 60, 1e6}).Draw(t, "skew")) * time.Second,
		}
		w.device = NewDevice(w.config(), Memory{})
		w.step(Connected{})
		t.Repeat(map[string]func(*rapid.T){
			"a frame": func(t *rapid.T) { w.T = t; w.step(FrameReceived{w.issue().bytes}) },
			"an old frame": func(t *rapid.T) {
				w.T = t
				if len(w.frames) > 0 {
					w.step(FrameReceived{rapid.SampledFrom(w.frames).Draw(t, "old").bytes})
				}
			},
			"a forged frame": func(t *rapid.T) {
				w.T = t
				s := w.issue()
				at := rapid.IntRange(0, len(s.bytes)-1).Draw(t, "at")
				s.bytes = append([]byte{}, s.bytes...)
				s.bytes[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "with"))
				w.step(FrameReceived{s.bytes})
			},
			"a stop that works": func(t *rapid.T) {
				w.T = t
				w.counter++
				w.step(Connected{})
				w.step(FrameReceived{w.frames[len(w.frames)-1].bytes}) // the answer to its hello
				w.step(FrameReceived{w.sign(stop(w.counter, w.now)).bytes})
				if w.horn != nil {
					t.Fatal("sounds on after a stop")
				}
			},
			"a keyset": func(t *rapid.T) {
				w.T = t
				version := rapid.Uint32Range(5, 12).Draw(t, "version")
				enough := rapid.IntRange(0, 1).Draw(t, "enough")
				if enough == 1 {
					w.keyset = max(w.keyset, version)
				}
				w.step(FrameReceived{signedKeysets()[version][enough]})
			},
			"the authority answers": func(t *rapid.T) {
				w.T = t
				w.step(Connected{})
				w.step(FrameReceived{w.frames[len(w.frames)-1].bytes})
			},
			"the wall clock jumps": func(t *rapid.T) {
				w.T = t
				w.jump += rapid.SampledFrom([]time.Duration{time.Hour, -time.Hour, time.Minute}).Draw(t, "jump")
			},
			"time passes": func(t *rapid.T) {
				w.T = t
				end := w.now.Add(time.Duration(rapid.SampledFrom([]int{100, 1000, 30_000, 200_000, 700_000}).Draw(t, "ms")) * time.Millisecond)
				for range 100 {
					at := w.wake.Add(-w.skew)
					if w.wake.IsZero() || at.After(end) {
						break
					}
					w.now = at
					w.step(Tick{})
				}
				w.now = end
				w.step(Tick{})
			},
			"contacts": func(t *rapid.T) {
				w.T = t
				w.step(ContactsChanged{contactsOf(uint16(rapid.IntRange(0, 1<<10-1).Draw(t, "bits")))})
				if w.device.contacts.refusal() != ReasonNone && w.horn != nil {
					t.Fatal("sounds although it cannot")
				}
			},
			"the line drops":   func(t *rapid.T) { w.T = t; w.step(Disconnected{}) },
			"the line is back": func(t *rapid.T) { w.T = t; w.step(Connected{}) },
			"a restart":        func(t *rapid.T) { w.T = t; w.crash() },
			"": func(t *rapid.T) {
				if w.horn != nil && w.local().After(w.horn.Until) {
					t.Fatalf("sounds %v too long", w.local().Sub(w.horn.Until))
				}
			},
		})
	})
}
