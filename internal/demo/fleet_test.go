// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package demo

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/germany"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

func TestSirensStandWherePeopleLive(t *testing.T) {
	regions, places, err := germany.Load()
	if err != nil {
		t.Fatal(err)
	}
	own := geo.NewGazetteer(regions, places).PlacesIn(geo.Area{ARS: []geo.ARS{territory}})
	sirens := placeSirens(own, 200, 1)
	if len(sirens) != 200 {
		t.Fatalf("%d sirens", len(sirens))
	}
	if diff := cmp.Diff(sirens, placeSirens(own, 200, 1)); diff != "" {
		t.Errorf("the same seed gives another fleet: %s", diff)
	}
	potsdam := 0
	for _, s := range sirens {
		if !territory.Contains(s.ARS) {
			t.Errorf("%s stands in %s", s.ID, s.ARS)
		}
		if strings.HasPrefix(s.Name, "Potsdam") {
			potsdam++
		}
	}
	// 182,112 of 2,160,000 people whom the places know live in Potsdam.
	if potsdam < 12 || potsdam > 20 {
		t.Errorf("%d of 200 sirens stand in Potsdam", potsdam)
	}
	for i := range sirens {
		sirens[i].PublicKey = make([]byte, 32)
	}
	if _, err := siren.Register(nil, sirens); err != nil {
		t.Errorf("the registry refuses the fleet: %v", err)
	}
}

func TestApportionGivesOutAllAndFollowsShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		residents := rapid.SliceOfN(rapid.IntRange(1, 200_000), 1, 60).Draw(t, "residents")
		count := rapid.IntRange(0, 500).Draw(t, "count")
		places, total := make([]geo.Place, len(residents)), 0
		for i, n := range residents {
			places[i].Residents = n
			total += n
		}
		given := 0
		for i, share := range apportion(places, count) {
			given += share
			quota := float64(count) * float64(residents[i]) / float64(total)
			if float64(share) < quota-1 || float64(share) > quota+1 {
				t.Fatalf("place %d gets %d of a quota of %.2f", i, share, quota)
			}
		}
		if given != count {
			t.Fatalf("%d of %d given out", given, count)
		}
	})
}
