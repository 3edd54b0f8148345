// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/geo"
)

func TestParseARS(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		want     geo.ARS
		level    geo.Level
	}{
		{"Land", "12", "12", geo.LevelLand},
		{"Land written out", "120000000000", "12", geo.LevelLand},
		{"leading zero", "01", "01", geo.LevelLand},
		{"city state as Kreis", "11000", "11", geo.LevelLand},
		{"Regierungsbezirk", "053", "053", geo.LevelRegierungsbezirk},
		{"Regierungsbezirk written out", "053000000000", "053", geo.LevelRegierungsbezirk},
		{"Kreis", "12054", "12054", geo.LevelKreis},
		{"Kreis written out", "120540000000", "12054", geo.LevelKreis},
		{"Kreis that ends in zero", "12060", "12060", geo.LevelKreis},
		{"Verband", "120645407", "120645407", geo.LevelVerband},
		{"Verband written out", "120645407000", "120645407", geo.LevelVerband},
		{"Gemeinde", "120640029029", "120640029029", geo.LevelGemeinde},
		{"official blanks", "12 0 64 0029 029", "120640029029", geo.LevelGemeinde},
		{"AGS of a Kreis", "12054000", "12054", geo.LevelKreis},
		{"federation", "000000000000", geo.Federation, geo.LevelFederation},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := geo.ParseARS(tc.in)
			if err != nil {
				t.Fatal(err)
			}
			if got != tc.want || got.Level() != tc.level {
				t.Errorf("ParseARS(%q) = %q, %v; want %q, %v", tc.in, got, got.Level(), tc.want, tc.level)
			}
			if len(got.Full()) != 12 {
				t.Errorf("Full() = %q, not 12 digits", got.Full())
			}
		})
	}
}

func TestParseARSRefuses(t *testing.T) {
	for _, in := range []string{"", "1", "1205", "120540", "17", "99054", "00054", "12a54", "-1205", "１２", "12060024", strings.Repeat("1", 500)} {
		_, err := geo.ParseARS(in)
		var fault *geo.Fault
		if !errors.As(err, &fault) {
			t.Errorf("ParseARS(%q) = %v, not a *Fault", in, err)
			continue
		}
		if fault.Code != geo.CodeARS || fault.Message == "" || fault.Remedy == "" || len(fault.Message) > 300 {
			t.Errorf("ParseARS(%q) gives the fault %+v", in, fault)
		}
	}
}

func TestARSContains(t *testing.T) {
	for _, tc := range []struct {
		whole, part geo.ARS
		want        bool
	}{
		{"12", "12054", true},
		{"12", "12", true},
		{"12054", "120540000000", true},
		{"120540000000", "12054", true},
		{"120000000000", "120640029029", true},
		{"12064", "120640029029", true},
		{"120640029", "120640029029", true},
		{"053", "05315", true},
		{"00", "09", true},
		{"12054", "12", false},
		{"12", "11", false},
		{"1206", "12064", false},
		{"", "12", false},
		{"12", "", false},
		{"09", "00", false},
		{"11", "11000", true},
	} {
		if got := tc.whole.Contains(tc.part); got != tc.want {
			t.Errorf("%q contains %q: %v, want %v", tc.whole, tc.part, got, tc.want)
		}
	}
}

func TestARSParts(t *testing.T) {
	for _, tc := range []struct{ key, land, kreis geo.ARS }{
		{"120640029029", "12", "12064"}, {"12", "12", ""}, {"11", "11", "11"}, {"02", "02", "02"},
		{"053", "05", ""}, {"120540000000", "12", "12054"}, {"nonsense", "", ""}, {"", "", ""},
	} {
		if tc.key.Land() != tc.land || tc.key.Kreis() != tc.kreis {
			t.Errorf("%q: Land %q, Kreis %q; want %q, %q", tc.key, tc.key.Land(), tc.key.Kreis(), tc.land, tc.kreis)
		}
	}
}

func FuzzParseARS(f *testing.F) {
	for _, seed := range []string{"12", "120540000000", "053", "12 0 54 0000 000", "00", "", "１２", "99"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		key, err := geo.ParseARS(in)
		if err != nil {
			var fault *geo.Fault
			if !errors.As(err, &fault) {
				t.Fatalf("%v is not a *Fault", err)
			}
			return
		}
		again, err := geo.ParseARS(key.Full())
		if err != nil || again != key {
			t.Fatalf("%q -> %q, but written out %q -> %q, %v", in, key, key.Full(), again, err)
		}
		if key.Level() == geo.LevelNone || !key.Contains(key) || !key.Land().Contains(key) {
			t.Fatalf("%q: level %v, land %q", key, key.Level(), key.Land())
		}
	})
}
