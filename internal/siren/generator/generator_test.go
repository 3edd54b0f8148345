// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package generator

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/germany"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

const territory geo.ARS = "12"

func TestSirensStandWherePeopleLive(t *testing.T) {
	regions, places, err := germany.Load()
	if err != nil {
		t.Fatal(err)
	}
	own := geo.NewGazetteer(regions, places).PlacesIn(geo.Area{ARS: []geo.ARS{territory}})
	options := Options{Count: 2000, Within: []geo.ARS{territory}, Seed: 1, Prefix: "bb", Signals: siren.GermanSignals().Names()}
	sirens := Generate(own, options)
	if len(sirens) != 2000 || sirens[0].ID != "bb-0001" {
		t.Fatalf("%d sirens, the first %s", len(sirens), sirens[0].ID)
	}
	if diff := cmp.Diff(sirens, Generate(own, options)); diff != "" {
		t.Errorf("the same seed gives another fleet: %s", diff)
	}
	count := map[string]int{}
	for _, s := range sirens {
		if !territory.Contains(s.ARS) {
			t.Errorf("%s stands in %s", s.ID, s.ARS)
		}
		if strings.HasPrefix(s.Name, "Potsdam") {
			count["Potsdam"]++
		}
		if !s.Generated || s.Equipment.Operator != Operator {
			t.Errorf("%s does not say that it is made up", s.ID)
		}
		e := s.Equipment
		if e.Level < 101 || e.Height == 0 || e.Built < 1957 || e.Kind == "electronic" && (e.Cycles < 4 || e.Built < 2008) || s.Paths[0].Kind != siren.PathMQTT {
			t.Errorf("%s is not plausible: %+v", s.ID, s)
		}
		count[s.Type]++
		for _, p := range s.Paths[1:] {
			count[string(p.Kind)+p.Address]++
			if count[string(p.Kind)+p.Address] > 1 {
				t.Errorf("%s shares its address %s", s.ID, p.Address)
			}
		}
	}
	// 182,112 of 2,160,000 people whom the places know live in Potsdam.
	if count["Potsdam"] < 120 || count["Potsdam"] > 200 {
		t.Errorf("%d of 2000 sirens stand in Potsdam", count["Potsdam"])
	}
	for _, m := range models {
		if share := float64(count[m.name]) / 2000; math.Abs(share-m.share) > 0.04 {
			t.Errorf("%.2f of the sirens are %s, want %.2f", share, m.name, m.share)
		}
	}
	if _, err := siren.Register(nil, sirens); err != nil {
		t.Errorf("the registry refuses the fleet: %v", err)
	}
	if empty := Generate(nil, Options{Count: 5}); len(empty) != 0 {
		t.Errorf("nowhere stand %d sirens", len(empty))
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
