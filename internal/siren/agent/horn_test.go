// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// tableau records what the lines of a horn were switched to.
type tableau struct {
	mu     sync.Mutex
	bits   []uint64
	broken error
}

func (s *tableau) Set(bits uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return s.broken
	}
	s.bits = append(s.bits, bits)
	return nil
}

func (s *tableau) Close() error { return nil }

func (s *tableau) seen() []uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Compact(slices.Clone(s.bits))
}

func short(tones ...siren.Tone) siren.Sounding {
	signal := siren.Signal{Number: 1, Name: "warning"}
	for _, tone := range tones {
		signal.Segments = append(signal.Segments, siren.Segment{Tone: tone, Seconds: 0.05})
	}
	return siren.Sounding{Signal: signal}
}

func TestLinesFollowTheSignal(t *testing.T) {
	steps := (&lineDriver{wail: CycleConfig{3 * time.Second, 2 * time.Second}}).steps(siren.Segment{Tone: siren.ToneWail, Seconds: 9})
	want := []step{{steadyBit, 3 * time.Second}, {0, 2 * time.Second}, {steadyBit, 3 * time.Second}, {0, time.Second}}
	if diff := cmp.Diff(want, steps, cmp.AllowUnexported(step{})); diff != "" {
		t.Errorf("a motor's wail (-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		name  string
		own   bool
		tones []siren.Tone
		want  []uint64
	}{
		{"fire", false, []siren.Tone{siren.ToneSteady, siren.ToneOff, siren.ToneSteady}, []uint64{1, 0, 1, 0}},
		{"wail of its own", true, []siren.Tone{siren.ToneWail, siren.ToneSteady}, []uint64{2, 1, 0}},
		{"growl", false, []siren.Tone{siren.ToneGrowl}, []uint64{1, 0}},
		{"silent test", false, []siren.Tone{siren.ToneOff}, []uint64{0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := &tableau{}
			d := &lineDriver{ownWail: c.own, wail: CycleConfig{time.Second, time.Second}, lines: lines}
			if err := d.play(t.Context(), short(c.tones...)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, lines.seen()); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func testHorn(d driver) *horn { return newHorn(d, slog.New(slog.DiscardHandler)) }

func TestHornEndsByItself(t *testing.T) {
	lines := &tableau{}
	h := testHorn(&lineDriver{lines: lines})
	h.sound(short(siren.ToneSteady))
	eventually.Holds(t, "the horn was on and is off", func() bool { return slices.Equal(lines.seen(), []uint64{1, 0}) })
	h.bar(true)
	h.sound(short(siren.ToneSteady))
	h.bar(false)
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
	h.sound(short(siren.ToneSteady))
	if diff := cmp.Diff([]uint64{1, 0}, lines.seen()); diff != "" {
		t.Errorf("a horn that is barred or closed (-want +got):\n%s", diff)
	}
}

func TestHornIsCutAtOnce(t *testing.T) {
	lines := &tableau{}
	h := testHorn(&lineDriver{lines: lines})
	long := siren.Sounding{Signal: siren.Signal{Segments: []siren.Segment{{Tone: siren.ToneSteady, Seconds: 60}}}}
	h.sound(long)
	eventually.Holds(t, "the horn is on", func() bool { return slices.Equal(lines.seen(), []uint64{1}) })
	h.silence()
	if diff := cmp.Diff([]uint64{1, 0}, lines.seen()); diff != "" {
		t.Errorf("when silence returns (-want +got):\n%s", diff)
	}
	lines.mu.Lock()
	lines.broken = errors.New("no such line")
	lines.mu.Unlock()
	h.sound(long)
	eventually.Holds(t, "the failure is known", func() bool { return h.state(time.Now()).Failure != nil })
	eventually.Holds(t, "a horn without work is not stuck", func() bool { return !h.state(time.Now().Add(time.Hour)).Stuck })
}

// stubborn is a horn that does not end.
type stubborn struct{ release chan struct{} }

func (d stubborn) play(context.Context, siren.Sounding) error { <-d.release; return nil }
func (d stubborn) cut()                                       {}
func (d stubborn) rest() error                                { return nil }
func (d stubborn) close() error                               { return nil }

func TestHornThatIsStuck(t *testing.T) {
	d := stubborn{make(chan struct{})}
	h := testHorn(d)
	h.sound(short(siren.ToneSteady))
	h.silence()
	now := time.Now()
	if h.state(now).Stuck || !h.state(now.Add(patience+time.Second)).Stuck {
		t.Error("a horn that does not end is not stuck after its time, or before")
	}
	close(d.release)
	eventually.Holds(t, "all its work is done", func() bool { return !h.state(now.Add(time.Hour)).Stuck })
}

// script makes a program of a few lines of shell.
func script(t *testing.T, lines string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+lines+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCommandIsEnded(t *testing.T) {
	dir := t.TempDir()
	// It starts another program, which must not outlive it, and does not want to end.
	sound := script(t, "trap '' TERM\nenv | grep ^TOCSIN_ | sort >'"+dir+"/env'\nsleep 60 &\necho $! >'"+dir+"/child.new'\nmv '"+dir+"/child.new' '"+dir+"/child'\nwait\nsleep 60")
	d := commandDriver{[]string{sound}, []string{script(t, "echo off >>'"+dir+"/off'")}}
	h := testHorn(d)
	h.sound(siren.Sounding{Signal: siren.GermanSignals()[2]})
	eventually.Holds(t, "the command runs", func() bool { _, err := os.Stat(filepath.Join(dir, "child")); return err == nil })
	h.silence()
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
	child, err := os.ReadFile(filepath.Join(dir, "child"))
	if err != nil {
		t.Fatal(err)
	}
	eventually.Holds(t, "what the command started has ended", func() bool {
		stat, err := os.ReadFile(filepath.Join("/proc", strings.TrimSpace(string(child)), "stat"))
		return err != nil || strings.Contains(string(stat), ") Z ")
	})
	if off, err := os.ReadFile(filepath.Join(dir, "off")); err != nil || !strings.HasPrefix(string(off), "off\n") {
		t.Errorf("the stop command wrote %q, %v", off, err)
	}
	environment, err := os.ReadFile(filepath.Join(dir, "env"))
	want := "TOCSIN_FRAME=00000000-0-0\nTOCSIN_NUMBER=3\nTOCSIN_SECONDS=59\nTOCSIN_SEGMENTS=steady:15 off:7 steady:15 off:7 steady:15\nTOCSIN_SIGNAL=fire\nTOCSIN_TEST=false\n"
	if err != nil || string(environment) != want {
		t.Errorf("environment (-want +got), %v:\n%s", err, cmp.Diff(want, string(environment)))
	}
}

func TestCommandOfTests(t *testing.T) {
	dir := t.TempDir()
	d := commandDriver{sound: []string{script(t, "touch '"+dir+"/started'; exit 3")}}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := d.play(ctx, short(siren.ToneOff)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "started")); err == nil {
		t.Error("a silent test started the horn's command")
	}
	if err := d.play(t.Context(), short(siren.ToneSteady)); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("a command that fails: %v", err)
	}
	if err := (commandDriver{sound: []string{filepath.Join(dir, "none")}}).play(t.Context(), short(siren.ToneSteady)); err == nil {
		t.Error("a command that is not there gave a signal")
	}
}

func TestMonitor(t *testing.T) {
	start := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	hears := func(on bool) map[string]reading { return map[string]reading{inputHorn: {Known: true, On: on}} }
	sounding := hornState{Audible: true, Since: at(100), Off: at(100)}
	for _, c := range []struct {
		name           string
		inputs         map[string]reading
		horn           hornState
		now            float64
		unheard, rogue bool
	}{
		{"silent and unasked", hears(false), hornState{}, 50, false, false},
		{"sounding as told", hears(true), hornState{Audible: true, Since: at(40), Off: at(50)}, 50, false, false},
		{"not yet heard", hears(false), sounding, 103, false, false},
		{"not heard in time", hears(false), sounding, 104, true, false},
		{"running down", hears(true), hornState{Off: at(100)}, 119, false, false},
		{"still running after its time", hears(true), hornState{Off: at(100)}, 121, false, true},
		{"running down from before the start", hears(true), hornState{}, 19, false, false},
		{"never asked", hears(true), hornState{}, 21, false, true},
		{"by hand", map[string]reading{inputHorn: {Known: true, On: true}, inputManual: {Known: true, On: true}}, hornState{}, 50, false, false},
		{"no monitor", nil, sounding, 150, false, false},
		{"a monitor that cannot be read", map[string]reading{inputHorn: {Known: true, Error: "gone"}}, sounding, 150, false, false},
		{"a command that failed", nil, hornState{Failure: os.ErrNotExist}, 50, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := monitor{heardWithin: 4 * time.Second, coast: 20 * time.Second, began: start}
			unheard, rogue := m.judge(c.inputs, c.horn, at(c.now))
			if unheard != c.unheard || rogue != c.rogue {
				t.Errorf("unheard %t, rogue %t; want %t, %t", unheard, rogue, c.unheard, c.rogue)
			}
		})
	}
}

func TestInputsAreInterpreted(t *testing.T) {
	limit := 11.8
	for _, c := range []struct {
		name   string
		config InputConfig
		number bool
		text   string
		want   reading
		bad    bool
	}{
		{"on", InputConfig{On: "1"}, false, "1\n", reading{On: true}, false},
		{"off", InputConfig{On: "1"}, false, "0\n", reading{}, false},
		{"inverted", InputConfig{On: "1", Invert: true}, false, "0", reading{On: true}, false},
		{"a word", InputConfig{On: "Charging"}, false, "Charging\n", reading{On: true}, false},
		{"above", InputConfig{Above: &limit}, false, "12.1", reading{On: true}, false},
		{"below", InputConfig{Above: &limit}, false, "11.1", reading{}, false},
		{"no number", InputConfig{Above: &limit}, false, "twelve", reading{}, true},
		{"not a number", InputConfig{Above: &limit}, false, "NaN", reading{}, true},
		{"temperature", InputConfig{Scale: 0.001, Limit: 70}, true, "71500", reading{On: true, Value: 71.5}, false},
		{"empty", InputConfig{Scale: 1, Limit: 70}, true, "", reading{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			on, value, err := c.config.interpret(c.text, c.number)
			if diff := cmp.Diff(c.want, reading{On: on, Value: value}, cmpopts.EquateApprox(0, 1e-9)); diff != "" || (err != nil) != c.bad {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func FuzzInterpret(f *testing.F) {
	f.Add("41000", true)
	f.Add("1\n", false)
	f.Add("-1e400", true)
	f.Fuzz(func(t *testing.T, text string, number bool) {
		in := InputConfig{On: "1", Scale: 0.001, Limit: 80}
		on, value, err := in.interpret(text, number)
		if err != nil && (on || value != 0) {
			t.Errorf("%q cannot be read and is %t, %g", text, on, value)
		}
		if math.IsNaN(value) || on && number && !(value > in.Limit) {
			t.Errorf("%q is %t, %g", text, on, value)
		}
	})
}

func TestInputsOfCommands(t *testing.T) {
	for _, c := range []struct{ name, lines, want, fault string }{
		{"exit 0", "exit 0", "1", ""},
		{"exit 1", "exit 1", "0", ""},
		{"output", "echo 12.6", "12.6", ""},
		{"broken", "echo no bus >&2; exit 1", "", "no bus"},
		{"much", "yes | head -c 100000", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := commandSource{script(t, c.lines)}.read()
			if c.name == "much" {
				if len(got) > maxReading {
					t.Errorf("%d bytes were kept", len(got))
				}
				return
			}
			if got != c.want || (err != nil) != (c.fault != "") || err != nil && !strings.Contains(err.Error(), c.fault) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// What cannot be read keeps its last value and says so; a door counts as open.
func TestInputThatFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "level")
	if err := os.WriteFile(path, []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	line := uint32(3)
	all := newSensors(map[string]InputConfig{
		inputMains: {File: path, On: "1"}, inputDoor: {File: path, On: "0"}, inputHorn: {Chip: filepath.Join(t.TempDir(), "gpiochip0"), Line: &line, On: "1"},
	}, func(bool) {})
	read := func() siren.Contacts {
		for _, one := range all.list {
			all.take(one, time.Now())
		}
		return contacts(all.all())
	}
	if diff := cmp.Diff(siren.Contacts{}, read()); diff != "" {
		t.Errorf("contacts (-want +got):\n%s", diff)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(siren.Contacts{Tamper: true}, read()); diff != "" {
		t.Errorf("contacts without the file (-want +got):\n%s", diff)
	}
	if now := all.all(); now[inputMains].Error == "" || now[inputHorn].Error == "" || now[inputHorn].Known {
		t.Errorf("nothing is said of the inputs: %+v", now)
	}
}
