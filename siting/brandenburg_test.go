// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siting_test

import (
	"bufio"
	"compress/gzip"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/siting"
)

// Brandenburg's people by cells of 100 m, 10,000 of the cells for sites on roofs
// or masts, and 20 million euros.
func TestBrandenburg(t *testing.T) {
	f, err := os.Open("../../shared/data/population/brandenburg_100m.csv.gz")
	if err != nil {
		t.Skipf("without Brandenburg's people: %v", err)
	}
	defer f.Close()
	plain, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var cells [][2]float64
	p := siting.Problem{Budget: 20e6}
	lines := bufio.NewScanner(plain)
	lines.Scan()
	for lines.Scan() {
		var row [3]float64
		fields := strings.Split(lines.Text(), ";")
		for k := range row {
			if row[k], err = strconv.ParseFloat(fields[k+1], 64); err != nil {
				t.Fatal(err)
			}
		}
		cells, p.Demand = append(cells, [2]float64{row[0], row[1]}), append(p.Demand, row[2])
	}
	const reach = 679 // of 115 dB(A) to 70 dB(A) by CPG 1-17
	type square [2]int
	in := func(c [2]float64) square { return square{int(math.Floor(c[0] / reach)), int(math.Floor(c[1] / reach))} }
	near := make(map[square][]int32)
	for i, c := range cells {
		near[in(c)] = append(near[in(c)], int32(i))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, at := range random.Perm(len(cells))[:10_000] {
		s := siting.Site{Cost: []float64{10_850, 17_350, 17_350}[random.IntN(3)]}
		own := in(cells[at])
		for dx := -1; dx <= 1; dx++ {
			for dy := -1; dy <= 1; dy++ {
				for _, i := range near[square{own[0] + dx, own[1] + dy}] {
					if math.Hypot(cells[i][0]-cells[at][0], cells[i][1]-cells[at][1]) <= reach {
						s.Cells = append(s.Cells, i)
					}
				}
			}
		}
		p.Sites = append(p.Sites, s)
	}
	got, err := siting.Solve(t.Context(), p, siting.Options{Workers: 2, Gap: 0.002, Steps: 60})
	if err != nil {
		t.Fatal(err)
	}
	check(t, &p, got)
	t.Logf("%.0f of %.0f people, at most %.0f, gap %.3f %%, %d sites, %d steps", got.Covered, demand(&p), got.Bound, 100*got.Gap, len(got.Sites), got.Steps)
	if got.Gap > 0.01 {
		t.Errorf("gap %g", got.Gap)
	}
}
