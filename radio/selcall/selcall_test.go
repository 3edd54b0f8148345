// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package selcall

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestRepeatTones(t *testing.T) {
	zvei, err := Named("zvei1")
	if err != nil {
		t.Fatal(err)
	}
	for call, want := range map[string]string{
		"12345": "12345", "11234": "1E234", "22222": "2E2E2", "11223": "1E2E3", "00aAb": "0EAEB",
	} {
		sequence, err := zvei.sequence(call)
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for _, value := range sequence {
			got.WriteByte(digits[value])
		}
		if got.String() != want {
			t.Errorf("%s is sent as %s, not %s", call, &got, want)
		}
	}
}

func TestTonesOfASystemCanBeToldApart(t *testing.T) {
	for _, s := range Systems() {
		for i, a := range s.Tones {
			for j, b := range s.Tones[:i] {
				if a != 0 && math.Abs(a-b) < 0.04*min(a, b) {
					t.Errorf("%s: %c and %c are %g and %g Hz", s.Name, digits[i], digits[j], a, b)
				}
			}
		}
	}
}

func TestDecodingIsTheInverseOfSamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Alert{
			System: rapid.SampledFrom(Systems()).Draw(t, "system"),
			Call:   rapid.StringOfN(rapid.RuneFrom([]rune("0123456789ABCDF")), MinDigits, MaxDigits, -1).Draw(t, "call"),
			Times:  rapid.IntRange(1, 3).Draw(t, "times"),
			Level:  rapid.Float64Range(0.05, 1).Draw(t, "level"),
		}
		table := rapid.SampledFrom(Tables()).Draw(t, "table")
		if rapid.Bool().Draw(t, "signal") {
			signal := rapid.SampledFrom(table.Signals).Draw(t, "which")
			a.Signal = &signal
		}
		rate := rapid.SampledFrom([]int{8000, 11025, 22050}).Draw(t, "rate")
		sent := a
		sent.System.Tones = detuned(sent.System.Tones, rapid.Float64Range(-0.01, 0.01).Draw(t, "off"))
		samples, err := sent.Samples(rate)
		if err != nil {
			t.Fatal(err)
		}
		noise := rand.New(rand.NewPCG(1, 1))
		for i := range samples {
			samples[i] = int16(max(-32768, min(32767, float64(samples[i])+noise.NormFloat64()*a.Level*32767/20)))
		}
		var got []string
		calls, doubles := Decode(samples, rate, a.System, table)
		for _, c := range calls {
			got = append(got, c.Digits)
		}
		if diff := cmp.Diff(repeated(a.Call, a.Times), got); diff != "" {
			t.Fatal(diff)
		}
		if a.Signal == nil {
			if len(doubles) > 0 {
				t.Fatalf("double tones that nobody sent: %+v", doubles)
			}
			return
		}
		if len(doubles) != 1 || doubles[0].Signal != a.Signal.Name || (doubles[0].Duration-DoubleToneDuration).Abs() > 200*time.Millisecond {
			t.Fatalf("%s was sent, heard %+v", a.Signal.Name, doubles)
		}
	})
}

func TestEveryToneIsHeardOnePercentOff(t *testing.T) {
	for _, s := range Systems() {
		for _, off := range []float64{-0.01, 0.01} {
			for _, digit := range "0123456789ABCDF" {
				if s.Tones[strings.IndexRune(digits, digit)] == 0 {
					continue
				}
				a := Alert{System: s, Call: "12" + string(digit) + "34", Times: 1, Level: 0.5}
				a.System.Tones = detuned(s.Tones, off)
				samples, err := a.Samples(8000)
				if err != nil {
					t.Fatal(err)
				}
				calls, _ := Decode(samples, 8000, s, Tables()[0])
				if len(calls) != 1 || calls[0].Digits != a.Call {
					t.Errorf("%s, %+.0f %%: %s is heard as %+v", s.Name, off*100, a.Call, calls)
				}
			}
		}
	}
}

func detuned(tones [16]float64, part float64) [16]float64 {
	for i := range tones {
		tones[i] *= 1 + part
	}
	return tones
}

