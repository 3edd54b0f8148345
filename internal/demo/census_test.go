// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package demo

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/internal/node"
)

// TestMadeUpPeople gives the demo's Land as many people as it has, says that they
// are made up, and leaves a census that was imported alone.
func TestMadeUpPeople(t *testing.T) {
	o := Options{Dir: t.TempDir(), Seed: 1}
	if err := settle(o); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(o.Dir, node.PopulationFile)
	grid, _, err := population.ReadFile(context.Background(), path, population.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const official = 2_511_917 // Brandenburg, 31 December 2018
	if off := math.Abs(float64(grid.Residents()-official)) / official; !grid.Generated() || grid.Side() != 100 || off > 0.001 {
		t.Errorf("%d people, made up: %v", grid.Residents(), grid.Generated())
	}
	// Settled already: another seed changes nothing.
	o.Seed = 2
	if err := settle(o); err != nil {
		t.Fatal(err)
	}
	again, _, err := population.ReadFile(context.Background(), path, population.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if again.Len() != grid.Len() || again.Residents() != grid.Residents() {
		t.Error("people moved")
	}
}

func TestEverybodyIsHoused(t *testing.T) {
	regions, err := geo.NewRegions(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	places := []geo.Place{{Name: "A", ARS: "12001", Point: geo.Point{Lat: 52, Lon: 13}, Residents: 7}, {Name: "B", ARS: "12001", Point: geo.Point{Lat: 52.1, Lon: 13.2}, Residents: 54_321}, {Name: "C", ARS: "13001", Point: geo.Point{Lat: 53, Lon: 13}, Residents: 99}}
	grid, err := madeUp(geo.NewGazetteer(regions, places), "12", 1)
	if err != nil {
		t.Fatal(err)
	}
	if grid.Residents() != 54_328 {
		t.Errorf("%d people have a home", grid.Residents())
	}
}
