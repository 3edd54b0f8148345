// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pocsag

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// DefaultLevel is half of full scale.
const DefaultLevel = 0.5

// Modulation says how bits become sound: NRZ at baseband, as a discriminator
// gives it for direct frequency shift keying. A one is the lower frequency
// (M.584-2, annex 1) and so the negative level.
type Modulation struct {
	Baud     Baud
	Rate     int     // samples per second, at least four to a bit
	Level    float64 // part of full scale, over 0 to 1; 0 stands for DefaultLevel
	Inverted bool    // a one is the positive level, as some radios want it
}

// samplesPerBit is how many samples a bit needs at least to be read.
const samplesPerBit = 4

// Samples makes sound of bits. Every sample is the mean of the signal over its
// own time, so that bits whose edges fall between samples keep their length.
func (m Modulation) Samples(stream []bool) ([]int16, error) {
	if err := m.Baud.check(); err != nil {
		return nil, err
	}
	if m.Rate < samplesPerBit*int(m.Baud) {
		return nil, fmt.Errorf("rate %d: at %d baud it must be at least %d samples per second", m.Rate, m.Baud, samplesPerBit*int(m.Baud))
	}
	if m.Level == 0 {
		m.Level = DefaultLevel
	}
	if m.Level < 0 || m.Level > 1 {
		return nil, fmt.Errorf("level %g: it must be over 0 to 1", m.Level)
	}
	high := math.Round(m.Level * math.MaxInt16)
	if m.Inverted {
		high = -high
	}
	value := func(i int) float64 {
		if stream[min(i, len(stream)-1)] {
			return -high
		}
		return high
	}
	count := len(stream) * m.Rate / int(m.Baud)
	out := make([]int16, count)
	// Time is counted in parts of a sample, so that it never drifts: bit i begins
	// at i*rate, sample k at k*baud.
	baud := int(m.Baud)
	for k := range out {
		from, to := k*baud, (k+1)*baud
		first := from / m.Rate
		edge := (first + 1) * m.Rate
		if edge >= to {
			out[k] = int16(value(first))
			continue
		}
		out[k] = int16(math.Round((value(first)*float64(edge-from) + value(first+1)*float64(to-edge)) / float64(baud)))
	}
	return out, nil
}

// Heard is a call found in sound.
type Heard struct {
	Received
	Baud Baud
	At   time.Duration // from the sound's beginning to the call's address
}

// Demodulate reads the calls in sound, at all speeds that its rate allows, in
// both polarities, in the order in which they begin.
func Demodulate(samples []int16, rate int, set Charset) []Heard {
	var all []Heard
	for _, baud := range Bauds() {
		if rate < samplesPerBit*int(baud) {
			continue
		}
		clock := clock{step: float64(baud) / float64(rate), decay: float64(baud) / float64(rate) / envelopeBits}
		d := decoder{set: set}
		for _, s := range samples {
			if bit, ready := clock.take(float64(s)); ready {
				d.push(bit)
			}
		}
		for _, r := range d.finish() {
			at := time.Duration(float64(r.Bit) / float64(baud) * float64(time.Second))
			all = append(all, Heard{Received: r, Baud: baud, At: at})
		}
	}
	slices.SortStableFunc(all, func(a, b Heard) int { return int(a.At - b.At) })
	return all
}

const (
	// envelopeBits is the time in which the levels are forgotten: longer than any
	// run of equal bits in a transmission.
	envelopeBits = 150
	attack       = 0.25
	clockGain    = 0.08
)

// clock recovers bits from samples: it slices half-way between the levels seen
// lately, moves its phase towards the edges, and decides by the sum over a bit.
type clock struct {
	step, decay float64
	low, high   float64
	phase, sum  float64
	above       bool
}

func (c *clock) take(sample float64) (bit, ready bool) {
	span := c.high - c.low
	c.high -= span * c.decay / 2
	c.low += span * c.decay / 2
	c.high += max(0, sample-c.high) * attack
	c.low += min(0, sample-c.low) * attack
	value := sample - (c.high+c.low)/2
	if above := value > 0; above != c.above {
		c.above = above
		early := c.phase
		if early > 0.5 {
			early--
		}
		c.phase -= early * clockGain
	}
	c.sum += value
	if c.phase += c.step; c.phase < 1 {
		return false, false
	}
	c.phase--
	bit = c.sum < 0
	c.sum = 0
	return bit, true
}
