// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pocsag

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDemodulateIsTheInverseOfSamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		calls := rapid.SliceOfN(rapid.Custom(drawCall), 1, 5).Draw(t, "calls")
		sent, err := Encode(calls, Options{})
		if err != nil {
			t.Fatal(err)
		}
		m := Modulation{
			Baud:     rapid.SampledFrom(Bauds()).Draw(t, "baud"),
			Rate:     rapid.SampledFrom([]int{9600, 11025, 16000, 22050, 44100, 48000}).Draw(t, "rate"),
			Level:    rapid.Float64Range(0.05, 0.6).Draw(t, "level"),
			Inverted: rapid.Bool().Draw(t, "inverted"),
		}
		signal, err := m.Samples(sent.Bits())
		if err != nil {
			t.Fatal(err)
		}
		// A discriminator's offset, noise at a quarter of the level, and silence around.
		noise := rand.New(rand.NewPCG(1, 2))
		offset := rapid.Float64Range(-0.3, 0.3).Draw(t, "offset") * 32767
		samples := make([]int16, 500+len(signal)+500)
		copy(samples[500:], signal)
		for i := range samples {
			samples[i] = int16(max(-32768, min(32767, float64(samples[i])+offset+noise.NormFloat64()*m.Level*32767/4)))
		}
		all := Demodulate(samples, m.Rate, German)
		var received []Received
		for _, h := range all {
			if h.Baud != m.Baud || h.Inverted != m.Inverted || h.At < 0 || h.At > sent.Airtime(m.Baud)+time.Second {
				t.Fatalf("%+v at %+v", h, m)
			}
			received = append(received, h.Received)
		}
		same(t, calls, received)
	})
}

func TestNoiseIsNoCall(t *testing.T) {
	noise := rand.New(rand.NewPCG(3, 4))
	samples := make([]int16, 60*22050)
	for i := range samples {
		samples[i] = int16(noise.IntN(65536) - 32768)
	}
	if got := Demodulate(samples, 22050, German); len(got) > 0 {
		t.Errorf("a minute of noise holds %+v", got)
	}
}

func TestSamplesKeepsTime(t *testing.T) {
	stream := make([]bool, 24000)
	for i := range stream {
		stream[i] = i%2 == 0
	}
	for _, baud := range Bauds() {
		got, err := Modulation{Baud: baud, Rate: 22050}.Samples(stream)
		if err != nil {
			t.Fatal(err)
		}
		if want := len(stream) * 22050 / int(baud); len(got) != want {
			t.Errorf("%d baud: %d samples, want %d", baud, len(got), want)
		}
		// Every bit's middle has its level, to the last.
		for i, bit := range stream {
			if middle := got[(2*i+1)*22050/(2*int(baud))]; (middle < 0) != bit {
				t.Fatalf("%d baud: bit %d reads %d", baud, i, middle)
			}
		}
	}
}

func TestSamplesRefuses(t *testing.T) {
	for _, m := range []Modulation{{Baud: 300, Rate: 22050}, {Baud: Baud2400, Rate: 8000}, {Baud: Baud512, Rate: 22050, Level: 1.1}, {Baud: Baud512, Rate: 22050, Level: -1}} {
		t.Run(fmt.Sprint(m), func(t *testing.T) {
			if _, err := m.Samples([]bool{true}); err == nil {
				t.Error("was taken")
			}
		})
	}
}

func FuzzDemodulate(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3}, 22050)
	f.Fuzz(func(t *testing.T, raw []byte, rate int) {
		samples := make([]int16, len(raw)/2)
		for i := range samples {
			samples[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
		}
		Demodulate(samples, rate, International)
	})
}
