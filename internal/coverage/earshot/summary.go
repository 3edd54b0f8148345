// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package earshot

import (
	"cmp"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
)

// Count is people by how loud it is where they live.
type Count struct {
	People int64 `json:"people"`
	// Covered is those at the level asked for or above.
	Covered int64 `json:"covered"`
	// At65, At70 and At75 are those at so many dB(A) or above, TooLoud those at
	// more than Bearable.
	At65    int64 `json:"at65"`
	At70    int64 `json:"at70"`
	At75    int64 `json:"at75"`
	TooLoud int64 `json:"tooLoud"`
}

// Share is the part of the people who are covered, 0 to 1; 0 of nobody.
func (c Count) Share() float64 {
	if c.People == 0 {
		return 0
	}
	return float64(c.Covered) / float64(c.People)
}

func (c *Count) add(level float32, covered bool, people int64) {
	c.People += people
	if covered {
		c.Covered += people
	}
	if level >= 65 {
		c.At65 += people
	}
	if level >= 70 {
		c.At70 += people
	}
	if level >= 75 {
		c.At75 += people
	}
	if level > Bearable {
		c.TooLoud += people
	}
}

// Total counts everyone in the grid.
func (m *Map) Total() Count {
	var total Count
	for i := range m.Levels {
		total.add(m.Levels[i], m.Heard[i] > 0, int64(m.Grid.People(i)))
	}
	return total
}

// RegionCount is the people of one region.
type RegionCount struct {
	ARS  geo.ARS `json:"ars"`
	Name string  `json:"name"`
	Count
}

// Regions counts the people of each region that has any, by ARS. With gemeinden
// joined a Kreis is the sum of its Gemeinden, by Kreise.
func (m *Map) Regions(joined *population.Joined, regions *geo.Regions) []RegionCount {
	all := regions.All()
	counts := make([]Count, len(all))
	for i, region := range joined.Region {
		if region != population.Nowhere {
			counts[region].add(m.Levels[i], m.Heard[i] > 0, int64(m.Grid.People(i)))
		}
	}
	var rows []RegionCount
	for i, c := range counts {
		if c.People > 0 {
			rows = append(rows, RegionCount{all[i].ARS, all[i].Name, c})
		}
	}
	slices.SortFunc(rows, func(a, b RegionCount) int { return cmp.Compare(a.ARS, b.ARS) })
	return rows
}

// Kreise sums rows of regions by their Kreis; name gives a Kreis's name.
func Kreise(rows []RegionCount, name func(geo.ARS) string) []RegionCount {
	var sums []RegionCount
	for _, row := range rows {
		kreis := row.ARS.Kreis()
		if kreis == "" {
			continue
		}
		if n := len(sums); n == 0 || sums[n-1].ARS != kreis {
			sums = append(sums, RegionCount{ARS: kreis, Name: name(kreis)})
		}
		sum := &sums[len(sums)-1]
		sum.People += row.People
		sum.Covered += row.Covered
		sum.At65 += row.At65
		sum.At70 += row.At70
		sum.At75 += row.At75
		sum.TooLoud += row.TooLoud
	}
	return sums
}

// SirenCount is the people who hear one siren.
type SirenCount struct {
	ID string `json:"id"`
	// Loudest is the people to whom this siren is the loudest and loud enough;
	// Alone those who hear no other: they would be without one.
	Loudest int64 `json:"loudest"`
	Alone   int64 `json:"alone"`
}

// Sirens says for each siren whom it serves, in the order of the sources.
func (m *Map) Sirens() []SirenCount {
	counts := make([]SirenCount, len(m.Sources))
	for i, s := range m.Sources {
		counts[i].ID = s.ID
	}
	for i, loudest := range m.Loudest {
		people := int64(m.Grid.People(i))
		if m.Heard[i] > 0 && loudest >= 0 {
			counts[loudest].Loudest += people
		}
		if only := m.Only[i]; only >= 0 {
			counts[only].Alone += people
		}
	}
	return counts
}
