// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package earshot

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tocsin-alert/tocsin/geo/population"
)

// Earshots is in which cells each of some sirens is heard at one level: reckoned
// once, and shared by all who count. It does not change: any number of goroutines
// may use it.
type Earshots struct {
	grid    *population.Grid
	options Options
	of      map[string]earshot
}

// earshot is the cells in which one siren is heard, ascending.
type earshot struct {
	source Source
	cells  []int32
}

// NewEarshots reckons where each siren is heard. It fails for assumptions or
// sirens that cannot be.
func NewEarshots(grid *population.Grid, sources []Source, o Options) (*Earshots, error) {
	o, err := o.checked()
	if err != nil {
		return nil, err
	}
	if err := o.Assumptions.Validate(); err != nil {
		return nil, err
	}
	return (&Earshots{grid: grid, options: o}).With(sources)
}

// With is the earshots of these sirens instead: those that are as they were are
// taken over, the others reckoned.
func (e *Earshots) With(sources []Source) (*Earshots, error) {
	next := &Earshots{e.grid, e.options, make(map[string]earshot, len(sources))}
	var fresh []Source
	for _, s := range sources {
		if old, known := e.of[s.ID]; known && old.source == s {
			next.of[s.ID] = old
		} else {
			fresh = append(fresh, s)
		}
	}
	all, _, err := place(fresh, e.options, e.options.Level)
	if err != nil {
		return nil, fmt.Errorf("reckon where the sirens are heard: %w", err)
	}
	found, unread := make([][]int32, len(all)), make([]error, len(all))
	var turn atomic.Int64
	var working sync.WaitGroup
	for range min(e.options.Workers, len(all)) {
		working.Go(func() {
			for i := int(turn.Add(1)) - 1; i < len(all); i = int(turn.Add(1)) - 1 {
				var cells []int32
				for cell := range all[i].cells(e.grid, e.options.Level, &unread[i]) {
					cells = append(cells, int32(cell))
				}
				found[i] = slices.Clip(cells)
			}
		})
	}
	working.Wait()
	if err := cmp.Or(unread...); err != nil {
		return nil, fmt.Errorf("reckon where the sirens are heard: %w", err)
	}
	for i, s := range fresh {
		next.of[s.ID] = earshot{s, found[i]}
	}
	return next, nil
}

// Level is at how many dB(A) a siren counts as heard.
func (e *Earshots) Level() float64 { return e.options.Level }

// Live counts the people who hear the sirens that sound, and follows each siren
// as it begins and ends, at the price of the cells in its earshot. It says to the
// person what Compute says of the same sirens. It is not safe for use by several
// goroutines.
type Live struct {
	earshots *Earshots
	on       map[string]bool
	// first is the cell that inside and heard begin with: an area is a small part
	// of a country.
	first int32
	// inside holds the cells that count; heard how many sirens sound there.
	inside  []bool
	heard   []uint16
	people  int64
	reached int64
}

// Live counts in the cells that inside lists, ascending; everywhere if it is nil.
// At first no siren sounds.
func (e *Earshots) Live(inside []int32) *Live {
	l := &Live{earshots: e, on: map[string]bool{}}
	if inside == nil {
		l.inside, l.heard = make([]bool, e.grid.Len()), make([]uint16, e.grid.Len())
		for i := range l.inside {
			l.inside[i] = true
		}
		l.people = e.grid.Residents()
		return l
	}
	if len(inside) == 0 {
		return l
	}
	l.first = inside[0]
	length := inside[len(inside)-1] - l.first + 1
	l.inside, l.heard = make([]bool, length), make([]uint16, length)
	for _, i := range inside {
		if !l.inside[i-l.first] {
			l.inside[i-l.first] = true
			l.people += int64(e.grid.People(int(i)))
		}
	}
	return l
}

// Set says whether a siren sounds, and reports whether that was news. A siren that
// is unknown changes nothing.
func (l *Live) Set(id string, sounds bool) bool {
	audible, known := l.earshots.of[id]
	if !known || l.on[id] == sounds {
		return false
	}
	l.on[id] = sounds
	from, _ := slices.BinarySearch(audible.cells, l.first)
	for _, cell := range audible.cells[from:] {
		i := int(cell - l.first)
		if i >= len(l.inside) {
			break
		}
		if !l.inside[i] {
			continue
		}
		if sounds {
			if l.heard[i]++; l.heard[i] == 1 {
				l.reached += int64(l.earshots.grid.People(int(cell)))
			}
		} else if l.heard[i]--; l.heard[i] == 0 {
			l.reached -= int64(l.earshots.grid.People(int(cell)))
		}
	}
	return true
}

// Reached is the people who hear a siren that sounds, and People all that count.
func (l *Live) Reached() (reached, people int64) { return l.reached, l.people }

// Hears reports whether people in one of the cells that count hear a siren that sounds.
func (l *Live) Hears(cell int32) bool { return l.heard[cell-l.first] > 0 }
