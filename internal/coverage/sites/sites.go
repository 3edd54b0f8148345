// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package sites turns the question of a planner, where the next sirens should
// stand, into a problem that the solver of package siting takes, and its answer
// into sites with their costs, whom each gains and in which order to build them.
package sites

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/siting"
)

// Kind is a sort of siren that can be built, and what it costs.
type Kind struct {
	ID string `json:"id"`
	// Rating is the level in dB(A) at 30 m on the axis, that of the spectrum if 0;
	// Height that of the horns above the ground in metres.
	Rating float64 `json:"rating,omitempty"`
	Height float64 `json:"height"`
	Mount  string  `json:"mount" enum:"roof,mast"`
	// Cost is in euros.
	Cost float64 `json:"cost"`
	// Spectrum is the unweighted level of each octave band at 30 m on the axis, 63 Hz
	// to 8 kHz; the kind sounds in one tone where nothing is known of it.
	Spectrum acoustics.Spectrum `json:"spectrum,omitzero"`
	// Directivity is by how many dB less it sounds 0, 30, … 180 degrees off its axis.
	// Where it is not the same to all sides, a candidate has to say where the axis
	// is to point.
	Directivity acoustics.Beam `json:"directivity,omitzero"`
}

// Directed reports whether the kind sounds to one side.
func (k Kind) Directed() bool { return k.Directivity != (acoustics.Beam{}) }

// Filled is the kind with the rating that its spectrum has, to 0.1 dB.
func (k Kind) Filled() Kind {
	if k.Rating == 0 && k.Spectrum != (acoustics.Spectrum{}) {
		_, rating := acoustics.Bands(k.Spectrum)
		k.Rating = math.Round(10*rating) / 10
	}
	return k
}

// source is one siren of the kind.
func (k Kind) source(c *Candidate) earshot.Source {
	s := earshot.Source{ID: c.ID, Position: c.Position, Rating: k.Rating, Height: k.Height, Spectrum: k.Spectrum, Beam: k.Directivity}
	if k.Directed() && c.Axis != nil {
		s.Axis = *c.Axis
	}
	return s
}

// DefaultKinds are an electronic siren of 600 W and one of 1200 W, each on a roof
// and on a mast. The costs are what the federal programme gives for a roof and a
// mast (10,850 and 17,350 euros); that the larger one costs 6,000 euros more is an
// assumption, to be replaced by an offer.
func DefaultKinds() []Kind {
	return []Kind{
		{ID: "roof-600", Rating: 109, Height: 15, Mount: "roof", Cost: 10_850},
		{ID: "mast-600", Rating: 109, Height: 12, Mount: "mast", Cost: 17_350},
		{ID: "roof-1200", Rating: 115, Height: 15, Mount: "roof", Cost: 16_850},
		{ID: "mast-1200", Rating: 115, Height: 12, Mount: "mast", Cost: 23_350},
	}
}

// Candidate is a place where a siren could stand.
type Candidate struct {
	ID       string
	Name     string
	Position projection.Coordinate // in EPSG:3035
	// Kinds are the ids of those that can stand there; all of them if empty.
	Kinds []string
	// Cost replaces that of every kind, in euros, if it is not 0: a retrofit, say.
	Cost float64
	// Axis is the bearing in degrees from north to which kinds point that sound to
	// one side; nil where it is not known.
	Axis *float64
	// State is Free, Required or Forbidden.
	State siting.State
}

// Inhabited are candidates in inhabited cells: in every square of spacing metres
// the middle of the cell in which most people live. It fails if there would be
// more than most.
func Inhabited(grid *population.Grid, spacing float64, most int) ([]Candidate, error) {
	if !(spacing >= float64(grid.Side()) && spacing <= 100_000) {
		return nil, problem.New(problem.Invalid, fmt.Sprintf("Candidates cannot be %g m apart.", spacing), fmt.Sprintf("Give a spacing from %d m, the side of a cell, to 100000.", grid.Side()))
	}
	type square struct{ x, y int }
	type best struct {
		cell, people int
	}
	found := map[square]best{}
	for i, cell := range grid.All() {
		s := square{int(math.Floor(cell.Centre.Easting / spacing)), int(math.Floor(cell.Centre.Northing / spacing))}
		if b, ok := found[s]; !ok || cell.People > b.people {
			found[s] = best{i, cell.People}
		}
	}
	if len(found) > most {
		return nil, problem.New(problem.TooLarge, fmt.Sprintf("%d squares of %g m have people; %d candidates are the most that are taken.", len(found), spacing, most), "Give a greater spacing.")
	}
	cells := make([]int, 0, len(found))
	for _, b := range found {
		cells = append(cells, b.cell)
	}
	slices.Sort(cells)
	candidates := make([]Candidate, len(cells))
	for n, i := range cells {
		c := grid.Cell(i).Centre
		candidates[n] = Candidate{ID: fmt.Sprintf("E%.0fN%.0f", c.Easting, c.Northing), Position: c}
	}
	return candidates, nil
}

