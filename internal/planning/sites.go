// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/siting"
)

// SitesQuestion asks where the next sirens should stand.
type SitesQuestion struct {
	CoverageQuestion
	Candidates []sites.Candidate `json:"-"`
	Kinds      []sites.Kind      `json:"kinds"`
	// Budget is in euros; with a Share, 0 to 1, the least cost for it is asked for.
	Budget float64 `json:"budget,omitempty"`
	Share  float64 `json:"share,omitempty"`
	// Time is how long to search at most. Steps bounds the work instead of the
	// time, so that the same question has the same answer on every machine.
	Time  time.Duration `json:"-"`
	Steps int           `json:"steps,omitempty"`
	Seed  uint64        `json:"seed,omitempty"`
	// Found is told of every better answer; may be nil.
	Found func(covered, bound, gap, cost float64) `json:"-"`
}

// Sites is where to build.
type Sites struct {
	Basis
	// Budget in euros, or Share, 0 to 1, is what was asked for.
	Budget float64 `json:"budget,omitempty"`
	Share  float64 `json:"share,omitempty"`
	// People is all, Before those covered by the sirens that are there, Covered
	// those covered afterwards.
	People  float64 `json:"people"`
	Before  float64 `json:"before"`
	Covered float64 `json:"covered"`
	// Bound is what no choice can be better than: people for a budget, euros for a
	// share. Gap is how far the answer can be from the best, 0 to 1.
	Bound float64 `json:"bound"`
	Gap   float64 `json:"gap"`
	Cost  float64 `json:"cost"`
	// Sites are in the order in which to build them.
	Sites []Site `json:"sites"`
	// Regions are who gains, by the least regions that are known.
	Regions    []Gain  `json:"regions"`
	Candidates int     `json:"candidates"`
	Steps      int     `json:"steps"`
	Seconds    float64 `json:"seconds"`
	// Stages has one stage, by cell: all sites are built.
	Stages Stages `json:"-"`
}

// Site is one siren to be built, with the fields that an application for federal
// money asks for.
type Site struct {
	ID       string    `json:"id"`
	Name     string    `json:"name,omitempty"`
	Kind     string    `json:"kind"`
	Mount    string    `json:"mount"`
	Rating   float64   `json:"rating"`
	Height   float64   `json:"height"`
	Position geo.Point `json:"position"`
	// Spectrum, Directivity and Axis are those of the kind and the candidate, where
	// they are known; see siren.Equipment.
	Spectrum    acoustics.Spectrum `json:"spectrum,omitzero"`
	Directivity acoustics.Beam     `json:"directivity,omitzero"`
	Axis        float64            `json:"axis,omitempty"`
	// Zone, Easting and Northing are UTM in metres; UTMREF has a metre.
	Zone     int     `json:"zone"`
	Easting  float64 `json:"easting"`
	Northing float64 `json:"northing"`
	UTMREF   string  `json:"utmref"`
	ARS      geo.ARS `json:"ars,omitempty"`
	Region   string  `json:"region,omitempty"`
	Cost     float64 `json:"cost"`
	// Gains is how many people it adds to those before it; Covered and Spent are
	// the sums up to it.
	Gains   float64 `json:"gains"`
	Covered float64 `json:"covered"`
	Spent   float64 `json:"spent"`
}

// Choose finds the sites. It ends after the question's time or steps, or when the
// context ends, with the best that it has. Its errors are of kind Invalid, or the
// context's where nothing was found yet.
func Choose(ctx context.Context, in Inputs, q SitesQuestion) (*Sites, error) {
	began := time.Now()
	q.CoverageQuestion = q.filled()
	before, findings, err := in.heard(ctx, q.CoverageQuestion)
	if err != nil {
		return nil, err
	}
	joined := in.join()
	basis, err := in.basis(ctx, before, joined, findings)
	if err != nil {
		return nil, err
	}
	answer, err := in.choose(ctx, q, before, began)
	if err != nil {
		return nil, err
	}
	answer.Basis = basis
	more, err := in.unknownPlaces(q.Candidates)
	if err != nil {
		return nil, err
	}
	answer.Findings = append(answer.Findings, more...)
	answer.Stages = heardNow(before)
	for _, site := range answer.Sites {
		if _, err := answer.Stages.build(before, site, 1); err != nil {
			return nil, err
		}
	}
	if joined != nil {
		answer.Regions = append(answer.Regions, answer.Stages.gains(in.Grid, joined, in.Regions)...)
	}
	answer.Seconds = time.Since(began).Seconds()
	return answer, nil
}

