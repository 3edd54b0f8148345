// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/coverage"
)

func someRounds() LoudspeakerRounds {
	stop := func(name string, lat float64, people int64) RoundStop {
		return RoundStop{Stop: coverage.Stop{Missed: coverage.Missed{Name: name, Position: geo.Point{Lat: lat, Lon: 13.1}, UTMREF: "33U UU 1 2", People: people}, Hectares: 10}, Metres: 1500, Seconds: 900}
	}
	return LoudspeakerRounds{
		Warning: "w", Summary: Summary{Area: "Kreis <A> & B"}, At: time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC),
		Vehicles: []VehicleRound{{Stops: []RoundStop{stop("=1+1", 52.1, 1200), stop("Ort & <Teil>", 52.2, 80)}}, {}, {Stops: []RoundStop{stop("Dorf", 52.3, 5)}}},
	}
}

// TestRoundsForNavigation reads the route back, and has it checked as XML by
// another program where there is one.
func TestRoundsForNavigation(t *testing.T) {
	for vehicle, want := range map[int][]string{0: {"1.1 =1+1", "1.2 Ort & <Teil>", "3.1 Dorf"}, 1: {"1.1 =1+1", "1.2 Ort & <Teil>"}, 2: nil, 3: {"3.1 Dorf"}} {
		raw, err := someRounds().GPX("de", vehicle)
		if err != nil {
			t.Fatal(err)
		}
		var back gpx
		if err := xml.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, r := range back.Routes {
			for _, p := range r.Points {
				names = append(names, p.Name)
			}
		}
		if diff := cmp.Diff(want, names); diff != "" || back.Version != "1.1" {
			t.Errorf("vehicle %d: %s", vehicle, diff)
		}
		if lint, err := exec.LookPath("xmllint"); err == nil {
			check := exec.Command(lint, "--noout", "-")
			check.Stdin = bytes.NewReader(raw)
			if out, err := check.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		}
	}
}

func TestRoundsAsATable(t *testing.T) {
	raw, err := someRounds().CSV("en")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var short []string
	for _, row := range rows[1:] {
		short = append(short, strings.Join([]string{row[0], row[1], row[2], row[4], row[5], row[9]}, "|"))
	}
	want := []string{"1|1|'=1+1|1200|33U UU 1 2|15", "1|2|Ort & <Teil>|80|33U UU 1 2|15", "3|1|Dorf|5|33U UU 1 2|15"}
	if diff := cmp.Diff(want, short); diff != "" {
		t.Error(diff)
	}
}