// MaxCandidates is how many places the solver takes.
const MaxCandidates = 50_000

// Question is what a planner asks.
type Question struct {
	Grid *population.Grid
	// Existing is who hears the sirens that are kept; its options say at which
	// level and by which model new ones are heard too.
	Existing   *earshot.Map
	Candidates []Candidate
	Kinds      []Kind
	// Budget is in euros; with a Share, 0 to 1 of all people, the least cost for
	// it is asked for instead.
	Budget float64
	Share  float64
	// Memory is how many bytes the problem and its search may take; no limit if 0.
	Memory int64
}

// Choice is a kind of siren at a candidate's place.
type Choice struct {
	Candidate *Candidate
	Kind      Kind
	Cost      float64
}

// Problem is a question as the solver takes it. Site 0 of Siting, if there are
// existing sirens, stands for all of these; Choices[i] is what site First+i means.
type Problem struct {
	Siting  siting.Problem
	First   int
	Choices []Choice
}

// Pose makes the problem. For a question that has no answer it fails with a
// *problem.Error that says what to change.
func (q Question) Pose(ctx context.Context) (*Problem, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	p := &Problem{}
	first := make([]int, len(q.Candidates)+1) // of each candidate's choices
	for i := range q.Candidates {
		c := &q.Candidates[i]
		for _, k := range q.Kinds {
			if len(c.Kinds) > 0 && !slices.Contains(c.Kinds, k.ID) {
				continue
			}
			p.Choices = append(p.Choices, Choice{c, k.Filled(), cmp.Or(c.Cost, k.Cost)})
		}
		first[i+1] = len(p.Choices)
	}
	p.Siting = siting.Problem{Demand: make([]float64, q.Grid.Len()), Budget: q.Budget, Share: q.Share}
	var covered []int32
	for i := range p.Siting.Demand {
		p.Siting.Demand[i] = float64(q.Grid.People(i))
		if q.Existing.Heard[i] > 0 {
			covered = append(covered, int32(i))
		}
	}
	if len(covered) > 0 {
		p.First = 1
		p.Siting.Sites = append(p.Siting.Sites, siting.Site{Cells: covered, Cost: 1, State: siting.Existing})
	}
	found := make([]siting.Site, len(p.Choices))
	var next, pairs atomic.Int64
	var working sync.WaitGroup
	var failed atomic.Pointer[error]
	for range runtime.GOMAXPROCS(0) {
		working.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(q.Candidates) && ctx.Err() == nil && failed.Load() == nil; i = int(next.Add(1)) - 1 {
				here := found[first[i]:first[i+1]]
				err := q.look(p.Choices[first[i]:first[i+1]], here)
				for _, site := range here {
					pairs.Add(int64(len(site.Cells)))
				}
				if err == nil {
					err = q.fits(pairs.Load(), i+1)
				}
				if err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	working.Wait()
	if err := failed.Load(); err != nil {
		return nil, *err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("look at the candidates: %w", err)
	}
	p.Siting.Sites = append(p.Siting.Sites, found...)
	return p, q.reachable(p)
}

// look finds the cells that hear each of the choices of one candidate.
func (q Question) look(choices []Choice, found []siting.Site) error {
	options := q.Existing.Options
	if options.Terrain != nil {
		options.Terrain = options.Terrain.AtOnePlace()
	}
	for i, c := range choices {
		cells, err := earshot.Cells(q.Grid, c.Kind.source(c.Candidate), options)
		if err != nil {
			return err
		}
		found[i] = siting.Site{Cells: cells, Cost: c.Cost, State: c.Candidate.State}
	}
	return nil
}
