// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package projection

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/geo"
)

// The references are those that GeoConvert of GeographicLib 1.52 gives.
var utmrefs = []struct {
	name      string
	point     geo.Point
	reference string
}{
	{"Ahrweiler", geo.Point{Lat: 50.5385, Lon: 7.0966}, "32U LB 65123 00236"},
	{"Berlin", geo.Point{Lat: 52.51863, Lon: 13.376188}, "33U UU 89821 19963"},
	{"west of 6 degrees", geo.Point{Lat: 51, Lon: 5.95}, "31U GS 06981 53967"},
	{"just south of 48 degrees", geo.Point{Lat: 47.9999, Lon: 9.0001}, "32T NU 00007 16289"},
	{"where zone and band begin", geo.Point{Lat: 48, Lon: 12}, "33U TP 76224 20655"},
	{"Sylt", geo.Point{Lat: 54.9, Lon: 8.3}, "32U MF 55111 83887"},
	{"Zugspitze", geo.Point{Lat: 47.421, Lon: 10.985}, "32T PT 49718 53860"},
}

func TestUTMREF(t *testing.T) {
	for _, test := range utmrefs {
		t.Run(test.name, func(t *testing.T) {
			got, err := ToUTMREF(test.point, 1)
			if err != nil || got.String() != test.reference {
				t.Fatalf("got %v, %v, want %s", got, err, test.reference)
			}
			for _, text := range []string{test.reference, strings.ToLower(test.reference), strings.ReplaceAll(test.reference, " ", ""), " " + strings.ReplaceAll(test.reference, " ", "\u00a0 ")} {
				if read, err := ParseUTMREF(text); err != nil || read != got {
					t.Errorf("%q reads as %v, %v", text, read, err)
				}
			}
		})
	}
}

func TestUTMREFIsCutOff(t *testing.T) {
	for side, want := range map[int]string{1: "32U LB 65123 00236", 10: "32U LB 6512 0023", 100: "32U LB 651 002", 1000: "32U LB 65 00", 10000: "32U LB 6 0", 100000: "32U LB"} {
		got, err := ToUTMREF(geo.Point{Lat: 50.5385, Lon: 7.0966}, side)
		if err != nil || got.String() != want {
			t.Errorf("side %d: %v, %v, want %s", side, got, err, want)
		}
	}
	for _, side := range []int{0, -1, 2, 50, 1_000_000} {
		if got, err := ToUTMREF(geo.Point{Lat: 50, Lon: 7}, side); err == nil {
			t.Errorf("side %d gives %v", side, got)
		}
	}
}

func TestParseUTMREFRefuses(t *testing.T) {
	for name, test := range map[string]struct{ text, says string }{
		"empty":              {"", "too short"},
		"zone only":          {"32U", "too short"},
		"zone of Poland":     {"34U CA 12345 12345", "zone"},
		"zone 02":            {"02U LB 65123 00236", "zone"},
		"band of Norway":     {"32V LB 65123 00236", "band"},
		"letter I":           {"32U IB 65123 00236", "letter"},
		"letter O":           {"32U LO 65123 00236", "letter"},
		"column of zone 31":  {"32U AB 65123 00236", "zone 32"},
		"row of the south":   {"32U LT 65123 00236", "outside zone 32, band U"},
		"wrong band":         {"32T LB 65123 00236", "outside zone 32, band T"},
		"corner of the zone": {"32U JF 00000 00000", "outside zone 32"},
		"odd digits":         {"32U LB 651230023", "even number"},
		"twelve digits":      {"32U LB 651234 002361", "even number"},
		"unequal halves":     {"32U LB 6512 002361", "different numbers"},
		"not digits":         {"32U LB 65123 0023x", "even number"},
		"a sign":             {"32U LB -6512 00236", "even number"},
		"letters like ours":  {"32U LВ 65123 00236", "32U"},
		"long":               {strings.Repeat("32U LB ", 100), "characters"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseUTMREF(test.text)
			if err == nil || !strings.Contains(err.Error(), test.says) || got != (UTMREF{}) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestUTMREFMadeByHand(t *testing.T) {
	good := UTMREF{Zone: 32, Band: 'U', Square: "LB", Easting: 65123, Northing: 236, Side: 1}
	if system, corner, err := good.Corner(); err != nil || system != UTM32 || corner != (Coordinate{365123, 5600236}) {
		t.Error(system, corner, err)
	}
	for _, change := range []func(*UTMREF){
		func(u *UTMREF) { u.Zone = 0 },
		func(u *UTMREF) { u.Band = 'X' },
		func(u *UTMREF) { u.Square = "" },
		func(u *UTMREF) { u.Side = 3 },
		func(u *UTMREF) { u.Easting = -1 },
		func(u *UTMREF) { u.Northing = 100000 },
	} {
		bad := good
		change(&bad)
		if p, err := bad.Point(); err == nil {
			t.Errorf("%+v is at %v", bad, p)
		}
		if _, c, err := bad.Corner(); err == nil {
			t.Errorf("%+v is at %v", bad, c)
		}
	}
}

// TestUTMREFHoldsItsPosition: the square named for a position holds it, and is
// the same after it was written and read.
func TestUTMREFHoldsItsPosition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPoint(t, geo.Box{South: 40, West: 0, North: 55.9999999, East: 17.9999999})
		side := rapid.SampledFrom([]int{1, 10, 100, 1000, 10000, 100000}).Draw(t, "side")
		u, err := ToUTMREF(p, side)
		if err != nil {
			t.Fatal(err)
		}
		read, err := ParseUTMREF(u.String())
		if err != nil || read != u {
			t.Fatalf("%v at %v reads as %v, %v", u, p, read, err)
		}
		system, corner, err := u.Corner()
		if err != nil {
			t.Fatal(err)
		}
		c, err := system.Forward(p)
		if east, north := c.Easting-corner.Easting, c.Northing-corner.Northing; err != nil || !(0 <= east && east < float64(side) && 0 <= north && north < float64(side)) {
			t.Fatalf("%v is %v, %v m from the corner of %v, %v", p, east, north, u, err)
		}
	})
}

func FuzzParseUTMREF(f *testing.F) {
	for _, test := range utmrefs {
		f.Add(test.reference)
	}
	f.Add("32umb9876543210")
	f.Add("32U LB")
	f.Add("33T\u00a0\xff 1 1")
	f.Fuzz(func(t *testing.T, text string) {
		u, err := ParseUTMREF(text)
		if err != nil {
			return
		}
		again, err := ParseUTMREF(u.String())
		if err != nil || again != u {
			t.Fatalf("%q reads as %v, which reads as %v, %v", text, u, again, err)
		}
		if p, err := u.Point(); err != nil || !p.Valid() {
			t.Fatalf("%q is at %v, %v", text, p, err)
		}
	})
}
