// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package population

// Part is the grid with the cells alone that keep takes, in the same order. It has
// the census, licence and source of the whole.
func (g *Grid) Part(keep func(i int) bool) *Grid {
	part := *g
	part.residents, part.first, part.place, part.people = 0, make([]int32, len(g.first)), nil, nil
	for t := range len(g.first) - 1 {
		for i := int(g.first[t]); i < int(g.first[t+1]); i++ {
			if keep(i) {
				part.place, part.people = append(part.place, g.place[i]), append(part.people, g.people[i])
				part.residents += int64(g.people[i])
			}
		}
		part.first[t+1] = int32(len(part.place))
	}
	return &part
}
