// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/geo/terrain"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// beyondPeople is how far around the people elevations are of interest, in
// degrees: sirens stand there that are heard.
const beyondPeople = 0.15

// openTerrain opens elevations, and takes the digests of the files that have
// something of where people live.
func (in *Inputs) openTerrain(paths []string) error {
	model, err := terrain.Open(terrain.Options{}, paths...)
	if err != nil {
		return unusable(strings.Join(paths, ", "), err, "Give files or folders of .hgt, .asc with .prj, or .tif, unpacked; see docs/formats/plan.md.")
	}
	box := geo.EmptyBox()
	for _, tile := range in.Grid.Tiles() {
		for _, corner := range [][2]float64{{tile.Bounds.West, tile.Bounds.South}, {tile.Bounds.West, tile.Bounds.North}, {tile.Bounds.East, tile.Bounds.South}, {tile.Bounds.East, tile.Bounds.North}} {
			if p, err := projection.LAEAEurope.Inverse(projection.Coordinate{Easting: corner[0], Northing: corner[1]}); err == nil {
				box = box.Extend(p)
			}
		}
	}
	box = geo.Box{South: box.South - beyondPeople, North: box.North + beyondPeople, West: box.West - beyondPeople, East: box.East + beyondPeople}
	files := model.Files(box)
	if len(files) == 0 {
		around := model.Box()
		return problem.New(problem.Invalid,
			fmt.Sprintf("The elevations are of latitude %.2f to %.2f, longitude %.2f to %.2f: nobody lives there.", around.South, around.North, around.West, around.East),
			"Give those of the area, or check their coordinate system.")
	}
	for _, path := range files {
		digest, err := digestOf(path)
		if err != nil {
			return err
		}
		in.Files = append(in.Files, File{"terrain", filepath.Base(path), digest})
	}
	in.Terrain = earshot.NewTerrain(model)
	return nil
}

// elevations stands for the path where a file is not known by one.
const elevations = "The terrain"

// model names a model, and the terrain where there is one.
func (in Inputs) model(a earshot.Assumptions) string {
	if in.Terrain == nil {
		return a.String()
	}
	return a.WithTerrain()
}

// unknownGround says where a map knew nothing of the terrain.
func (in Inputs) unknownGround(m *earshot.Map) []Finding {
	var findings []Finding
	if sirens := m.Unknown.Sirens; len(sirens) > 0 {
		first := m.Sources[sirens[0]]
		findings = append(findings, found("ground.siren", nil, first.ID, degreeSquare(first.Position)).about(first.ID))
		if more := len(sirens) - 1; more > 0 {
			findings = append(findings, found("ground.sirens", []int64{int64(more)}))
		}
	}
	for _, c := range []struct {
		rule  string
		count earshot.CellCount
	}{{"ground.outside", m.Unknown.Outside}, {"ground.void", m.Unknown.Void}, {"ground.crossed", m.Unknown.Crossed}} {
		if c.count.Cells > 0 {
			findings = append(findings, found(c.rule, []int64{int64(c.count.Cells), int64(c.count.People)}))
		}
	}
	return findings
}

// unknownPlaces says how many candidates stand where the terrain is not known.
func (in Inputs) unknownPlaces(candidates []sites.Candidate) ([]Finding, error) {
	if in.Terrain == nil {
		return nil, nil
	}
	count, first := 0, ""
	for _, c := range candidates {
		known, err := in.Terrain.Knows(c.Position)
		if err != nil {
			return nil, unusable(elevations, err, "Check the disk.")
		}
		if !known {
			count++
			first = cmp.Or(first, fmt.Sprintf("%s (%s)", cmp.Or(c.Name, c.ID), degreeSquare(c.Position)))
		}
	}
	if count == 0 {
		return nil, nil
	}
	return []Finding{found("ground.places", []int64{int64(count), int64(len(candidates))}, first)}, nil
}

// degreeSquare names the square of a degree that a place is in, as files of
// elevations are named.
func degreeSquare(at projection.Coordinate) string {
	p, err := projection.LAEAEurope.Inverse(at)
	if err != nil {
		return "outside Europe"
	}
	return fmt.Sprintf("N%02.0fE%03.0f", math.Floor(p.Lat), math.Floor(p.Lon))
}
