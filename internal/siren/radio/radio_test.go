// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package radio

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
	"github.com/tocsin-alert/tocsin/radio/pocsag"
	"github.com/tocsin-alert/tocsin/radio/selcall"
	"github.com/tocsin-alert/tocsin/radio/wav"
)

// recorded keeps what was played.
type recorded struct {
	mu     sync.Mutex
	sounds []wav.Sound
	during func()
}

func (r *recorded) Play(_ context.Context, _ string, s wav.Sound) error {
	if r.during != nil {
		r.during()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sounds = append(r.sounds, s)
	return nil
}

func TestPOCSAGSendsGroupsFirst(t *testing.T) {
	out := &recorded{}
	p, err := NewPOCSAG(POCSAGOptions{Name: "north", Output: out, Area: Area{"12054"}})
	if err != nil {
		t.Fatal(err)
	}
	var calls []siren.Call
	for _, address := range []string{"0001234", "1234567", "200"} {
		c, ok := p.Prepare(address, "warning")
		if !ok || c.Command != "C" || c.Airtime != 933*time.Millisecond {
			t.Fatalf("%+v, %v", c, ok)
		}
		c.Group = address == "200"
		calls = append(calls, c)
	}
	if sent := p.Transmit(t.Context(), route.PriorityAlarm, func(int) []siren.Call { return calls }); len(sent) != 3 || errors.Join(sent...) != nil {
		t.Fatalf("%v", sent)
	}
	var got []string
	for _, h := range pocsag.Demodulate(out.sounds[0].Samples, out.sounds[0].Rate, pocsag.German) {
		got = append(got, strconv.Itoa(int(h.Address))+h.Function.String())
	}
	if diff := cmp.Diff([]string{"200C", "1234C", "1234567C"}, got); diff != "" {
		t.Error(diff)
	}
	for _, signal := range []string{"silent-test", "nonsense"} {
		if _, ok := p.Prepare("1", signal); ok {
			t.Errorf("%s is called", signal)
		}
	}
	if _, ok := p.Prepare("9999999", "warning"); ok {
		t.Error("an address beyond all is called")
	}
	if !p.Serves(siren.Siren{ARS: "120540000000"}) || p.Serves(siren.Siren{ARS: geo.ARS("12052")}) {
		t.Error("the area is not held")
	}
	most := p.most()
	many := make([]pocsag.Call, most)
	for i := range many {
		many[i] = pocsag.Call{Address: uint32(8 * (i + 1)), Function: pocsag.C}
	}
	long, err := pocsag.Encode(many, pocsag.Options{})
	if err != nil || long.Airtime(pocsag.Baud1200) > transmissionLimit {
		t.Errorf("%d calls take %v, %v", most, long.Airtime(pocsag.Baud1200), err)
	}
}

func TestTonesSendTheDoubleToneOfTheTable(t *testing.T) {
	out := &recorded{}
	tones, err := NewTones(TonesOptions{Name: "south", Output: out, Signals: map[string]string{"fire-12": "fire"}})
	if err != nil {
		t.Fatal(err)
	}
	for signal, want := range map[string]string{"warning": "warning", "fire-12": "fire", "all-clear": "all-clear"} {
		c, ok := tones.Prepare("26346", signal)
		if !ok || c.Airtime < 6*time.Second || c.Airtime > 8*time.Second {
			t.Fatalf("%s: %+v, %v", signal, c, ok)
		}
		out.sounds = nil
		if sent := tones.Transmit(t.Context(), route.PriorityAlarm, func(int) []siren.Call { return []siren.Call{c} }); errors.Join(sent...) != nil {
			t.Fatal(sent)
		}
		zvei, err := selcall.Named("ZVEI1")
		if err != nil {
			t.Fatal(err)
		}
		called, doubles := selcall.Decode(out.sounds[0].Samples, out.sounds[0].Rate, zvei, tones.table)
		if len(called) != 2 || called[0].Digits != "26346" || len(doubles) != 1 || doubles[0].Signal != want {
			t.Errorf("%s sounds as %+v, %+v", signal, called, doubles)
		}
	}
	for _, c := range []struct{ address, signal string }{{"26346", "silent-test"}, {"26346", "approach"}, {"2E346", "warning"}} {
		if _, ok := tones.Prepare(c.address, c.signal); ok {
			t.Errorf("%v is called", c)
		}
	}
	for _, o := range []TonesOptions{{System: "MORSE"}, {Table: "xx"}, {Rate: 10}, {Signals: map[string]string{"warning": "opera"}}} {
		if _, err := NewTones(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// One transmission at a time, alarms before tests that came earlier.
func TestTransmittersSendOneThingAtATime(t *testing.T) {
	begun, goOn := make(chan struct{}, 10), make(chan struct{})
	out := &recorded{during: func() { begun <- struct{}{}; <-goOn }}
	p, err := NewPOCSAG(POCSAGOptions{Name: "north", Output: out})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var order []string
	var senders sync.WaitGroup
	send := func(ctx context.Context, name string, priority route.Priority) {
		senders.Go(func() {
			p.Transmit(ctx, priority, func(int) []siren.Call {
				mu.Lock()
				defer mu.Unlock()
				order = append(order, name)
				return []siren.Call{{Address: "8", Command: "A"}}
			})
		})
	}
	waits := func(n int) {
		t.Helper()
		eventually.Holds(t, strconv.Itoa(n)+" wait", func() bool {
			p.queue.mu.Lock()
			defer p.queue.mu.Unlock()
			return len(p.queue.waiting) == n
		})
	}
	send(t.Context(), "first test", route.PriorityTest)
	<-begun
	given, giveUp := context.WithCancel(t.Context())
	send(given, "given up", route.PriorityAlarm)
	waits(1)
	send(t.Context(), "second test", route.PriorityTest)
	waits(2)
	send(t.Context(), "alarm", route.PriorityAlarm)
	waits(3)
	send(t.Context(), "second alarm", route.PriorityAlarm)
	waits(4)
	giveUp()
	waits(3)
	close(goOn)
	senders.Wait()
	if diff := cmp.Diff([]string{"first test", "alarm", "second alarm", "second test"}, order); diff != "" {
		t.Error(diff)
	}
	if p.queue.busy {
		t.Error("the transmitter stays busy")
	}
}

func script(t *testing.T, text string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "transmit")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return []string{"/bin/sh", path}
}

func TestProcess(t *testing.T) {
	sound := wav.Sound{Rate: wav.DefaultRate, Samples: make([]int16, wav.DefaultRate/10)}
	kept := filepath.Join(t.TempDir(), "kept")
	for _, c := range []struct {
		name, script string
		wav          bool
		want         string
	}{
		{"takes samples", "cat > " + kept, false, ""},
		{"takes a WAV file", "cat > " + kept, true, ""},
		{"reads nothing and says it went out", "exit 0", false, ""},
		{"says why it cannot", "echo no carrier >&2; exit 3", false, "exit status 3: no carrier"},
		{"dies", "kill -9 $$", false, "killed"},
		{"hangs", "sleep 60 & sleep 60", false, "took too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			began, timeout := time.Now(), eventually.Patience
			if c.name == "hangs" {
				timeout = 300 * time.Millisecond
			}
			err := Process{Command: script(t, c.script), WAV: c.wav, Timeout: timeout}.Play(t.Context(), "x", sound)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if took := time.Since(began); took > 50*time.Second {
				t.Errorf("it took %v", took)
			}
			if !strings.HasPrefix(c.script, "cat") {
				return
			}
			got, err := os.ReadFile(kept)
			if err != nil {
				t.Fatal(err)
			}
			want := sound.Raw()
			if c.wav {
				want, _ = sound.Bytes()
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%d bytes, want %d", len(got), len(want))
			}
		})
	}
	if err := (Process{Command: []string{"/nowhere/transmit"}}).Play(t.Context(), "x", sound); err == nil {
		t.Error("a program that there is not has sent")
	}
}

func TestFolderAndSamples(t *testing.T) {
	dir := t.TempDir()
	sound := wav.Sound{Rate: wav.DefaultRate, Samples: []int16{1, -2, 3}}
	if err := (Folder{filepath.Join(dir, "new")}).Play(t.Context(), "north", sound); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "new", "*-north.wav"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	file, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	back, err := wav.Read(file)
	if diff := cmp.Diff(sound, back); err != nil || diff != "" {
		t.Error(err, diff)
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	if err := (Samples{pipe}).Play(t.Context(), "x", sound); err == nil {
		t.Error("samples went into a pipe that nobody reads")
	}
	reader, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := (Samples{pipe}).Play(t.Context(), "x", sound); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 100)
	if n, err := reader.Read(got); err != nil || !bytes.Equal(got[:n], sound.Raw()) {
		t.Errorf("%v, %v", got[:n], err)
	}
}
