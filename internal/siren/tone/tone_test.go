// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tone

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

func named(t *testing.T, name string) siren.Signal {
	t.Helper()
	s, ok := siren.AllSignals().Named(name)
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	return s
}

func TestDescribe(t *testing.T) {
	for name, want := range map[string][2]string{
		"warning":     {"60 s auf- und abschwellender Ton", "60 s Rising and falling tone"},
		"fire":        {"3-mal 15 s Dauerton, dazwischen 7 s Pause", "3 times 15 s Steady tone, with 7 s Pause between"},
		"water":       {"12-mal 20 s tiefer Dauerton, dazwischen 10 s Pause", "12 times 20 s Low steady tone, with 10 s Pause between"},
		"silent-test": {"1 s Pause", "1 s Pause"},
	} {
		for i, tag := range []string{"de", "en"} {
			if diff := cmp.Diff(want[i], Describe(named(t, name), catalogue.For(tag))); diff != "" {
				t.Error(diff)
			}
		}
	}
	uneven := siren.Signal{Segments: []siren.Segment{{Tone: siren.ToneSteady, Seconds: 5}, {Tone: siren.ToneOff, Seconds: 1}, {Tone: siren.ToneSteady, Seconds: 6}}}
	if got := Describe(uneven, catalogue.For("en")); got != "5 s Steady tone, 1 s Pause, 6 s Steady tone" {
		t.Error(got)
	}
}

func TestPictures(t *testing.T) {
	if got := Path(named(t, "all-clear")); got != "M0.0 10.0L600.0 10.0" {
		t.Error(got)
	}
	if got := Path(named(t, "warning")); strings.Count(got, "L") != 30 || strings.Count(got, "M") != 1 {
		t.Error(got)
	}
	if got := Path(named(t, "fire")); strings.Count(got, "M") != 3 {
		t.Error(got)
	}
	mixed := siren.Signal{Segments: []siren.Segment{{Tone: siren.ToneSteady, Seconds: 2}, {Tone: siren.ToneOff, Seconds: 4}, {Tone: siren.ToneWail, Seconds: 4}}}
	if got := Path(mixed); got != "M0.0 10.0L120.0 10.0M360.0 57.1L480.0 10.0L600.0 57.1" {
		t.Error(got)
	}
	if got := Path(siren.Signal{}); got != "" {
		t.Error(got)
	}
	for _, s := range siren.AllSignals() {
		decoder := xml.NewDecoder(strings.NewReader(string(SVG(s, catalogue.For("de")))))
		found := map[string]bool{}
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", s.Name, err)
			}
			if start, ok := token.(xml.StartElement); ok {
				found[start.Name.Local] = true
			}
		}
		if !found["svg"] || !found["title"] || !found["desc"] || !found["path"] {
			t.Errorf("%s: %v", s.Name, found)
		}
	}
}

// loudness is the root mean square of a stretch of a sample, of full scale.
func loudness(samples []int16) float64 {
	var sum float64
	for _, v := range samples {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum/float64(len(samples))) / math.MaxInt16
}

// crossings is how often the sample rises through zero in a second.
func crossings(samples []int16) float64 {
	n := 0
	for i := 1; i < len(samples); i++ {
		if samples[i-1] < 0 && samples[i] >= 0 {
			n++
		}
	}
	return float64(n) * Rate / float64(len(samples))
}

func TestSamples(t *testing.T) {
	steady := Sample(named(t, "all-clear"))
	if steady.Duration().Seconds() != 60 {
		t.Errorf("takes %v", steady.Duration())
	}
	if start, later := loudness(steady.Samples[:Rate/5]), loudness(steady.Samples[10*Rate:11*Rate]); start > later/5 || later > 0.4 || later < 0.05 {
		t.Errorf("begins at %.3f and goes on at %.3f", start, later)
	}
	if f := crossings(steady.Samples[10*Rate : 20*Rate]); math.Abs(f-pitch) > 2 {
		t.Errorf("steady at %.1f Hz", f)
	}
	wail := Sample(named(t, "warning"))
	low, high := crossings(wail.Samples[8*Rate-Rate/10:8*Rate+Rate/10]), crossings(wail.Samples[10*Rate-Rate/10:10*Rate+Rate/10])
	if low > 230 || high < 390 {
		t.Errorf("wails between %.0f and %.0f Hz", low, high)
	}
	fire := Sample(named(t, "fire"))
	if loudness(fire.Samples[16*Rate:21*Rate]) != 0 || loudness(fire.Samples[23*Rate:36*Rate]) == 0 {
		t.Error("the pauses are not where they should be")
	}
	if water := Sample(named(t, "water")); water.Duration().Seconds() != LongestSample {
		t.Errorf("the longest sample takes %v", water.Duration())
	}
	for _, s := range siren.AllSignals() {
		if silent := loudness(Sample(s).Samples) == 0; silent != s.Test {
			t.Errorf("%s: silent is %v", s.Name, silent)
		}
	}
}
