// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
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
	skew    time.Duration // the device's clock minus the world's; never ahead
	counter uint64
	frames  []sent
	sounded map[FrameID]bool
	starts  []time.Time
	horn    *Sounding
	wake    time.Time
}

func (w *world) local() time.Time { return w.now.Add(w.skew) }

func (w *world) step(in Input) {
	e := w.device.Step(in, w.local())
	w.wake = e.Wake
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
	w.device = NewDevice(testConfig(), w.stored)
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
	case !w.now.Before(f.Expires()) && w.skew == 0:
		w.Fatal("sounds after its time")
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
	raw, err := f.Sign(NewSigner(issuerKey))
	if err != nil {
		w.Fatal(err)
	}
	f.Key = KeyIDOf(public(issuerKey))
	s := sent{f, raw}
	w.frames = append(w.frames, s)
	return s
}

func TestDeviceInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{
			T: t, device: NewDevice(testConfig(), Memory{}), now: epochTime, sounded: map[FrameID]bool{},
			skew: -time.Duration(rapid.SampledFrom([]int{0, 0, 1, 60, 1e6}).Draw(t, "skew")) * time.Second,
		}
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
				b, err := beacon(0, w.now).Sign(NewSigner(issuerKey))
				if err != nil {
					t.Fatal(err)
				}
				w.step(FrameReceived{b})
				f, err := stop(w.counter, w.now).Sign(NewSigner(issuerKey))
				if err != nil {
					t.Fatal(err)
				}
				w.step(FrameReceived{f})
				if w.horn != nil {
					t.Fatal("sounds on after a stop")
				}
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