// choose finds the sites beside the sirens of a map. The question is filled; its
// time began some while ago.
func (in Inputs) choose(ctx context.Context, q SitesQuestion, before *earshot.Map, began time.Time) (*Sites, error) {
	posed, err := sites.Question{Grid: in.Grid, Existing: before, Candidates: q.Candidates, Kinds: q.Kinds, Budget: q.Budget, Share: q.Share, Memory: in.Memory}.Pose(ctx)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil, err
	case errors.Is(err, earshot.ErrTerrain):
		return nil, unusable(elevations, err, "Check the disk.")
	case err != nil:
		return nil, err
	}
	options := siting.Options{Seed: q.Seed, Workers: runtime.GOMAXPROCS(0), Steps: q.Steps}
	if q.Found != nil {
		options.Progress = func(s siting.Solution) { q.Found(s.Covered, s.Bound, s.Gap, s.Cost) }
	}
	if q.Time > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithDeadline(ctx, began.Add(q.Time))
		defer stop()
	}
	solution, err := siting.Solve(ctx, posed.Siting, options)
	if err != nil {
		return nil, fmt.Errorf("choose sites: %w", err)
	}
	total := before.Total()
	answer := &Sites{
		Budget: q.Budget, Share: q.Share, People: float64(total.People), Before: float64(total.Covered),
		Covered: solution.Covered, Bound: solution.Bound, Gap: solution.Gap, Cost: solution.Cost, Sites: []Site{},
		Candidates: len(q.Candidates), Steps: solution.Steps, Regions: []Gain{},
	}
	for _, c := range posed.Order(solution) {
		answer.Sites = append(answer.Sites, in.site(c))
	}
	return answer, nil
}

// Siren is the site as a registry would have it once it is built.
func (s Site) Siren() siren.Siren {
	return siren.Siren{
		ID: s.ID, Name: s.Name, ARS: s.ARS, Position: s.Position,
		Equipment: siren.Equipment{Level: s.Rating, Mount: s.Mount, Height: s.Height, Spectrum: s.Spectrum, Directivity: s.Directivity, Axis: s.Axis},
	}
}

// site fills in where a chosen site is.
func (in Inputs) site(c sites.Chosen) Site {
	s := Site{
		ID: c.Candidate.ID, Name: c.Candidate.Name, Kind: c.Kind.ID, Mount: c.Kind.Mount, Rating: c.Kind.Rating, Height: c.Kind.Height,
		Spectrum: c.Kind.Spectrum, Directivity: c.Kind.Directivity, Cost: c.Cost, Gains: c.Gains, Covered: c.Covered, Spent: c.Spent,
	}
	if c.Kind.Directed() && c.Candidate.Axis != nil {
		s.Axis = *c.Candidate.Axis
	}
	p, err := projection.LAEAEurope.Inverse(c.Candidate.Position)
	if err != nil {
		return s
	}
	s.Position = p
	if ref, err := projection.ToUTMREF(p, 1); err == nil {
		s.UTMREF, s.Zone = ref.String(), ref.Zone
	}
	if system := map[int]projection.System{31: projection.UTM31, 32: projection.UTM32, 33: projection.UTM33}[s.Zone]; system != 0 {
		if at, err := system.Forward(p); err == nil {
			s.Easting, s.Northing = at.Easting, at.Northing
		}
	}
	if in.Regions != nil {
		if r, ok := in.Regions.At(p); ok {
			s.ARS, s.Region = r.ARS, r.Name
		}
	}
	return s
}
