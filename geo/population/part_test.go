// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package population

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo/projection"
)

func TestPart(t *testing.T) {
	var cells []Cell
	for i := range 200 {
		cells = append(cells, Cell{Centre: projection.Coordinate{Easting: 4_500_050 + 100*float64(i%20), Northing: 3_200_050 + 1000*float64(i/20)}, People: i + 1})
	}
	whole, err := New(100, cells)
	if err != nil {
		t.Fatal(err)
	}
	whole.licence, whole.year = "as is", 2022
	even := whole.Part(func(i int) bool { return whole.People(i)%2 == 0 })
	var kept []Cell
	for _, c := range cells {
		if c.People%2 == 0 {
			kept = append(kept, c)
		}
	}
	want, err := New(100, kept)
	if err != nil {
		t.Fatal(err)
	}
	want.licence, want.year = whole.licence, whole.year
	if diff := cmp.Diff(want, even, cmp.AllowUnexported(Grid{})); diff != "" {
		t.Error(diff)
	}
	if whole.Len() != 200 || even.Residents() != want.Residents() {
		t.Errorf("%d cells, %d and %d people", whole.Len(), even.Residents(), want.Residents())
	}
	if none := whole.Part(func(int) bool { return false }); none.Len() != 0 || none.Residents() != 0 {
		t.Errorf("%d cells of none", none.Len())
	}
}
