// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// Gain is the people of a region, those who hear a siren now, and those who hear
// one once all is built.
type Gain struct {
	ARS    geo.ARS `json:"ars"`
	Name   string  `json:"name"`
	People int64   `json:"people"`
	Before int64   `json:"before"`
	After  int64   `json:"after"`
}

// Never is the stage of a cell in which no siren is heard at last.
const Never = -1

// Stages says for each cell of the grid after which stage of building a siren is
// heard in it: 0 where one is heard that stands, n after the n-th stage, or Never.
type Stages []int16

// heardNow is the stages before anything is built.
func heardNow(before *earshot.Map) Stages {
	stages := make(Stages, len(before.Heard))
	for i, heard := range before.Heard {
		if heard == 0 {
			stages[i] = Never
		}
	}
	return stages
}

// build adds a site at a stage, and says how many people hear a siren by it who
// heard none before.
func (s Stages) build(before *earshot.Map, site Site, stage int) (gained int64, err error) {
	source, err := earshot.SourceOf(site.Siren())
	if err == nil {
		var cells []int32
		cells, err = earshot.Cells(before.Grid, source, before.Options)
		for _, i := range cells {
			if s[i] == Never {
				s[i] = int16(stage)
				gained += int64(before.Grid.People(int(i)))
			}
		}
	}
	if err != nil {
		return 0, problem.Wrap(err, problem.Invalid, "What "+site.ID+" adds cannot be reckoned.", "Check its position and its kind.")
	}
	return gained, nil
}

// gains counts by region, for those in which people live, by ARS.
func (s Stages) gains(grid *population.Grid, joined *population.Joined, regions *geo.Regions) []Gain {
	all := regions.All()
	rows := make([]Gain, len(all))
	for i, r := range all {
		rows[i].ARS, rows[i].Name = r.ARS, r.Name
	}
	for i, region := range joined.Region {
		if region != population.Nowhere {
			rows[region].add(s[i], int64(grid.People(i)))
		}
	}
	return slices.DeleteFunc(rows, func(g Gain) bool { return g.People == 0 })
}

func (g *Gain) add(stage int16, people int64) {
	g.People += people
	if stage == 0 {
		g.Before += people
	}
	if stage != Never {
		g.After += people
	}
}