func repeated(call string, times int) []string {
	var out []string
	for range times {
		out = append(out, call)
	}
	return out
}

func TestNoiseAndSpeechlikeSweepsAreNoCalls(t *testing.T) {
	const rate = 22050
	noise := rand.New(rand.NewPCG(5, 6))
	samples := make([]int16, 10*rate)
	sweep := make([]int16, 10*rate)
	phase := 0.0
	for i := range samples {
		samples[i] = int16(noise.IntN(65536) - 32768)
		phase += 2 * math.Pi * (1500 + 1100*math.Sin(float64(i)/rate*5)) / rate
		sweep[i] = int16(16000 * math.Sin(phase))
	}
	for name, sound := range map[string][]int16{"noise": samples, "sweep": sweep} {
		for _, s := range Systems() {
			calls, doubles := Decode(sound, rate, s, tables[0])
			if len(calls) > 0 && name == "noise" || len(doubles) > 0 {
				t.Errorf("%s: %s hears %+v, %+v", name, s.Name, calls, doubles)
			}
		}
	}
}

func TestSamplesStayInTheirLevelAndTime(t *testing.T) {
	zvei, _ := Named("ZVEI1")
	table, _ := TableNamed("de")
	fire, err := table.Signal("Feueralarm")
	if err != nil {
		t.Fatal(err)
	}
	samples, err := Alert{System: zvei, Call: "12345", Signal: &fire, Level: 1}.Samples(22050)
	if err != nil {
		t.Fatal(err)
	}
	want := 2*leadSilence + 2*5*70*time.Millisecond + 2*DefaultPause + DoubleToneDuration
	if got := time.Duration(float64(len(samples)) / 22050 * float64(time.Second)); (got - want).Abs() > time.Millisecond {
		t.Errorf("%v long, want %v", got, want)
	}
	var most int16
	for i, v := range samples {
		most = max(most, v)
		if v == math.MinInt16 {
			t.Fatalf("sample %d overflows", i)
		}
	}
	if most < 32000 {
		t.Errorf("highest sample %d at full level", most)
	}
}

func TestAlertRefuses(t *testing.T) {
	zvei, _ := Named("ZVEI1")
	for name, c := range map[string]struct {
		alert Alert
		rate  int
		want  string
	}{
		"four digits":     {Alert{Call: "1234"}, 22050, "5 to 8 digits"},
		"nine digits":     {Alert{Call: "123456789"}, 22050, "5 to 8 digits"},
		"letter":          {Alert{Call: "1234x"}, 22050, `digit 5, 'X'`},
		"repeat tone":     {Alert{Call: "1E345"}, 22050, "by themselves"},
		"rate":            {Alert{Call: "12345"}, 4000, "8000 to 192000"},
		"times":           {Alert{Call: "12345", Times: 6}, 22050, "1 to 5"},
		"level":           {Alert{Call: "12345", Level: 1.5}, 22050, "level 1.5"},
		"nothing at all":  {Alert{}, 22050, "digits"},
		"beyond one byte": {Alert{Call: "123é"}, 22050, "é"},
	} {
		t.Run(name, func(t *testing.T) {
			c.alert.System = zvei
			_, err := c.alert.Samples(c.rate)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	table, _ := TableNamed("DE")
	if _, err := table.Signal("silent"); err == nil || !strings.Contains(err.Error(), "Probealarm") {
		t.Errorf("got %v, want the signals that there are", err)
	}
	if _, err := TableNamed("fr"); err == nil {
		t.Error("a table was found for fr")
	}
	if _, err := Named("ZVEI9"); err == nil || !strings.Contains(err.Error(), "PZVEI") {
		t.Errorf("got %v, want the systems that there are", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4}, 22050)
	f.Add(make([]byte, 1500), 300)
	f.Fuzz(func(t *testing.T, raw []byte, rate int) {
		samples := make([]int16, len(raw)/2)
		for i := range samples {
			samples[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
		}
		for _, s := range Systems() {
			calls, _ := Decode(samples, rate, s, tables[0])
			for _, c := range calls {
				if len(c.Digits) < MinDigits || len(c.Digits) > MaxDigits {
					t.Fatalf("%+v", c)
				}
			}
		}
	})
}
