// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package onair

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/radio/pocsag"
	"github.com/tocsin-alert/tocsin/radio/selcall"
	"github.com/tocsin-alert/tocsin/radio/wav"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var lines = []struct {
	line string
	want siren.Call
	ok   bool
}{
	{"POCSAG1200: Address: 1234567  Function: 2 ", siren.Call{Kind: siren.PathPOCSAG, Address: "1234567", Command: "C"}, true},
	{"POCSAG512: Address:      42  Function: 0  Alpha:   SIRENE TEST 1<NUL>", siren.Call{Kind: siren.PathPOCSAG, Address: "42", Command: "A"}, true},
	{"POCSAG2400: Address: 1  Function: 3  Alpha:   ZVEI1: 26346", siren.Call{Kind: siren.PathPOCSAG, Address: "1", Command: "D"}, true},
	{"ZVEI1: 26346", siren.Call{Kind: siren.PathTones, Address: "26346"}, true},
	{"ZVEI1: 2E4E6", siren.Call{Kind: siren.PathTones, Address: "22446"}, true},
	{"ZVEI1: E2346", siren.Call{}, false},
	{"ZVEI1: F", siren.Call{}, false},
	{"ZVEI1: 123456789", siren.Call{}, false},
	{"POCSAG1200: Address: 12345678  Function: 2", siren.Call{}, false},
	{"POCSAG1200: Address: 1234567  Function: 4", siren.Call{}, false},
	{"POCSAG1200: Function: 2  Address: 1234567", siren.Call{}, false},
	{"multimon-ng 1.2.0", siren.Call{}, false},
	{"Available demodulators: POCSAG512 POCSAG1200", siren.Call{}, false},
	{"", siren.Call{}, false},
}

func TestParseLine(t *testing.T) {
	for _, c := range lines {
		got, ok := ParseLine(c.line)
		if ok != c.ok || !cmp.Equal(c.want, got) {
			t.Errorf("%q is %+v, %v", c.line, got, ok)
		}
	}
}

func FuzzParseLine(f *testing.F) {
	for _, c := range lines {
		f.Add(c.line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		call, ok := ParseLine(line)
		if !ok {
			if call.Address != "" {
				t.Fatalf("%q is refused and gives %+v", line, call)
			}
			return
		}
		most := 8
		if call.Kind == siren.PathPOCSAG {
			most = 7
			if strings.Trim(call.Command, "ABCD") != "" || len(call.Command) != 1 {
				t.Fatalf("%q has the command %q", line, call.Command)
			}
		}
		if call.Address == "" || len(call.Address) > most || strings.Trim(call.Address, "0123456789ABCDF") != "" {
			t.Fatalf("%q has the address %q", line, call.Address)
		}
	})
}

// hearings collects what receivers hear.
type hearings struct {
	mu    sync.Mutex
	calls []string
}

func (h *hearings) hear(heard Hearing) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, heard.Receiver+" "+string(heard.Call.Kind)+" "+heard.Call.String())
}

func (h *hearings) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.calls)
}

func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
}

// pocsagSound is the sound of a call, with the pause behind it that a receiver needs.
func pocsagSound(t *testing.T, ric uint32, f pocsag.Function) []int16 {
	t.Helper()
	sent, err := pocsag.Encode([]pocsag.Call{{Address: ric, Function: f}}, pocsag.Options{})
	if err != nil {
		t.Fatal(err)
	}
	samples, err := pocsag.Modulation{Baud: pocsag.Baud1200, Rate: wav.DefaultRate}.Samples(sent.Bits())
	if err != nil {
		t.Fatal(err)
	}
	return append(samples, make([]int16, wav.DefaultRate)...)
}

// file writes sound as a WAV file.
func file(t *testing.T, samples []int16) string {
	t.Helper()
	raw, err := wav.Sound{Rate: wav.DefaultRate, Samples: samples}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sound.wav")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// playing is a source that plays a WAV file once through sox and then is silent.
func playing(path string) []string {
	return []string{"sh", "-c", "sox '" + path + "' -t raw -e signed -b 16 -c 1 -r 22050 - && sleep 60"}
}

func listen(t *testing.T, o ReceiverOptions) *hearings {
	t.Helper()
	h := &hearings{}
	o.Name, o.Hear, o.Log = "tower", h.hear, slog.New(slog.DiscardHandler)
	if o.pause == 0 {
		o.pause = 10 * time.Millisecond
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = NewReceiver(o).Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return h
}

// A receiver has multimon-ng hear POCSAG and tones in one stream of samples.
func TestReceiverHearsPOCSAGAndTones(t *testing.T) {
	need(t, "multimon-ng", "sox")
	zvei, err := selcall.Named("ZVEI1")
	if err != nil {
		t.Fatal(err)
	}
	tones, err := selcall.Alert{System: zvei, Call: "22446", Times: 1}.Samples(wav.DefaultRate)
	if err != nil {
		t.Fatal(err)
	}
	sound := slices.Concat(pocsagSound(t, 1234567, pocsag.C), tones, make([]int16, wav.DefaultRate))
	h := listen(t, ReceiverOptions{Source: playing(file(t, sound)), Demodulators: []string{"POCSAG512", "POCSAG1200", "ZVEI1"}})
	want := []string{"tower pocsag 1234567 C", "tower tones 22446"}
	eventually.Holds(t, "both are heard", func() bool { return len(h.all()) >= 2 })
	got := h.all()
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What ends is started again; a line without end is passed over.
func TestReceiverGoesOn(t *testing.T) {
	count := filepath.Join(t.TempDir(), "count")
	h := listen(t, ReceiverOptions{Lines: []string{"sh", "-c",
		"echo x >> " + count + "; head -c 100000 /dev/zero | tr '\\0' 'Z'; echo; echo 'ZVEI1: 26346'; [ $(wc -l < " + count + ") -lt 3 ] && exit 1; sleep 60"}})
	eventually.Holds(t, "three calls are heard", func() bool { return len(h.all()) == 3 })
	raw, err := os.ReadFile(count)
	if err != nil || bytes.Count(raw, []byte("x")) != 3 {
		t.Errorf("%q, %v", raw, err)
	}
}

// Samples may come from a file; a receiver whose file is not there keeps trying.
func TestReceiverReadsSamplesFromAFile(t *testing.T) {
	need(t, "multimon-ng")
	path := filepath.Join(t.TempDir(), "samples")
	h := listen(t, ReceiverOptions{Samples: path, Demodulators: []string{"POCSAG1200"}})
	raw := wav.Sound{Rate: wav.DefaultRate, Samples: pocsagSound(t, 99, pocsag.A)}.Raw()
	if err := os.WriteFile(path+".new", raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	eventually.Holds(t, "the call is heard", func() bool { return slices.Contains(h.all(), "tower pocsag "+strconv.Itoa(99)+" A") })
}
