// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/planning/drawing"
)

// ahrweiler is a real Kreis with the Gemeinden of all Germany around it.
func ahrweiler(t *testing.T) planning.Inputs {
	t.Helper()
	if _, err := os.Stat(filepath.Join("..", "..", "..", "..", "shared", "data")); err != nil {
		t.Skip("the test data of Ahrweiler are not here")
	}
	in, err := kreis()
	if err != nil {
		t.Fatal(err)
	}
	return in
}

var kreis = sync.OnceValues(func() (planning.Inputs, error) {
	data := filepath.Join("..", "..", "..", "..", "shared", "data")
	in, _, err := planning.Open(context.Background(), planning.Paths{
		Population: filepath.Join(data, "population", "ahrweiler_100m.csv.gz"), Regions: filepath.Join(data, "regions", "vg5000_gemeinden.geojson.gz"),
	})
	return in, err
})

// drawn is a map of where people live, with what its legend says.
func drawn(in planning.Inputs, width float64) (*sheet, drawing.Drawing) {
	c := newChart(words{Language: catalogue.For("de")}, in, []class{{fill: todayFill, label: "bewohnt"}})
	d := drawing.Drawing{Width: width}
	s := c.sheet(&d, 0, 0, width, mapHeight)
	s.draw(func(int) int { return 0 }, nil)
	return s, d
}

func TestNamesOfRegions(t *testing.T) {
	in := ahrweiler(t)
	for _, width := range []float64{510, 250} {
		s, d := drawn(in, width)
		var names []string
		var boxes []drawing.Rect
		for _, shape := range d.Shapes {
			text, is := shape.(drawing.Text)
			if !is || text.Size != 7 {
				continue
			}
			wide := drawing.Measure(text.Text, text.Size, false)
			box := drawing.Rect{X: text.At.X - wide/2, Y: text.At.Y - 5, Width: wide, Height: 6}
			if slices.ContainsFunc(boxes, func(other drawing.Rect) bool { return overlap(box, other) }) {
				t.Errorf("at %g points %s lies over another name", width, text.Text)
			}
			if box.X < 0 || box.X+box.Width > s.frame.Width || box.Y < 0 || box.Y+box.Height > s.frame.Height {
				t.Errorf("at %g points %s is not within the frame", width, text.Text)
			}
			names, boxes = append(names, text.Text), append(boxes, box)
		}
		if most := int(width * s.frame.Height / 2000); len(names) < 15 || len(names) > most {
			t.Errorf("at %g points there are %d names", width, len(names))
		}
		for _, town := range []string{"Bad Neuenahr-Ahrweiler", "Remagen", "Sinzig"} {
			if !slices.Contains(names, town) {
				t.Errorf("at %g points %s has no name", width, town)
			}
		}
	}
}

// TestCellsAreWhereTheyAre compares the area that is drawn with that of the cells.
func TestCellsAreWhereTheyAre(t *testing.T) {
	in := ahrweiler(t)
	s, d := drawn(in, 510)
	area := 0.0
	for _, shape := range d.Shapes {
		rects, is := shape.(drawing.Rects)
		if !is {
			continue
		}
		for _, r := range rects.List {
			area += r.Width * r.Height
			for _, corner := range []drawing.Point{{X: r.X, Y: r.Y}, {X: r.X + r.Width, Y: r.Y + r.Height}} {
				if !s.holds(corner) {
					t.Fatalf("%v is not within the frame", corner)
				}
			}
		}
	}
	side := float64(in.Grid.Side()) * s.scale
	if side < leastCell {
		t.Fatalf("cells are %g points wide: this tests nothing", side)
	}
	if want := float64(in.Grid.Len()) * side * side; math.Abs(area/want-1) > 1e-9 {
		t.Errorf("%g square points are drawn of %g", area, want)
	}
}

// TestBordersOfAKreis draws two Gemeinden of one Kreis and one of another: what
// parts the Kreise is thick, what parts the two is thin, and no edge is drawn twice.
func TestBordersOfAKreis(t *testing.T) {
	in := street(t)
	_, d := drawn(in, 510)
	lengths := map[float64]float64{}
	for _, shape := range d.Shapes {
		if lines, is := shape.(drawing.Lines); is {
			for _, path := range lines.Paths {
				for i := 1; i < len(path); i++ {
					lengths[lines.Width] += math.Hypot(path[i].X-path[i-1].X, path[i].Y-path[i-1].Y)
				}
			}
		}
	}
	thin, thick := lengths[0.35], lengths[0.9]
	if thin < leastHeight-2*frameMargin || math.Abs(thick-thin) > 1e-6 { // one line of each crosses the frame
		t.Errorf("%g points are thin, %g thick", thin, thick)
	}
	borders, _ := divide(in)
	met := map[[2]float64]int{}
	for _, b := range borders {
		for i := 1; i < len(b.path); i++ {
			met[[2]float64{math.Round((b.path[i].Easting + b.path[i-1].Easting) / 2), math.Round((b.path[i].Northing + b.path[i-1].Northing) / 2)}]++
		}
	}
	if len(met) != 10 { // three boxes beside each other
		t.Errorf("%d edges", len(met))
	}
	for edge, n := range met {
		if n != 1 {
			t.Errorf("the edge at %v is there %d times", edge, n)
		}
	}
}

func TestClip(t *testing.T) {
	s := &sheet{frame: drawing.Rect{X: 10, Y: 10, Width: 100, Height: 50}}
	inside := func(p drawing.Point) bool {
		return p.X > 10-1e-9 && p.X < 110+1e-9 && p.Y > 10-1e-9 && p.Y < 60+1e-9
	}
	rapid.Check(t, func(t *rapid.T) {
		point := func(name string) drawing.Point {
			return drawing.Point{X: rapid.Float64Range(-50, 200).Draw(t, name+"x"), Y: rapid.Float64Range(-50, 150).Draw(t, name+"y")}
		}
		a, b := point("a"), point("b")
		from, to, within := s.clip(a, b)
		if within && (!inside(from) || !inside(to)) {
			t.Fatalf("%v to %v is not within the frame", from, to)
		}
		for part := range 101 { // nothing that is inside is lost
			share := float64(part) / 100
			p := drawing.Point{X: a.X + share*(b.X-a.X), Y: a.Y + share*(b.Y-a.Y)}
			if p.X > 10.001 && p.X < 109.999 && p.Y > 10.001 && p.Y < 59.999 && !within {
				t.Fatalf("%v is inside, and nothing is drawn", p)
			}
		}
	})
}

func TestStep(t *testing.T) {
	got := map[float64]float64{}
	for _, wide := range []float64{1, 9.9, 10, 24, 25, 49, 50, 120_000} {
		got[wide] = step(wide, 5)
	}
	want := map[float64]float64{1: 0.2, 9.9: 1, 10: 2, 24: 2, 25: 5, 49: 5, 50: 10, 120_000: 20_000}
	for wide := range want {
		if math.Abs(got[wide]-want[wide]) > 1e-9 {
			t.Errorf("%s", cmp.Diff(want, got))
			break
		}
	}
}
