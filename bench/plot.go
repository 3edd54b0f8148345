// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

// axis maps numbers to a line by their logarithms.
type axis struct{ from, to, low, high float64 }

// spanning is the axis around all numbers, between two that are 1, 2 or 5 times a
// power of ten.
func spanning(from, to float64, numbers []float64) axis {
	a := axis{from, to, rounded(slices.Min(numbers), false), rounded(slices.Max(numbers), true)}
	if a.high <= a.low {
		a.high = 10 * a.low
	}
	return a
}

// steps are the parts of a decade.
var steps = []float64{1, 2, 5}

// rounded is the next step that is not above n, or not below it.
func rounded(n float64, up bool) float64 {
	decade := math.Pow(10, math.Floor(math.Log10(n)))
	k := 0
	for k+1 < len(steps) && steps[k+1]*decade <= n*(1+1e-9) {
		k++
	}
	if !up || steps[k]*decade >= n*(1-1e-9) {
		return steps[k] * decade
	}
	if k++; k == len(steps) {
		return 10 * decade
	}
	return steps[k] * decade
}

func (a axis) at(n float64) float64 {
	return a.from + math.Log(n/a.low)/math.Log(a.high/a.low)*(a.to-a.from)
}

// ticks calls with every step on the axis.
func (a axis) ticks(with func(at float64, label string)) {
	for e := math.Floor(math.Log10(a.low)); e <= math.Ceil(math.Log10(a.high)); e++ {
		for _, step := range steps {
			n := step * math.Pow(10, e)
			if n < a.low*(1-1e-9) || n > a.high*(1+1e-9) {
				continue
			}
			label := strconv.FormatFloat(n, 'g', 3, 64)
			if n >= 1000 {
				label = grouped(int(math.Round(n)))
			}
			with(a.at(n), label)
		}
	}
}

// draw draws the axes, a line with marks for each curve, and their names.
func (p panel) draw(out io.Writer, width, height float64) {
	const left, right, top, bottom = 58.0, 18.0, 46.0, 40.0
	var along, up []float64
	for _, c := range p.curves {
		for _, s := range c.points {
			along, up = append(along, float64(s.N)), append(up, p.value(s))
		}
	}
	x, y := spanning(left, width-right, along), spanning(height-bottom, top, up)
	x.ticks(func(at float64, label string) {
		fmt.Fprintf(out, `<path d="M%.1f %.1fV%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`+"\n", at, top, height-bottom, at, height-bottom+15, label)
	})
	y.ticks(func(at float64, label string) {
		fmt.Fprintf(out, `<path d="M%.1f %.1fH%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="end">%s</text>`+"\n", left, at, width-right, left-6, at+4, label)
	})
	fmt.Fprintf(out, `<text x="%.1f" y="%.1f" text-anchor="middle">%s</text><text x="8" y="%.1f">%s</text>`+"\n", (left+width-right)/2, height-8, p.curves[0].along, top-28, p.title)
	for k, c := range p.curves {
		colour := colours[k%len(colours)]
		fmt.Fprintf(out, `<g fill="none" stroke="%s" stroke-width="1.6"><path d="`, colour)
		for i, s := range c.points {
			fmt.Fprintf(out, "%c%.1f %.1f", "ML"[min(i, 1)], x.at(float64(s.N)), y.at(p.value(s)))
		}
		fmt.Fprint(out, `"/>`)
		for _, s := range c.points {
			mark(out, k, x.at(float64(s.N)), y.at(p.value(s)))
		}
		at := top - 30 + 14*float64(k)
		mark(out, k, left+20, at-4)
		fmt.Fprintf(out, `</g><text x="%.1f" y="%.1f" fill="%s">%s</text>`+"\n", left+30, at, colour, c.name)
	}
}

// mark is a circle for the first curve and a square for the second.
func mark(out io.Writer, curve int, x, y float64) {
	if curve%2 == 0 {
		fmt.Fprintf(out, `<circle cx="%.1f" cy="%.1f" r="3.2" fill="#fff"/>`, x, y)
		return
	}
	fmt.Fprintf(out, `<rect x="%.1f" y="%.1f" width="6" height="6" fill="#fff"/>`, x-3, y-3)
}
