// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tiles

import (
	"bytes"
	"context"
	"errors"
	"image/color"
	"image/png"
	"io"
	"math"
	"testing"

	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/planning"
)

// town is a square of so many cells along a side around a siren in Ahrweiler.
func town(t testing.TB, side, along int) *earshot.Map {
	t.Helper()
	middle := projection.Coordinate{Easting: 4_102_050, Northing: 3_056_050}
	var cells []population.Cell
	for row := range along {
		for column := range along {
			cells = append(cells, population.Cell{People: 10, Centre: projection.Coordinate{
				Easting:  math.Floor(middle.Easting/float64(side))*float64(side) + float64(side)*(float64(column-along/2)+0.5),
				Northing: math.Floor(middle.Northing/float64(side))*float64(side) + float64(side)*(float64(row-along/2)+0.5),
			}})
		}
	}
	grid, err := population.New(side, cells)
	if err != nil {
		t.Fatal(err)
	}
	m, err := earshot.Compute(context.Background(), grid, []earshot.Source{{ID: "a", Position: middle}}, earshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func kept(t testing.TB, m *earshot.Map) *Levels {
	t.Helper()
	var file bytes.Buffer
	if err := Write(&file, m); err != nil {
		t.Fatal(err)
	}
	l, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestPixelsAreTheCellsBelowThem looks each pixel up in the map by the projection
// itself.
func TestPixelsAreTheCellsBelowThem(t *testing.T) {
	for name, side := range map[string]int{"100 m": 100, "1 km": 1000} {
		t.Run(name, func(t *testing.T) {
			m := town(t, side, 40)
			l := kept(t, m)
			at, err := projection.LAEAEurope.Inverse(m.Grid.Cell(m.Grid.Len() / 2).Centre)
			if err != nil {
				t.Fatal(err)
			}
			const z = 14
			x := int((at.Lon + 180) / 360 * (1 << z))
			y := int((1 - math.Asinh(math.Tan(at.Lat*math.Pi/180))/math.Pi) / 2 * (1 << z))
			img := drawn(t, l, z, x, y)
			seen, wrong := map[color.Color]int{}, 0
			for row := range Side {
				for column := range Side {
					place := project(z, x*Side+column, y*Side+row)
					next := project(z, x*Side+column+1, y*Side+row+1)
					middle := projection.Coordinate{Easting: (place.Easting + next.Easting) / 2, Northing: (place.Northing + next.Northing) / 2}
					want := color.NRGBA{}
					if i, ok := m.Grid.At(middle); ok {
						want = planning.Bands[planning.BandOf(m.Levels[i])].Color
						if m.Heard[i] == 0 && ((x+y)*Side+column+row)%8 < 2 {
							want = planning.Hatching
						}
					}
					got := color.NRGBAModel.Convert(img.At(column, row)).(color.NRGBA)
					seen[got]++
					if got != want {
						wrong++
					}
				}
			}
			// At the edge of a cell the mesh may fall on its other side.
			if wrong > Side*Side/500 {
				t.Errorf("%d of %d pixels are not those of the cells below them", wrong, Side*Side)
			}
			if side == 100 && len(seen) < 4 {
				t.Errorf("the tile has only %d colours", len(seen))
			}
		})
	}
}

func drawn(t testing.TB, l *Levels, z, x, y int) interface{ At(x, y int) color.Color } {
	t.Helper()
	var out bytes.Buffer
	if err := l.Draw(&out, z, x, y); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestTownIsSeenFromAfar finds the town on the tiles of every zoom.
func TestTownIsSeenFromAfar(t *testing.T) {
	l := kept(t, town(t, 100, 80))
	box, err := l.Bounds()
	if err != nil {
		t.Fatal(err)
	}
	if height := (box.North - box.South) * 111; height < 8 || height > 11 {
		t.Errorf("a town of 8 km is %.1f km high", height)
	}
	lat, lon := (box.South+box.North)/2, (box.West+box.East)/2
	for z := LeastZoom; z <= MostZoom; z++ {
		x := int((lon + 180) / 360 * float64(int(1)<<z))
		y := int((1 - math.Asinh(math.Tan(lat*math.Pi/180))/math.Pi) / 2 * float64(int(1)<<z))
		img := drawn(t, l, z, x, y)
		painted := 0
		for row := range Side {
			for column := range Side {
				if _, _, _, alpha := img.At(column, row).RGBA(); alpha > 0 {
					painted++
				}
			}
		}
		if painted == 0 {
			t.Errorf("zoom %d shows nothing of the town", z)
		}
	}
}

func TestNoSuchTile(t *testing.T) {
	l := kept(t, town(t, 100, 4))
	for name, at := range map[string][3]int{
		"too far away": {LeastZoom - 1, 0, 0}, "too near": {MostZoom + 1, 0, 0}, "west of all": {5, -1, 0}, "east of all": {5, 32, 0}, "south of all": {5, 0, 32},
	} {
		if err := l.Draw(io.Discard, at[0], at[1], at[2]); !errors.Is(err, ErrNoTile) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := l.Draw(io.Discard, LeastZoom, 0, 0); err != nil {
		t.Errorf("a tile of the Pacific: %v", err)
	}
}

func TestSameLevelsSameBytes(t *testing.T) {
	var one, two bytes.Buffer
	for _, out := range []*bytes.Buffer{&one, &two} {
		if err := Write(out, town(t, 100, 70)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("the same map was written in two ways")
	}
}

func TestEmptyMap(t *testing.T) {
	l := kept(t, town(t, 100, 0))
	if box, err := l.Bounds(); err != nil || !box.Empty() {
		t.Errorf("nothing has the bounds %v (%v)", box, err)
	}
	if err := l.Draw(io.Discard, 10, 500, 300); err != nil {
		t.Error(err)
	}
}

// FuzzOpen draws from whatever opens: it may refuse, and must do no more.
func FuzzOpen(f *testing.F) {
	var file bytes.Buffer
	if err := Write(&file, town(f, 1000, 3)); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte(Magic))
	f.Add(append([]byte(Magic), make([]byte, footerSize)...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		l, err := Open(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return
		}
		if _, err := l.Bounds(); err != nil && !errors.Is(err, errDamaged) {
			t.Error(err)
		}
		if err := l.Draw(io.Discard, 8, 132, 86); err != nil && !errors.Is(err, errDamaged) {
			t.Error(err)
		}
	})
}

func BenchmarkDraw(b *testing.B) {
	l := kept(b, town(b, 100, 200))
	for b.Loop() {
		if err := l.Draw(io.Discard, 12, 2128, 1376); err != nil {
			b.Fatal(err)
		}
	}
}
