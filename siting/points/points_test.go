// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package points_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/siting"
	"github.com/tocsin-alert/tocsin/siting/points"
)

func TestReadPoints(t *testing.T) {
	f, err := points.Read(strings.NewReader("3 9999 p S\n0 0 5\n3 4 7\n10 0 1.5\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Problem(5, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := siting.Problem{Demand: []float64{5, 7, 1.5}, Budget: 2, Sites: []siting.Site{
		{Cells: []int32{0, 1}, Cost: 1}, {Cells: []int32{0, 1}, Cost: 1}, {Cells: []int32{2}, Cost: 1},
	}}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
}

func TestReadWhatEditorsLeave(t *testing.T) {
	for name, text := range map[string]string{
		"byte order mark":    "\ufeff2\t9999\tp\tS\n0\t0\t5\t\n1\t1\t7\t\n",
		"carriage returns":   "2 9999\r\n0 0 5\r\n1 1 7\r\n",
		"blank lines":        "\n \n2\n\n0 0 5\n1 1 7\n\n",
		"no last line break": "2\n0 0 5\n1 1 7",
		"exponents":          "2\n0e0 0 0.5e1\n+1 1.0 70E-1\n",
	} {
		f, err := points.Read(strings.NewReader(text))
		want := []points.Point{{ID: "0", Weight: 5}, {ID: "1", X: 1, Y: 1, Weight: 7}}
		if diff := cmp.Diff(want, f.Cells); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestReadSitesAndCellsInAnyOrder(t *testing.T) {
	f, err := points.Read(strings.NewReader("C 7 1 2 87\nF a 1 2 3\nC 7 9 2 0\nF 7 5 2 1\n"))
	want := &points.File{
		Sites: []points.Point{{ID: "a", X: 1, Y: 2, Weight: 3}, {ID: "7", X: 5, Y: 2, Weight: 1}},
		Cells: []points.Point{{ID: "7", X: 1, Y: 2, Weight: 87}, {ID: "7", X: 9, Y: 2}},
	}
	if diff := cmp.Diff(want, f); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestReadSitesAndCells(t *testing.T) {
	f, err := points.Read(strings.NewReader("1\t2\t\nF\t0\t1.5\t2\t10850\nC\t0\t1\t2\t87\nC\tb\t9\t2\t0\n"))
	want := &points.File{
		Sites: []points.Point{{ID: "0", X: 1.5, Y: 2, Weight: 10850}},
		Cells: []points.Point{{ID: "0", X: 1, Y: 2, Weight: 87}, {ID: "b", X: 9, Y: 2}},
	}
	if diff := cmp.Diff(want, f); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestWhatIsWrongWithAFile(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		line int
		says string
	}{
		"nothing":                {"", 0, "no point"},
		"header alone":           {"0\n", 0, "no point"},
		"cut off":                {"3\n0 0 5\n1 1 5\n", 1, `says "3", but 2 points`},
		"no header":              {"0 0 5\n1 1 5\n2 2 2\n", 1, "but 2 points"},
		"comma":                  {"1\n0,5 0 5\n", 2, "no number"},
		"word":                   {"1\nx 0 5\n", 2, "no number"},
		"not finite":             {"1\n0 Inf 5\n", 2, "no number"},
		"fields":                 {"1\n0 0 5 6\n", 2, "4 fields"},
		"site's fields":          {"F 0 1 2\n", 1, "4 fields"},
		"negative":               {"1\n0 0 -5\n", 2, "demand -5"},
		"free site":              {"F 0 1 2 0\n", 1, "cost 0"},
		"no site":                {"C 0 1 2 3\n", 0, "no site"},
		"two forms":              {"F 0 1 2 3\n0 0 5\n", 2, "F or C"},
		"two forms, both so far": {"F 0 1 2 3\nC 0 1 2 3\n0 0 5\n", 3, "F or C"},
		"two forms, other way":   {"1\n0 0 5\nC 0 1 2 3\n", 3, "F or C"},
		"cut off after blanks":   {"\n\n3\n0 0 5\n", 3, `says "3", but 1 points`},
		"huge count":             {"99999999999999999999\n0 0 5\n", 1, "but 1 points"},
		"no number at all":       {"1\n0 0 NaN\n", 2, "no number"},
		"too great to hold":      {"1\n0 0 1e400\n", 2, "no number"},
		"far away":               {"1\n1e300 0 5\n", 2, "out of any range"},
		"long line":              {"1\n" + strings.Repeat("1", 70<<10), 2, "longer than"},
		"cells cut off":          {"1 2\nF 0 1 2 3\nC 0 1 2 3\n", 1, `says "2", but 1 cells`},
		"sites cut off":          {"2 1\nF 0 1 2 3\nC 0 1 2 3\n", 1, `says "2", but 1 sites`},
		"no count at al":         {"p\n0 0 5\n", 1, `says "p"`},
	} {
		_, err := points.Read(strings.NewReader(c.text))
		fault, ok := errors.AsType[*points.Error](err)
		if !ok || fault.Line != c.line || !strings.Contains(fault.Message, c.says) || fault.Remedy == "" {
			t.Errorf("%s: %#v", name, err)
		}
	}
}

func TestRadiiThatCannotBe(t *testing.T) {
	f, err := points.Read(strings.NewReader("1\n0 0 5\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, radius := range []float64{0, -1, math.NaN(), math.Inf(1), 1e-300} {
		if _, err := f.Problem(radius, 1); err == nil {
			t.Errorf("radius %g was taken", radius)
		}
	}
	if _, err := f.Problem(1, -1); err == nil {
		t.Error("-1 sites were taken")
	}
}

func FuzzRead(f *testing.F) {
	f.Add("3 9999 p S\n0 0 5\n3 4 7\n10 0 1.5\n")
	f.Add("1\t2\t\nF\t0\t1.5\t2\t10850\nC\t0\t1\t2\t87\nC\tb\t9\t2\t0\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := points.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		p, err := file.Problem(800, 2)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Validate(); err != nil {
			t.Error(err)
		}
	})
}
