// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package earshot

import (
	"fmt"

	"github.com/tocsin-alert/tocsin/geo/population"
)

// Live counts the people who hear the sirens that sound, and follows each siren
// as it begins and ends. It says to the person what Compute says of the same
// sirens. It is not safe for use by several goroutines.
type Live struct {
	grid    *population.Grid
	level   float64
	sources map[string]placed
	on      map[string]bool
	// inside holds the cells that count; heard how many sirens sound there.
	inside  []bool
	heard   []uint16
	people  int64
	reached int64
}

// NewLive counts in the cells that inside lists; everywhere if it is nil. At
// first no siren sounds.
func NewLive(grid *population.Grid, sources []Source, o Options, inside []int32) (*Live, error) {
	if o.Level == 0 {
		o.Level = DefaultLevel
	}
	all, _, err := place(sources, o, o.Level)
	if err != nil {
		return nil, fmt.Errorf("count who hears the sirens: %w", err)
	}
	l := &Live{
		grid: grid, level: o.Level, sources: make(map[string]placed, len(sources)), on: map[string]bool{},
		inside: make([]bool, grid.Len()), heard: make([]uint16, grid.Len()),
	}
	for i, s := range all {
		l.sources[sources[i].ID] = s
	}
	if inside == nil {
		for i := range l.inside {
			l.inside[i] = true
		}
		l.people = grid.Residents()
		return l, nil
	}
	for _, i := range inside {
		if !l.inside[i] {
			l.inside[i] = true
			l.people += int64(grid.People(int(i)))
		}
	}
	return l, nil
}

// Set says whether a siren sounds. A siren that is unknown changes nothing. Where
// the terrain cannot be read it counts as flat.
func (l *Live) Set(id string, sounds bool) {
	s, known := l.sources[id]
	if !known || l.on[id] == sounds {
		return
	}
	l.on[id] = sounds
	var unread error
	for i, cell := range s.cells(l.grid, l.level, &unread) {
		if sounds {
			l.heard[i]++
		} else {
			l.heard[i]--
		}
		switch {
		case !l.inside[i]:
		case sounds && l.heard[i] == 1:
			l.reached += int64(cell.People)
		case !sounds && l.heard[i] == 0:
			l.reached -= int64(cell.People)
		}
	}
}

// Reached is the people who hear a siren that sounds, and People all that count.
func (l *Live) Reached() (reached, people int64) { return l.reached, l.people }

// Level is at how many dB(A) a siren counts as heard.
func (l *Live) Level() float64 { return l.level }

// Missed lists where among the cells people hear nothing, put together where they
// touch, the most people first. The cells are ascending, and among those counted.
func (l *Live) Missed(cells []int32) []Gap {
	var missed []int32
	for _, i := range cells {
		if l.heard[i] == 0 {
			missed = append(missed, i)
		}
	}
	return Clusters(l.grid, missed)
}
