// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package selcall

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/radio/internal/peer"
	"github.com/tocsin-alert/tocsin/radio/wav"
)

// TestMultimonReadsOurCalls has another decoder read 200 random calls of each
// system: not one may be missing, wrong or too many.
func TestMultimonReadsOurCalls(t *testing.T) {
	random := rand.New(rand.NewPCG(70, 15))
	for _, system := range Systems() {
		t.Run(system.Name, func(t *testing.T) {
			var want []string
			var sound []int16
			for range 200 {
				var call strings.Builder
				for last := byte(0); call.Len() < 5; {
					next := digits[random.IntN(10)]
					// Its table of PZVEI has one tone for 0 and the repetition; ours has two.
					if system.Name == "PZVEI" && (next == '0' || next == last) {
						continue
					}
					call.WriteByte(next)
					last = next
				}
				samples, err := Alert{System: system, Call: call.String(), Times: 1}.Samples(wav.DefaultRate)
				if err != nil {
					t.Fatal(err)
				}
				sound = append(sound, samples...)
				want = append(want, call.String())
			}
			var got []string
			for _, line := range peer.Multimon(t, sound, "-a", system.Name) {
				// It shows repeat tones as they are.
				call := []byte(strings.TrimPrefix(line, system.Name+": "))
				for i := range call {
					if i > 0 && call[i] == Repeat {
						call[i] = call[i-1]
					}
				}
				got = append(got, string(call))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestBandsHoldTheRightTones has sox measure the double tones: the two that were
// asked for, each at half of the level, and no other.
func TestBandsHoldTheRightTones(t *testing.T) {
	zvei, err := Named("ZVEI1")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range Tables() {
		for _, signal := range table.Signals {
			t.Run(table.Name+" "+signal.Name, func(t *testing.T) {
				samples, err := Alert{System: zvei, Call: "12345", Signal: &signal}.Samples(wav.DefaultRate)
				if err != nil {
					t.Fatal(err)
				}
				lead := len(samples) - int((DoubleToneDuration+leadSilence+50*time.Millisecond).Seconds()*wav.DefaultRate)
				for _, hertz := range doubleTones {
					level := peer.Band(t, samples[lead:], int(hertz)-10, int(hertz)+10)
					// Half of the default level, as a sine: -12 dB, -3 dB.
					if hertz == signal.Low || hertz == signal.High {
						if level < -16 || level > -14.5 {
							t.Errorf("%g Hz has %.1f dB, want about -15", hertz, level)
						}
					} else if level > -60 {
						t.Errorf("%g Hz has %.1f dB, want none", hertz, level)
					}
				}
			})
		}
	}
}
