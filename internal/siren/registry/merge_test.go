// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package registry

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/germany"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

func ground(t *testing.T, territory ...geo.ARS) *Ground {
	t.Helper()
	regions, places, err := germany.Load()
	if err != nil {
		t.Fatal(err)
	}
	return NewGround(geo.NewGazetteer(regions, places), territory)
}

// registered are two sirens in Potsdam.
func registered() []siren.Siren {
	return []siren.Siren{
		{ID: "p-1", Number: 7, Name: "Rathaus", ARS: "12054", Position: geo.Point{Lat: 52.4000, Lon: 13.0600}, Signals: []string{"warning"}, PublicKey: bytes.Repeat([]byte{1}, 32), Paths: []siren.Path{{Kind: siren.PathMQTT}, {Kind: siren.PathTETRA, Address: "1001"}}},
		{ID: "p-2", Number: 9, Name: "Bahnhof", ARS: "12054", Position: geo.Point{Lat: 52.3915, Lon: 13.0670}, Signals: []string{"warning"}, Equipment: siren.Equipment{Level: 109, Height: 15}},
	}
}

func TestMerge(t *testing.T) {
	brandenburg := ground(t, "12")
	for _, test := range []struct {
		name, list string
		want       []string // verdict id [fields] [other] [rules]
		numbers    string
	}{
		{"the same again, by id", "id,lat,lon,name\np-1,52.4,13.06,Rathaus", []string{"unchanged p-1"}, ""},
		{"the same again, by place", "lat,lon\n52.4001,13.06", []string{"changed p-1 position"}, "p-1=7"},
		{"by name", "name,lat,lon\nBahnhof,52.41,13.067", []string{"moved p-2 position"}, "p-2=9"},
		{"by hardware", "tetra,paths,lat,lon\n1001,mqtt|tetra,52.41,13.067", []string{"moved p-1 position"}, "p-1=7"},
		{"moved", "id,lat,lon\np-1,52.41,13.06", []string{"moved p-1 position"}, "p-1=7"},
		{"changed, and what is not given stays", "id,lat,lon,level\np-2,52.3915,13.067,101", []string{"changed p-2 equipment"}, "p-2=9"},
		{"an empty cell clears", "id,lat,lon,level\np-2,52.3915,13.067,", []string{"changed p-2 equipment"}, "p-2=9"},
		{"new ones are numbered by region behind all", "id,lat,lon\nlater,51.7563,14.3329\nearlier,52.4125,12.5316", []string{"added later", "added earlier"}, "later=22 earlier=21"},
		{"new ones get ids and names", "lat,lon\n51.7563,14.3329\n51.7600,14.3329", []string{"added 12052-0001", "added 12052-0002"}, "12052-0001=21 12052-0002=22"},
		{"its own number", "id,number,lat,lon\nx,3,51.7563,14.3329\ny,,51.7663,14.3329", []string{"added x", "added y"}, "x=3 y=21"},
		{"a number that is taken", "id,number,lat,lon\nx,7,51.7563,14.3329", []string{"refused x registry.number-taken"}, ""},
		{"the number of another", "id,number,lat,lon\np-1,8,52.4,13.06", []string{"refused p-1 registry.number-fixed"}, ""},
		{"another key", "id,key,lat,lon\np-1," + strings.Repeat("A", 43) + "=,52.4,13.06", []string{"refused p-1 registry.key-fixed"}, ""},
		{"the first key", "id,key,lat,lon\np-2," + strings.Repeat("A", 43) + "=,52.3915,13.067", []string{"changed p-2 publicKey"}, "p-2=9"},
		{"a twin by place", "id,lat,lon\nx,52.4001,13.06", []string{"duplicate x p-1 registry.duplicate-near"}, ""},
		{"a twin by name", "id,name,lat,lon\nx,RATHAUS,52.41,13.06", []string{"duplicate x p-1 registry.duplicate-name"}, ""},
		{"the same name in another Kreis", "id,name,lat,lon\nx,Rathaus,51.7563,14.3329", []string{"added x"}, "x=21"},
		{"a twin by hardware", "id,tetra,lat,lon\nx,01001,52.41,13.06", []string{"duplicate x p-1 registry.duplicate-hardware"}, ""},
		{"twins in the list", "id,lat,lon\nx,51.7563,14.3329\ny,51.7563,14.3330", []string{"added x", "duplicate y x registry.duplicate-near"}, "x=21"},
		{"one siren twice in the list", "id,lat,lon\np-1,52.4,13.06\np-1,52.4,13.06", []string{"unchanged p-1", "duplicate p-1 p-1 registry.repeats-row"}, ""},
		{"at sea", "id,lat,lon\nx,54.9,6.5", []string{"refused x registry.sea"}, ""},
		{"in Saxony", "id,lat,lon\nx,51.05,13.74", []string{"refused x registry.outside"}, ""},
		{"another region than it says", "id,ars,lat,lon\nx,11,51.7563,14.3329", []string{"refused x registry.region-differs"}, ""},
		{"a Gemeinde in its Kreis", "id,ars,lat,lon\nx,120520000000,51.7563,14.3329", []string{"added x"}, "x=21"},
		{"what cannot be read", "id,lat,lon\nx,99,13", []string{"refused x registry.degrees"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			sheet := read(t, test.list)
			merged := Merge(sheet, MergeOptions{Existing: registered(), Highest: 20, Ground: brandenburg, Signals: []string{"warning", "all-clear"}})
			var got []string
			for _, e := range merged.Entries {
				words := append([]string{string(e.Verdict), e.ID}, e.Fields...)
				if e.Other != "" {
					words = append(words, e.Other)
				}
				for _, f := range e.Faults {
					words = append(words, f.Rule)
				}
				got = append(got, strings.Join(words, " "))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			var numbers []string
			for _, s := range merged.Sirens {
				numbers = append(numbers, fmt.Sprintf("%s=%d", s.ID, s.Number))
				if s.Name == "" || s.ARS == "" || len(s.Signals) == 0 {
					t.Errorf("incomplete: %+v", s)
				}
			}
			if diff := cmp.Diff(test.numbers, strings.Join(numbers, " ")); diff != "" {
				t.Error(diff)
			}
			if _, err := siren.Register(registered(), merged.Sirens); len(merged.Sirens) > 0 && err != nil {
				t.Errorf("the registry refuses what was taken: %v", err)
			}
		})
	}
}

func TestTwinsTakenExpressly(t *testing.T) {
	merged := Merge(read(t, "id,lat,lon\nx,52.4,13.06"), MergeOptions{Existing: registered(), TakeDuplicates: true, Ground: ground(t, "12"), Signals: []string{"warning"}})
	if len(merged.Sirens) != 1 || merged.Counts[Added] != 1 || merged.Sirens[0].Number != 10 {
		t.Errorf("%+v", merged)
	}
}

// A registry that is written and read again changes nothing, in both forms.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[A-Za-zäß0-9,;"' -]{0,20}`)
		var all []siren.Siren
		for i := range rapid.IntRange(1, 6).Draw(t, "sirens") {
			s := siren.Siren{
				ID: fmt.Sprintf("s-%d", i), Number: uint32(i + 1), Name: fmt.Sprintf("%d %sx", i, word.Draw(t, "name")), ARS: "12054",
				Position: geo.Point{Lat: rapid.Float64Range(47, 55).Draw(t, "lat"), Lon: rapid.Float64Range(6, 15).Draw(t, "lon")},
				Type:     "t" + strings.TrimSpace(word.Draw(t, "type")), Signals: []string{"warning", "fire-12"}, Public: rapid.Bool().Draw(t, "public"), Generated: rapid.Bool().Draw(t, "generated"),
				Equipment: siren.Equipment{
					Kind: rapid.SampledFrom([]string{"", "electronic", "motor"}).Draw(t, "kind"), Level: rapid.SampledFrom([]float64{0, 101, 109.5}).Draw(t, "level"),
					Directivity: rapid.SampledFrom([]acoustics.Beam{{}, {0, 0.5, 3, 7.25, 11, 14, 60}, {0, 0, 0, 0, 0, 0, 1e-7}}).Draw(t, "directivity"),
					Axis:        rapid.SampledFrom([]float64{0, 0.1, 275.5, 360}).Draw(t, "axis"),
					Cycles:      rapid.IntRange(0, 9).Draw(t, "cycles"), Mount: rapid.SampledFrom([]string{"", "roof", "mast"}).Draw(t, "mount"),
					Power: rapid.SampledFrom([]string{"", "mains", "mains-battery", "solar"}).Draw(t, "power"), Operator: "o" + strings.TrimSpace(word.Draw(t, "operator")),
				},
				Paths: rapid.SampledFrom([][]siren.Path{
					nil, {{Kind: siren.PathMQTT}}, {{Kind: siren.PathPOCSAG, Address: "12", Group: "13"}, {Kind: siren.PathMQTT}},
					{{Kind: siren.PathHTTP, Address: "https://s.example/"}, {Kind: siren.PathTones, Address: "12345"}},
				}).Draw(t, "paths"),
			}
			if rapid.Bool().Draw(t, "measured") {
				for band := range s.Equipment.Spectrum {
					s.Equipment.Spectrum[band] = rapid.Float64Range(60, 120).Draw(t, "band")
				}
				s.Equipment.Level = 0
			}
			if rapid.Bool().Draw(t, "enrolled") {
				s.PublicKey = bytes.Repeat([]byte{byte(i + 1)}, 32)
			}
			all = append(all, s)
		}
		for name, write := range map[string]func(*bytes.Buffer) error{
			"CSV":     func(b *bytes.Buffer) error { return WriteCSV(b, all, WriteOptions{}) },
			"GeoJSON": func(b *bytes.Buffer) error { return WriteGeoJSON(b, all, WriteOptions{}) },
		} {
			var out bytes.Buffer
			if err := write(&out); err != nil {
				t.Fatal(err)
			}
			sheet, err := Read(bytes.NewReader(out.Bytes()), Options{})
			if err != nil {
				t.Fatal(err)
			}
			merged := Merge(sheet, MergeOptions{Existing: all})
			if merged.Counts[Unchanged] != len(all) {
				t.Fatalf("%s: %+v\n%s", name, merged.Entries, out.String())
			}
		}
	})
}

func TestThePublicSeesPublicSitesAlone(t *testing.T) {
	all := registered()
	all[1].Public = true
	for name, write := range map[string]func(*bytes.Buffer) error{
		"CSV":     func(b *bytes.Buffer) error { return WriteCSV(b, all, WriteOptions{Public: true}) },
		"GeoJSON": func(b *bytes.Buffer) error { return WriteGeoJSON(b, all, WriteOptions{Public: true}) },
	} {
		var out bytes.Buffer
		if err := write(&out); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"Rathaus", "p-1", "1001", "AQEB", "tetra", "key", "number"} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%s shows %q:\n%s", name, secret, out.String())
			}
		}
		if !strings.Contains(out.String(), "Bahnhof") {
			t.Errorf("%s lacks the public one", name)
		}
	}
}
