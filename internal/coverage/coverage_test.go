// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package coverage

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// land is a made-up Land with two Kreise, one of a known population, and places.
func land(t *testing.T) *geo.Gazetteer {
	t.Helper()
	regions, err := geo.NewRegions([]geo.Region{
		{ARS: "12", Name: "Land"}, {ARS: "12001", Name: "Kreis A", Kind: "Landkreis", Population: 50_000}, {ARS: "12002", Name: "Kreis B", Kind: "Landkreis"},
		{ARS: "12003", Name: "Kreis C", Kind: "Landkreis"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return geo.NewGazetteer(regions, []geo.Place{
		{Name: "Astadt", ARS: "12001", Point: geo.Point{Lat: 52, Lon: 13}, Population: 30_000, Residents: 30_000},
		{Name: "Bdorf", ARS: "12002", Point: geo.Point{Lat: 52.5, Lon: 13}, Population: 1_000, Residents: 1_000},
	})
}

func input(t *testing.T, area geo.Area, signal string) Input {
	states := map[string]siren.State{
		"a-1": {Siren: "a-1", Condition: siren.ConditionReady},
		"a-2": {Siren: "a-2", Condition: siren.ConditionFault, Detail: "siren.detail.mains"},
		"a-3": {Siren: "a-3", Condition: siren.ConditionTriggered},
	}
	return Input{
		Area: area, Signal: signal, Gazetteer: land(t),
		Sirens: []siren.Siren{
			{ID: "a-2", Name: "zwei", ARS: "120010000001", Position: geo.Point{Lat: 52, Lon: 13}, Signals: []string{"warning"}},
			{ID: "a-1", Name: "eins", ARS: "120010000001", Position: geo.Point{Lat: 52, Lon: 13.001}, Signals: []string{"warning", "all-clear"}},
			{ID: "a-3", Name: "drei", ARS: "120010000001", Position: geo.Point{Lat: 52, Lon: 13.002}, Signals: []string{"warning"}},
			{ID: "a-4", Name: "vier", ARS: "120010000001", Position: geo.Point{Lat: 52, Lon: 13.003}, Signals: []string{"all-clear"}},
			{ID: "b-1", Name: "fern", ARS: "120020000001", Position: geo.Point{Lat: 52.5, Lon: 13}, Signals: []string{"warning"}},
		},
		State: func(id string) siren.State {
			if s, ok := states[id]; ok {
				return s
			}
			return siren.State{Siren: id, Condition: siren.ConditionUnknown}
		},
	}
}

func TestSirens(t *testing.T) {
	area := geo.Area{Name: "A", ARS: []geo.ARS{"12001"}}
	fault := SirenTrouble{ID: "a-2", Name: "zwei", Condition: siren.ConditionFault, Detail: "siren.detail.mains"}
	unheard := SirenTrouble{ID: "a-4", Name: "vier", Condition: siren.ConditionUnknown}
	all := []string{"a-1", "a-2", "a-3", "a-4"}
	for _, test := range []struct {
		name   string
		signal string
		want   SirenReach
	}{
		{"no signal", "", SirenReach{Total: 4, Ready: 2, NotReady: []SirenTrouble{fault, unheard}, IDs: all}},
		{"the warning", "warning", SirenReach{Signal: "warning", Total: 4, Ready: 2, WillSound: 2, NotReady: []SirenTrouble{fault, unheard}, IDs: all}},
		{"the all-clear, which one cannot give", "all-clear", SirenReach{Signal: "all-clear", Total: 4, Ready: 1, WillSound: 1, NotReady: []SirenTrouble{
			fault, {ID: "a-3", Name: "drei", Condition: siren.ConditionTriggered, Detail: DetailNoSignal}, unheard,
		}, IDs: all}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Of(input(t, area, test.signal)).Sirens); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPeople(t *testing.T) {
	for _, test := range []struct {
		name       string
		area       geo.Area
		people     int
		method     Method
		places     int
		sirenCount int
	}{
		{"a region of a known population", geo.Area{ARS: []geo.ARS{"12001"}}, 50_000, Official, 1, 4},
		{"a region counted by its places", geo.Area{ARS: []geo.ARS{"12002"}}, 1_000, Places, 1, 1},
		{"a region of which nothing is known", geo.Area{ARS: []geo.ARS{"12001", "12003"}}, 50_000, Partial, 1, 4},
		{"a circle around a village", geo.Area{Circles: []geo.Circle{{Center: geo.Point{Lat: 52.5, Lon: 13}, Radius: 5000}}}, 1_000, Places, 1, 1},
		{"a circle where nobody lives", geo.Area{Circles: []geo.Circle{{Center: geo.Point{Lat: 53, Lon: 13}, Radius: 5000}}}, 0, Places, 0, 0},
		{"nowhere", geo.Area{}, 0, Official, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			reach := Of(input(t, test.area, ""))
			if reach.People != test.people || reach.Method != test.method || reach.PlaceCount != test.places || reach.Sirens.Total != test.sirenCount {
				t.Errorf("%+v", reach)
			}
			if len(reach.Places) != test.places || reach.Places == nil || reach.Sirens.IDs == nil || reach.Sirens.NotReady == nil {
				t.Errorf("lists: %+v", reach)
			}
		})
	}
}

func TestReady(t *testing.T) {
	ready := map[siren.Condition]bool{siren.ConditionReady: true, siren.ConditionTriggered: true, siren.ConditionBusy: true}
	for _, c := range []siren.Condition{
		siren.ConditionUnknown, siren.ConditionReady, siren.ConditionTriggered, siren.ConditionBusy,
		siren.ConditionFault, siren.ConditionOff, siren.ConditionSabotage, siren.ConditionOffline, "",
	} {
		if Ready(c) != ready[c] {
			t.Errorf("%q", c)
		}
	}
}

// TestHearing asks before a release who would hear the sirens that are ready, and
// whom those that are not leave without.
func TestHearing(t *testing.T) {
	v := newValley(t)
	in := Input{
		Area: geo.Area{Polygons: []geo.Ring{box(0, 0, 10_000, 10_000)}}, Signal: "warning", Gazetteer: v.gazetteer, Sirens: v.fleet,
		Audience: v.audience(t, earshot.Assumptions{}, 0),
		State: func(id string) siren.State {
			if len(id) == 1 {
				return siren.State{Siren: id, Condition: siren.ConditionFault}
			}
			return siren.State{Siren: id, Condition: siren.ConditionReady}
		},
	}
	for i := range in.Sirens {
		in.Sirens[i].Signals = []string{"warning"}
	}
	reach := Of(in)
	count := func(fleet []siren.Siren) int64 {
		m, err := earshot.Compute(t.Context(), v.grid, sources(t, fleet), earshot.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return m.Total().Covered
	}
	ready, all := count(v.fleet[10:]), count(v.fleet)
	if h := reach.Hearing; h == nil || h.Reached != ready || h.Bereft != all-ready || h.Bereft == 0 || h.Sirens != 30 || reach.Sirens.WillSound != 30 {
		t.Errorf("%+v, want %d reached and %d bereft", reach.Hearing, ready, all-ready)
	}
	in.Signal = ""
	if reach := Of(in); reach.Hearing != nil {
		t.Error("someone hears silence")
	}
}
