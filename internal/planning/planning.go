// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package planning answers a planner's questions from sirens, people and regions:
// who hears which siren, where the gaps are, where the next euro warns most
// people. Commands and pages show the same answers. An answer names the digests
// of the files it was made from, so that it can be made again, to the byte.
package planning

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Inputs are what every question is about.
type Inputs struct {
	Grid *population.Grid
	// Regions may be nil: then nothing is said by region.
	Regions *geo.Regions
	// Sirens are those that stand there.
	Sirens []siren.Siren
	// Terrain is the ground; flat everywhere if nil.
	Terrain *earshot.Terrain
	// Memory is how many bytes reckoning may take; no limit if 0.
	Memory int64
	// Files are what all of this was read from.
	Files []File
}

// File is a file that an answer was made from.
type File struct {
	Role   string `json:"role" enum:"sirens,population,regions,candidates,terrain"`
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// farFromPeople is how far a siren may be from the next inhabited cell before
// something is likely wrong with its position, in metres.
const farFromPeople = 5000

// listedFar is how many of the sirens far from everybody are named.
const listedFar = 10

// sources are the sirens as the models hear them, with what was noticed.
func (in Inputs) sources() ([]earshot.Source, []Finding, error) {
	var findings []Finding
	var faults []problem.Fault
	unrated, far := 0, 0
	sources := make([]earshot.Source, 0, len(in.Sirens))
	for i, s := range in.Sirens {
		source, err := earshot.SourceOf(s)
		if err != nil {
			faults = append(faults, problem.Fault{
				Field: fmt.Sprintf("sirens[%d].position", i), Rule: "plan.position",
				Message: fmt.Sprintf("%s stands at %.5f, %.5f, which is not in Europe", cmp.Or(s.ID, s.Name), s.Position.Lat, s.Position.Lon),
				Remedy:  "Correct the position; latitude and longitude may be the wrong way round.",
			})
			continue
		}
		if s.Equipment.Level == 0 && s.Equipment.Spectrum == (acoustics.Spectrum{}) {
			unrated++
		}
		if !inhabited(in.Grid, source.Position) {
			if far++; far <= listedFar {
				findings = append(findings, found("far", []int64{farFromPeople / 1000}, cmp.Or(s.Name, s.ID)).about(s.ID))
			}
		}
		source.ID = cmp.Or(s.ID, s.Name, fmt.Sprintf("row %d", i+1))
		sources = append(sources, source)
	}
	if err := problem.InvalidFaults("The sirens cannot be planned with.", faults); err != nil {
		return nil, nil, err
	}
	if far > listedFar {
		findings = append(findings, found("far.more", []int64{int64(far - listedFar), int64(len(in.Sirens)), farFromPeople / 1000}))
	}
	if coarse := int64(in.Grid.Side()); coarse >= 1000 {
		findings = append(findings, found("coarse", []int64{coarse}))
	}
	if unrated > 0 {
		findings = append(findings, found("unrated", []int64{int64(unrated), int64(len(in.Sirens)), earshot.DefaultRating}))
	}
	return sources, findings, nil
}

func inhabited(grid *population.Grid, at projection.Coordinate) bool {
	for range grid.Near(at, farFromPeople) {
		return true
	}
	return false
}

// Gap is a place where people hear no siren.
type Gap struct {
	People   int64     `json:"people"`
	Cells    int       `json:"cells"`
	Position geo.Point `json:"position"`
	// UTMREF is the square of 100 m in which most of them live.
	UTMREF string  `json:"utmref"`
	ARS    geo.ARS `json:"ars,omitempty"`
	Region string  `json:"region,omitempty"`
}

// listedGaps is how many gaps an answer lists.
const listedGaps = 200

// gaps names the places of gaps, those with most people.
func (in Inputs) gaps(found []earshot.Gap) []Gap {
	gaps := make([]Gap, 0, min(len(found), listedGaps))
	for _, g := range found[:min(len(found), listedGaps)] {
		gap := Gap{People: g.People, Cells: g.Cells}
		if p, err := projection.LAEAEurope.Inverse(g.Densest); err == nil {
			gap.Position = p
			if ref, err := projection.ToUTMREF(p, 100); err == nil {
				gap.UTMREF = ref.String()
			}
			if in.Regions != nil {
				if r, ok := in.Regions.At(p); ok {
					gap.ARS, gap.Region = r.ARS, r.Name
				}
			}
		}
		gaps = append(gaps, gap)
	}
	return gaps
}

// CoverageQuestion asks who hears the sirens.
type CoverageQuestion struct {
	Assumptions earshot.Assumptions `json:"assumptions"`
	// Level in dB(A) is at what a siren counts as heard.
	Level float64 `json:"level"`
	// Progress is told how many parts of how many are done; may be nil.
	Progress func(done, total int) `json:"-"`
}

// Basis is what an answer was made from, and who hears the sirens that stand by
// the other model, since the two differ by so much.
type Basis struct {
	Model       string              `json:"model"`
	Assumptions earshot.Assumptions `json:"assumptions"`
	Level       float64             `json:"level"`
	Other       Comparison          `json:"other"`
	// Generated is how many of the sirens that stand are made up, as there is no
	// public register.
	Generated int       `json:"generated,omitempty"`
	Findings  []Finding `json:"findings"`
	Licence   string    `json:"licence,omitempty"`
	Files     []File    `json:"files"`
}

// basis is that of an answer about the sirens of a map, whose cells may be joined
// to regions.
func (in Inputs) basis(ctx context.Context, m *earshot.Map, joined *population.Joined, findings []Finding) (Basis, error) {
	other, err := in.otherwise(ctx, m, joined)
	return Basis{
		Model: in.model(m.Options.Assumptions), Assumptions: m.Options.Assumptions, Level: m.Options.Level, Other: other,
		Generated: generated(in.Sirens), Findings: append([]Finding{}, findings...), Licence: in.licence(), Files: append([]File{}, in.Files...),
	}, err
}

// licence is the lines to show with whatever is made of the inputs, in one.
func (in Inputs) licence() string {
	lines := []string{in.Grid.Licence()}
	if in.Regions != nil {
		lines = append(lines, in.Regions.Licences()...)
	}
	lines = slices.DeleteFunc(lines, func(line string) bool { return line == "" })
	return strings.Join(slices.Compact(lines), "; ")
}

// Coverage is who hears the sirens.
type Coverage struct {
	Basis
	Sirens int `json:"sirens"`
	earshot.Count
	Share   float64               `json:"share"`
	Regions []earshot.RegionCount `json:"regions"`
	Kreise  []earshot.RegionCount `json:"kreise"`
	// Gaps are those with most people, at most 200 of GapCount.
	Gaps     []Gap                `json:"gaps"`
	GapCount int                  `json:"gapCount"`
	Each     []earshot.SirenCount `json:"each"`
	// Map is the level in every cell.
	Map *earshot.Map `json:"-"`
	// joined is in which region each cell lies; nil where there are none.
	joined *population.Joined
}

// Comparison is the outcome by another model.
type Comparison struct {
	Model       string              `json:"model"`
	Assumptions earshot.Assumptions `json:"assumptions"`
	Covered     int64               `json:"covered"`
	Share       float64             `json:"share"`
	// Regions is the people covered by region, where there are any.
	Regions map[geo.ARS]int64 `json:"regions,omitempty"`
}

// join says in which region each cell lies; nil where there are none.
func (in Inputs) join() *population.Joined {
	if in.Regions == nil {
		return nil
	}
	return in.Grid.Join(in.Regions)
}

// otherwise is who hears the sirens of a map by the other model.
func (in Inputs) otherwise(ctx context.Context, m *earshot.Map, joined *population.Joined) (Comparison, error) {
	options := m.Options
	options.Progress = nil
	options.Assumptions = earshot.Assumptions{Model: earshot.CPG117, Edition: m.Options.Assumptions.Edition}
	if m.Options.Assumptions.Model == earshot.CPG117 {
		options.Assumptions.Model = earshot.ISO9613
	}
	other, err := compute(ctx, in, m.Sources, options)
	if err != nil {
		return Comparison{}, err
	}
	count := other.Total()
	c := Comparison{Model: in.model(options.Assumptions), Assumptions: options.Assumptions.Filled(), Covered: count.Covered, Share: count.Share()}
	if joined != nil {
		c.Regions = map[geo.ARS]int64{}
		for _, r := range other.Regions(joined, in.Regions) {
			c.Regions[r.ARS] = r.Covered
		}
	}
	return c, nil
}

// filled is the question with everything said that stands for a default.
func (q CoverageQuestion) filled() CoverageQuestion {
	q.Level = cmp.Or(q.Level, earshot.DefaultLevel)
	q.Assumptions = q.Assumptions.Filled()
	return q
}

// heard is who hears the sirens, with what was noticed about these.
func (in Inputs) heard(ctx context.Context, q CoverageQuestion) (*earshot.Map, []Finding, error) {
	sources, findings, err := in.sources()
	if err != nil {
		return nil, nil, err
	}
	m, err := compute(ctx, in, sources, earshot.Options{Assumptions: q.Assumptions, Level: q.Level, Terrain: in.Terrain, Progress: q.Progress})
	if err != nil {
		return nil, nil, err
	}
	return m, append(findings, in.unknownGround(m)...), nil
}

// Cover reckons the coverage. Its errors are of kind Invalid, or the context's.
func Cover(ctx context.Context, in Inputs, q CoverageQuestion) (*Coverage, error) {
	q = q.filled()
	m, findings, err := in.heard(ctx, q)
	if err != nil {
		return nil, err
	}
	joined := in.join()
	basis, err := in.basis(ctx, m, joined, findings)
	if err != nil {
		return nil, err
	}
	gaps := m.Gaps()
	c := &Coverage{
		Basis: basis, Sirens: len(m.Sources), Count: m.Total(), Regions: []earshot.RegionCount{}, Kreise: []earshot.RegionCount{},
		Gaps: in.gaps(gaps), GapCount: len(gaps), Each: m.Sirens(), Map: m, joined: joined,
	}
	c.Share = c.Count.Share()
	if joined != nil {
		c.Regions = append(c.Regions, m.Regions(joined, in.Regions)...)
		c.Kreise = append(c.Kreise, earshot.Kreise(c.Regions, in.regionName)...)
		switch joined.OutsidePeople {
		case 0:
		case c.People:
			c.Findings = append(c.Findings, found("elsewhere", []int64{c.People}))
		default:
			c.Findings = append(c.Findings, found("outside", []int64{joined.OutsidePeople}))
		}
	}
	return c, nil
}

func (in Inputs) regionName(ars geo.ARS) string {
	r, _ := in.Regions.Lookup(ars)
	return r.Name
}

// compute reckons a map; its errors are those that planners are told.
func compute(ctx context.Context, in Inputs, sources []earshot.Source, o earshot.Options) (*earshot.Map, error) {
	m, err := earshot.Compute(ctx, in.Grid, sources, o)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, earshot.ErrTerrain):
		return nil, unusable(elevations, err, "Check the disk.")
	}
	return m, err
}

// Worst orders rows by how many people are not covered, most first.
func Worst(rows []earshot.RegionCount) []earshot.RegionCount {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b earshot.RegionCount) int {
		return cmp.Compare(b.People-b.Covered, a.People-a.Covered)
	})
	return rows
}

func generated(sirens []siren.Siren) (n int) {
	for _, s := range sirens {
		if s.Generated {
			n++
		}
	}
	return n
}
