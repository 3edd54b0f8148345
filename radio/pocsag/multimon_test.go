// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pocsag

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/radio/internal/peer"
	"github.com/tocsin-alert/tocsin/radio/wav"
)

var padding = regexp.MustCompile(`(<NUL>)+$`)

// TestMultimonReadsWhatWeSend has another decoder read 200 random messages of
// either kind at every speed: not one may be missing, wrong or too many.
func TestMultimonReadsWhatWeSend(t *testing.T) {
	random := rand.New(rand.NewPCG(584, 2))
	draw := func(from string, most int) string {
		runes := []rune(from)
		text := make([]rune, 1+random.IntN(most))
		for i := range text {
			text[i] = runes[random.IntN(len(runes))]
		}
		return string(text)
	}
	for _, baud := range Bauds() {
		for _, kind := range []Kind{Alphanumeric, Numeric} {
			t.Run(fmt.Sprintf("%d %s", baud, kind), func(t *testing.T) {
				want := map[string]int{}
				var sound []int16
				for range 10 {
					var calls []Call
					for range 20 {
						c := Call{Address: 1 + random.Uint32N(MaxAddress), Function: Function(random.IntN(4)), Kind: kind, Group: random.IntN(5) == 0}
						shown := ""
						if kind == Numeric {
							c.Message = draw("0123456789*U -)(", 20)
							shown = "Numeric: " + strings.NewReplacer("*", ".", "(", "[", ")", "]").Replace(c.Message)
						} else {
							c.Message = draw(`!"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`+"`abcdefghijklmnopqrstuvwxyz"+strings.Repeat("ÄÖÜäöüß ", 3), 80)
							shown = "Alpha:   " + c.Message
						}
						calls = append(calls, c)
						want[strings.TrimRight(fmt.Sprintf("POCSAG%d: Address: %7d  Function: %d  %s", baud, c.Address, c.Function, shown), " ")]++
					}
					sent, err := Encode(calls, Options{})
					if err != nil {
						t.Fatal(err)
					}
					samples, err := Modulation{Baud: baud, Rate: wav.DefaultRate}.Samples(sent.Bits())
					if err != nil {
						t.Fatal(err)
					}
					sound = append(append(sound, samples...), make([]int16, wav.DefaultRate/5)...)
				}
				got := map[string]int{}
				for _, line := range peer.Multimon(t, sound, "-a", fmt.Sprintf("POCSAG%d", baud), "-f", map[Kind]string{Alphanumeric: "alpha", Numeric: "numeric"}[kind], "-C", "DE") {
					got[strings.TrimRight(padding.ReplaceAllString(line, ""), " ")]++
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}
