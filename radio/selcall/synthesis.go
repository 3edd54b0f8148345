// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package selcall

import (
	"fmt"
	"math"
	"time"

	"github.com/tocsin-alert/tocsin/radio/wav"
)

// Defaults of an alert.
const (
	DefaultLevel = 0.5 // of full scale
	// DefaultPause lies between a call and its repetition, and before the double tone.
	DefaultPause = 600 * time.Millisecond
	// DefaultTimes is how often the call is sent.
	DefaultTimes = 2
	// MaxTimes bounds it: receivers listen for a double tone for 6 s only.
	MaxTimes = 5
)

const (
	ramp        = 3 * time.Millisecond
	leadSilence = 100 * time.Millisecond
)

// Alert is a call, sent some times over, and if wanted the double tone that tells
// a siren what to do.
type Alert struct {
	System System
	Call   string // 5 to 8 digits
	Signal *Signal
	Times  int     // 0 stands for DefaultTimes
	Level  float64 // highest part of full scale, over 0 to 1; 0 stands for DefaultLevel
}

// Samples makes the alert's sound at a rate in samples per second. The tones of a
// call follow one another without a pause and without a leap in phase; calls and
// double tones begin and end in ramps of 3 ms, so that they stay in their bands.
func (a Alert) Samples(rate int) ([]int16, error) {
	if a.Times == 0 {
		a.Times = DefaultTimes
	}
	if a.Level == 0 {
		a.Level = DefaultLevel
	}
	sequence, err := a.System.sequence(a.Call)
	if err != nil {
		return nil, err
	}
	if err := wav.CheckRate(rate); err != nil {
		return nil, err
	}
	switch {
	case a.Times < 1 || a.Times > MaxTimes:
		return nil, fmt.Errorf("%d times: a call is sent 1 to %d times", a.Times, MaxTimes)
	case a.Level < 0 || a.Level > 1:
		return nil, fmt.Errorf("level %g: it must be over 0 to 1", a.Level)
	}
	p := player{rate: float64(rate), level: a.Level}
	p.silence(leadSilence)
	for i := range a.Times {
		if i > 0 {
			p.silence(DefaultPause)
		}
		var tones []tone
		for _, digit := range sequence {
			tones = append(tones, tone{[]float64{a.System.Tones[digit]}, a.System.Duration})
		}
		p.play(tones...)
	}
	if a.Signal != nil {
		p.silence(DefaultPause)
		p.play(tone{[]float64{a.Signal.Low, a.Signal.High}, DoubleToneDuration})
	}
	p.silence(leadSilence)
	return p.out, nil
}

// tone is one or more frequencies at once.
type tone struct {
	hertz    []float64
	duration time.Duration
}

type player struct {
	rate, level float64
	at          float64 // seconds
	out         []int16
}

// until is the number of samples up to the player's time and a duration more.
func (p *player) until(d time.Duration) int {
	p.at += d.Seconds()
	return int(math.Round(p.at * p.rate))
}

func (p *player) silence(d time.Duration) {
	p.out = append(p.out, make([]int16, p.until(d)-len(p.out))...)
}

// play appends tones with one ramp before the first and one after the last.
func (p *player) play(tones ...tone) {
	begin := len(p.out)
	var phases [2]float64
	for _, t := range tones {
		for end := p.until(t.duration); len(p.out) < end; {
			var sum float64
			for i, hertz := range t.hertz {
				sum += math.Sin(phases[i])
				phases[i] = math.Mod(phases[i]+2*math.Pi*hertz/p.rate, 2*math.Pi)
			}
			p.out = append(p.out, int16(math.Round(sum/float64(len(t.hertz))*p.level*math.MaxInt16)))
		}
	}
	played := p.out[begin:]
	steps := min(int(ramp.Seconds()*p.rate), len(played)/2)
	for i := range steps {
		gain := (1 - math.Cos(math.Pi*(float64(i)+0.5)/float64(steps))) / 2
		for _, at := range []int{i, len(played) - 1 - i} {
			played[at] = int16(math.Round(float64(played[at]) * gain))
		}
	}
}
