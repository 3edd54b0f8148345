// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package selcall

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/radio/wav"
)

// Call is a call found in sound.
type Call struct {
	Digits string // with repeat tones replaced by what they repeat
	At     time.Duration
}

// DoubleTone is a double tone found in sound, of at least [MinDoubleTone].
type DoubleTone struct {
	Low, High    float64 // hertz, as the tables have them
	Signal       string  // its name in the table; empty where the table lacks it
	At, Duration time.Duration
}

// Parts of a tone's length, and of a window's energy.
const (
	windowPart    = 0.3 // of a tone: the window that looks for it
	hopPart       = 1.0 / 14
	shortestPart  = 0.3 // of a tone in which windows must see it
	longestPart   = 2.0
	pureShare     = 0.4 // of the energy in the tone for a window to count
	doubleShare   = 0.6 // in both tones of a double tone
	fainterShare  = 0.12
	quietest      = 0.002 // root mean square, of full scale: less is silence
	doubleWindow  = 60 * time.Millisecond
	doubleHop     = 30 * time.Millisecond
	doubleDropout = 90 * time.Millisecond
	// longestWindow keeps the highest tone of any system, 2800 Hz, when it is 1 % off,
	// within 0.6 bins of where it is looked for; from 0.8 on a Hann window takes more
	// than half of its power away.
	longestWindow = 21 * time.Millisecond
)

// Decode reads the calls of a system and the double tones in sound, and names the
// double tones by a table. It takes tones of calls up to 1 % off. What a double
// tone's beats look like is not taken for a call.
func Decode(samples []int16, rate int, s System, t Table) ([]Call, []DoubleTone) {
	doubles := t.doubleTones(samples, rate)
	calls := slices.DeleteFunc(s.calls(samples, rate), func(c Call) bool {
		return slices.ContainsFunc(doubles, func(d DoubleTone) bool {
			return c.At > d.At-2*doubleWindow && c.At < d.At+d.Duration
		})
	})
	return calls, doubles
}

// calls reads the calls of a system.
func (s System) calls(samples []int16, rate int) []Call {
	length := min(s.Duration.Seconds()*windowPart, longestWindow.Seconds())
	hop := int(s.Duration.Seconds() * hopPart * float64(rate))
	if hop < 1 || rate > wav.MaxRate {
		return nil
	}
	w := newWindow(int(length*float64(rate)), rate, s.Tones[:])
	hops := 1 / hopPart
	shortest, longest := int(shortestPart*hops), int(longestPart*hops)
	c := collector{tone: -1}
	for at := 0; at+w.length <= len(samples); at += hop {
		energy, power := w.look(samples[at:])
		best := -1
		for i, p := range power {
			if p > pureShare*energy && (best < 0 || p > power[best]) {
				best = i
			}
		}
		if best == c.tone && best >= 0 {
			c.run++
			continue
		}
		c.turn(shortest, longest)
		c.tone, c.run = best, 1
		if best < 0 {
			if c.gap++; c.gap > int(hops) {
				c.finish()
			}
			continue
		}
		c.gap = 0
		if c.digits == "" {
			c.at = time.Duration(float64(at) / float64(rate) * float64(time.Second))
		}
	}
	c.turn(shortest, longest)
	c.finish()
	return c.calls
}

// collector makes calls of tones.
type collector struct {
	tone, run, gap int
	digits         string
	at             time.Duration
	calls          []Call
}

// turn takes the tone that has just ended.
func (c *collector) turn(shortest, longest int) {
	switch {
	case c.tone < 0 || c.run < shortest:
	case c.run > longest || len(c.digits) >= MaxDigits:
		c.finish() // a held tone is no digit
	default:
		digit := digits[c.tone]
		if digit == Repeat && c.digits != "" {
			digit = c.digits[len(c.digits)-1]
		}
		c.digits += string(digit)
	}
}

func (c *collector) finish() {
	if len(c.digits) >= MinDigits && c.digits[0] != Repeat {
		c.calls = append(c.calls, Call{Digits: c.digits, At: c.at})
	}
	c.digits = ""
}

// doubleTones reads all double tones, and names those of the table.
func (t Table) doubleTones(samples []int16, rate int) []DoubleTone {
	length, hop := int(doubleWindow.Seconds()*float64(rate)), int(doubleHop.Seconds()*float64(rate))
	if hop < 1 || rate > wav.MaxRate {
		return nil
	}
	w := newWindow(length, rate, doubleTones)
	var found []DoubleTone
	var now DoubleTone
	end := func() {
		if now.Duration >= MinDoubleTone {
			if s, ok := t.pair(now.Low, now.High); ok {
				now.Signal = s.Name
			}
			found = append(found, now)
		}
		now = DoubleTone{}
	}
	for at := 0; at+length <= len(samples); at += hop {
		begin := time.Duration(float64(at) / float64(rate) * float64(time.Second))
		low, high, ok := w.pair(samples[at:])
		switch {
		case ok && now.Low == low && now.High == high:
			now.Duration = begin + doubleWindow - now.At
		case ok:
			end()
			now = DoubleTone{Low: low, High: high, At: begin, Duration: doubleWindow}
		case begin-now.At-now.Duration > doubleDropout:
			end()
		}
	}
	end()
	return found
}

// window measures tones in a stretch of samples by Goertzel's algorithm, weighted
// by a Hann window.
type window struct {
	length       int
	hertz        []float64
	coefficients []float64
	weights      []float64
	sum, squares float64
	weighted     []float64
	power        []float64
}

func newWindow(length, rate int, hertz []float64) *window {
	w := &window{length: length, hertz: hertz, weights: make([]float64, length), weighted: make([]float64, length), power: make([]float64, len(hertz))}
	for i := range w.weights {
		w.weights[i] = 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(length))
		w.sum += w.weights[i]
		w.squares += w.weights[i] * w.weights[i]
	}
	for _, f := range hertz {
		w.coefficients = append(w.coefficients, 2*math.Cos(2*math.Pi*f/float64(rate)))
	}
	return w
}

// look gives the mean power of the samples and that of each tone in them, in
// parts of full scale squared. A tone alone has the power of the whole. All are 0
// in silence.
func (w *window) look(samples []int16) (energy float64, power []float64) {
	for i, weight := range w.weights {
		v := float64(samples[i]) / math.MaxInt16 * weight
		w.weighted[i] = v
		energy += v * v
	}
	energy /= w.squares
	clear(w.power)
	if energy < quietest*quietest {
		return 0, w.power
	}
	for i, k := range w.coefficients {
		if w.hertz[i] == 0 {
			continue
		}
		var s1, s2 float64
		for _, v := range w.weighted {
			s1, s2 = v+k*s1-s2, s1
		}
		w.power[i] = 2 * (s1*s1 + s2*s2 - k*s1*s2) / (w.sum * w.sum)
	}
	return energy, w.power
}

// pair gives the two tones of which the samples consist, if they do.
func (w *window) pair(samples []int16) (low, high float64, ok bool) {
	energy, power := w.look(samples)
	strongest := make([]int, len(power))
	for i := range strongest {
		strongest[i] = i
	}
	slices.SortFunc(strongest, func(a, b int) int { return cmp.Compare(power[b], power[a]) })
	a, b := strongest[0], strongest[1]
	if energy == 0 || power[b] < fainterShare*energy || power[a]+power[b] < doubleShare*energy {
		return 0, 0, false
	}
	low, high = w.hertz[min(a, b)], w.hertz[max(a, b)]
	return low, high, true
}
